import { displayPath } from '../../files/paths.ts';
import { describeValue, printable } from '../../files/escape.ts';
import { UserError } from '../../errors.ts';
import { ignoreProgress, type OnProgress } from '../../progress.ts';
import { describeSystemError, findFileBytes } from '../../files/read.ts';
import { identifyFile, readFileStart } from '../file-kind.ts';
import type { DataConfig } from '../settings.ts';
import { findColumns } from './columns.ts';
import { readCsvRows, findDelimiter, findFirstLine } from './csv-rows.ts';
import { readJsonRows } from './rows.ts';
import type { RowSink } from './rows.ts';
import { defaultTableOptions, type TableOptions } from './options.ts';
import { createReviewCollector, type TableRows } from './reviews.ts';
import { decodeStart, streamText, type TableFormat } from './text.ts';

/** What zlib says of a compressed table. */
function describeReadError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !code.startsWith('Z_')) return describeSystemError(error, 'read', path);
  return new UserError(`${displayPath(path)}: is damaged or cut short (gzip: ${(error as Error).message}); fetch it again`);
}

function describeFormat({ isGzip, encoding }: TableFormat, rows: string | null): string[] {
  const how = [isGzip ? 'unpacked with gzip' : null, encoding === 'utf-8' ? null : encoding.toUpperCase(), rows].filter(
    (part) => part !== null,
  );
  return how.length === 0 ? [] : [`read as ${how.join(', ')}`];
}

/** What reads a table. */
interface TableReader<Sink extends RowSink> {
  /** Whether these names hold the columns looked for, by which the delimiter is found. */
  readonly isHeader: (names: readonly string[]) => boolean;
  /** @param separator the name of the delimiter, `comma`; null where rows cannot have too many fields */
  readonly sinkOf: (shown: string, separator: string | null) => Sink;
  /** `auto` where the file shows it. */
  readonly encoding: DataConfig['encoding'];
  readonly onProgress: OnProgress;
}

/** A table that has been read: its sink, and how it was read where that is not as UTF-8 with commas. */
interface ReadTable<Sink> {
  readonly sink: Sink;
  readonly notes: readonly string[];
}

async function readRows<Sink extends RowSink>(
  path: string, { format, start, onBytes }: { format: TableFormat; start: string; onBytes: (done: number) => void },
  { isHeader, sinkOf }: TableReader<Sink>,
): Promise<ReadTable<Sink>> {
  const shown = displayPath(path);
  const text = (): AsyncIterable<Uint8Array> => streamText(path, format, onBytes);
  if (/^\s*\{/.test(start)) {
    const sink = sinkOf(shown, null);
    await readJsonRows(text(), sink);
    return { sink, notes: describeFormat(format, 'JSON Lines') };
  }
  const firstLine = findFirstLine(start);
  const delimiter = findDelimiter(firstLine, isHeader);
  if (delimiter === null) {
    throw new UserError(
      `${shown}: it is not plain what separates its columns; the first line must be review,sentiment, and is `
        + describeValue(printable(firstLine)),
    );
  }
  const sink = sinkOf(shown, delimiter.name);
  await readCsvRows(text(), delimiter, sink);
  return { sink, notes: describeFormat(format, delimiter.character === ',' ? null : delimiter.description) };
}

/**
 * Gives the rows of a table in a file (CSV or the like, JSON Lines, gzipped or not) to a sink, while it is read.
 * @throws UserError that names the file
 */
export async function streamTable<Sink extends RowSink>(path: string, reader: TableReader<Sink>): Promise<ReadTable<Sink>> {
  const total = (await findFileBytes(path)) ?? 0;
  const start = await readFileStart(path);
  const kind = identifyFile(start, reader.encoding);
  if (kind.kind !== 'table') throw new UserError(`${displayPath(path)}: ${kind.kind === 'other' ? kind.problem : 'is an archive'}`);
  const onBytes = (done: number): void => { reader.onProgress({ label: 'Reading reviews', done, total, unit: 'bytes' }); };
  try {
    return await readRows(path, { format: kind, start: decodeStart(start.bytes, kind), onBytes }, reader);
  } catch (error) {
    throw describeReadError(error, path);
  }
}

/**
 * All reviews of such a table, their labels as words still, and what was guessed on the way.
 * @throws UserError that names the file and the lines that cannot be read
 */
export async function readTable(
  path: string, options: TableOptions = defaultTableOptions, onProgress: OnProgress = ignoreProgress,
): Promise<TableRows> {
  const { sink, notes } = await streamTable(path, {
    isHeader: (names) => typeof findColumns(names, options) !== 'string',
    sinkOf: (shown, separator) => createReviewCollector(shown, separator, options), encoding: options.encoding, onProgress,
  });
  const { taken, ...read } = sink.finish();
  return { ...read, taken: [...notes, ...taken] };
}
