import { isUtf8 } from 'node:buffer';

import { UserError } from '../../errors.ts';
import { nameSetting } from './options.ts';
import type { TableOptions } from './options.ts';

/** Takes the rows of a table, whatever the file's format. */
export interface RowSink {
  /** How the file is called in messages. */
  readonly shown: string;
  /** The first row is the header. @param line of the file, from 1, on which the row begins */
  row(fields: readonly string[], line: number): void;
  /** How the table is read: a row in another encoding is refused with the way out. */
  readonly options: Pick<TableOptions, 'naming'>;
  /** Notes a row that cannot be read. */
  reject(problem: string, line: number): void;
}

/** What is said of bytes that are no UTF-8. */
export function describeOtherEncoding({ options }: Pick<RowSink, 'options'>): string {
  return 'not UTF-8 text (Windows-1252, as older Excel writes it?); save the file in UTF-8, or name its encoding: '
    + nameSetting(options, 'encoding', 'windows-1252');
}

/** Lines named of each kind of problem, and kinds named. */
const LINES_SHOWN = 5;
const KINDS_SHOWN = 5;

/** What is wrong with rows, each kind once with its lines, so that one start shows all there is to fix. */
export interface RowProblems {
  add(problem: string, line: number): void;
  /** Notes what is wrong with the whole table. */
  addWhole(problem: string): void;
  /** @throws UserError with a line for each kind */
  throwIfAny(): void;
}

function renderKind(shown: string, problem: string, lines: readonly number[], count: number): string {
  if (count === 1) return `${shown}, line ${lines[0] ?? 0}: ${problem}`;
  return `${shown}, ${count} rows (lines ${lines.join(', ')}${count > lines.length ? ', …' : ''}): ${problem}`;
}

export function createRowProblems(shown: string): RowProblems {
  const kinds = new Map<string, { readonly lines: number[]; count: number }>();
  const whole: string[] = [];
  return {
    add(problem, line) {
      const kind = kinds.get(problem) ?? { lines: [], count: 0 };
      kinds.set(problem, kind);
      kind.count += 1;
      if (kind.lines.length < LINES_SHOWN) kind.lines.push(line);
    },
    addWhole: (problem) => { whole.push(`${shown}: ${problem}`); },
    throwIfAny() {
      const rendered = [...kinds].slice(0, KINDS_SHOWN).map(([problem, { lines, count }]) => renderKind(shown, problem, lines, count));
      if (rendered.length + whole.length === 0) return;
      if (kinds.size > KINDS_SHOWN) rendered.push(`… and ${kinds.size - KINDS_SHOWN} more kinds of problems`);
      throw new UserError([...rendered, ...whole].join('\n'));
    },
  };
}

/** A review of 1 MiB, every character of it escaped. */
const MAX_LINE_BYTES = 6 * 2 ** 20;
const LINE_END = 0x0a;

/**
 * The lines of a text, without their ends and without an empty one after the last.
 * @throws UserError for a line that is longer than any text
 */
export async function* splitLines(text: AsyncIterable<Uint8Array>, shown: string): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0), line = 1;
  for await (const chunk of text) {
    rest = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(LINE_END); end >= 0; end = rest.indexOf(LINE_END, start)) {
      yield rest.subarray(start, end);
      start = end + 1;
      line += 1;
    }
    rest = rest.subarray(start);
    if (rest.length > MAX_LINE_BYTES)
      throw new UserError(`${shown}, line ${line}: is over 6 MiB; each text, or object of JSON Lines, must stand on a line of its own`);
  }
  if (rest.length > 0) yield rest;
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
  for await (const bytes of splitLines(text, sink.shown)) {
    line += 1;
    const content = bytes.toString('utf8').trim();
    if (content === '') continue;
    const row = isUtf8(bytes) ? parseLine(content) : null;
    if (row === null) {
      sink.reject(
        isUtf8(bytes)
          ? 'not a JSON object; JSON Lines hold one on each line, as {"review": "…", "sentiment": "positive"}'
          : describeOtherEncoding(sink),
        line,
      );
      continue;
    }
    if (names === undefined) {
      names = Object.keys(row);
      sink.row(names, line);
    }
    sink.row(names.map((name) => toField(row[name])), line);
  }
}
