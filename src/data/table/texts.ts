import { isUtf8 } from 'node:buffer';

import { UserError } from '../../errors.ts';
import { describeValue } from '../../files/escape.ts';
import { displayPath } from '../../files/paths.ts';
import type { OnProgress } from '../../progress.ts';
import type { DataConfig } from '../settings.ts';
import { findTextColumn, type TextColumn } from './columns.ts';
import { splitLines } from './rows.ts';
import type { RowSink } from './rows.ts';
import { streamTable } from './source.ts';

/** Rows of a table of texts, labelled or not. */
export interface TextRows {
  /** Of the columns. */
  readonly names: readonly string[];
  /** [rows][columns] as they are in the file. */
  readonly rows: readonly (readonly string[])[];
  /** [rows] */
  readonly texts: readonly string[];
}

export interface TextTableOptions {
  /** Of the texts. */
  readonly column: TextColumn;
  /** Of the file; `auto` where it shows. */
  readonly encoding: DataConfig['encoding'];
  /** Rows handed over at once. */
  readonly chunk: number;
  readonly onProgress: OnProgress;
}

/**
 * Reads a table (CSV or the like, JSON Lines, gzipped or not) and hands its rows over in the file's order, a chunk at a time, while it
 * reads: the whole table is never in memory.
 * @throws UserError with the file and the line of the first row that cannot be read; what came before has been handed over
 */
export async function readTextRows(path: string, options: TextTableOptions, onRows: (rows: TextRows) => void): Promise<void> {
  const collector = createCollector(displayPath(path), options, onRows);
  await streamTable(path, {
    isHeader: (names) => findTextColumn(names, options.column) !== null,
    sinkOf: () => collector, encoding: options.encoding, onProgress: options.onProgress,
  });
  collector.finish();
}

function createCollector(
  shown: string, { column, chunk }: TextTableOptions, onRows: (rows: TextRows) => void,
): RowSink & { finish(): void } {
  let names: readonly string[] | null = null, place = 0;
  let rows: (readonly string[])[] = [];
  const flush = (): void => {
    if (names !== null && rows.length > 0) onRows({ names, rows, texts: rows.map((fields) => fields[place] ?? '') });
    rows = [];
  };
  const refuse = (problem: string, line: number): never => {
    flush();
    throw new UserError(`${shown}, line ${line}: ${problem}`);
  };
  return {
    shown,
    options: { naming: 'option' },
    row(fields, line) {
      if (names === null) {
        const found = findTextColumn(fields, column) ?? (fields.length === 1 && column.asked === undefined ? 0 : null);
        if (found === null) refuse(describeMissing(fields, column), line);
        [names, place] = [fields, found ?? 0];
        return;
      }
      if (fields.length !== names.length)
        refuse(`expected ${names.length} fields, found ${fields.length}; a text with a separator in it must stand in double quotes`, line);
      rows.push(fields);
      if (rows.length === chunk) flush();
    },
    reject: refuse,
    finish() {
      if (names === null) throw new UserError(`${shown}: is empty; the first line must name the columns`);
      flush();
    },
  };
}

function describeMissing(names: readonly string[], { asked: column }: TextColumn): string {
  const found = names.map((name) => describeValue(name)).join(', ');
  if (column !== undefined) return `holds ${found}, and no column ${describeValue(column)}; name one of them with --text-column`;
  return `holds ${found}; name the column of the texts with --text-column`;
}

/**
 * Texts from a stream, one a line, handed over in chunks, a smaller one where the next line is not there yet: whoever types or follows
 * a log gets an answer at once. Empty lines are texts too.
 * @throws UserError with the number of a line that is not UTF-8
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>, shown: string, chunk: number, waitMs = 20,
): AsyncGenerator<readonly string[]> {
  const lines = readable(splitLines(stream, shown), shown)[Symbol.asyncIterator]();
  // An error is thrown when its turn comes: nobody may be waiting when it happens.
  const take = (): Promise<Taken> => lines.next().then((result) => ({ result }), (error: unknown) => ({ error }));
  let next = take(), texts: string[] = [];
  for (;;) {
    const taken = texts.length === 0 ? await next : await Promise.race([next, wait(waitMs)]);
    const line = taken !== null && 'result' in taken && taken.result.done !== true ? taken.result.value : null;
    if (texts.length > 0 && (line === null || texts.length === chunk)) {
      yield texts;
      texts = [];
    }
    if (taken === null) continue;
    if ('error' in taken) throw taken.error;
    if (line === null) return;
    texts.push(line);
    next = take();
  }
}

type Taken = { readonly result: IteratorResult<string> } | { readonly error: unknown };

async function* readable(lines: AsyncIterable<Buffer>, shown: string): AsyncGenerator<string> {
  let count = 0;
  for await (const line of lines) {
    count += 1;
    if (!isUtf8(line)) throw new UserError(`${shown}, line ${count}: not UTF-8 text; convert it to UTF-8`);
    yield line.toString('utf8').replace(/\r$/, '');
  }
}

function wait(milliseconds: number): Promise<null> {
  return new Promise((resolve) => { setTimeout(() => { resolve(null); }, milliseconds); });
}
