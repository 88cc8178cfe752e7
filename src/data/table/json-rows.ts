import { isUtf8 } from 'node:buffer';
import { UserError } from '../../errors.ts';
import type { RowSink } from './rows.ts';

/** A review of 1 MiB, every character of it escaped. */
const MAX_LINE_BYTES = 6 * 2 ** 20;
const LINE_END = 0x0a;

async function* splitLines(text: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of text) {
    rest = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(LINE_END); end >= 0; end = rest.indexOf(LINE_END, start)) {
      yield rest.subarray(start, end);
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > MAX_LINE_BYTES) throw new UserError('a line is over 6 MiB; JSON Lines hold one object on each line');
  }
  yield rest;
}

type Row = Readonly<Record<string, unknown>>;

/** Null for what is no object. */
function parseLine(line: string): Row | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Row : null;
  } catch {
    return null;
  }
}

function toField(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : JSON.stringify(value);
}

/**
 * Gives the rows of JSON Lines to a sink: first the keys of the first object as the header, then each object's values for them, as
 * text. A row that lacks a key has an empty field.
 */
export async function readJsonRows(text: AsyncIterable<Uint8Array>, sink: RowSink): Promise<void> {
  let names: readonly string[] | undefined;
  let line = 0;
  for await (const bytes of splitLines(text)) {
    line += 1;
    const content = bytes.toString('utf8').trim();
    if (content === '') continue;
    const row = isUtf8(bytes) ? parseLine(content) : null;
    if (row === null) {
      sink.reject(isUtf8(bytes) ? 'not a JSON object; JSON Lines hold one on each line, as {"review": "…", "sentiment": "positive"}' : 'not UTF-8 text; save the file in UTF-8', line);
      continue;
    }
    if (names === undefined) {
      names = Object.keys(row);
      sink.row(names, line);
    }
    sink.row(names.map((name) => toField(row[name])), line);
  }
}
