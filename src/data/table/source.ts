import { displayPath } from '../../files/paths.ts';
import { describeValue, printable } from '../../files/escape.ts';
import { UserError } from '../../errors.ts';
import { ignoreProgress, type OnProgress } from '../../progress.ts';
import { describeSystemError, findFileBytes, hashFile } from '../../files/read.ts';
import { identifyFile, readFileStart } from '../file-kind.ts';
import type { Corpus, CorpusSource } from '../review.ts';
import { findColumns } from './columns.ts';
import { readCsvRows, findDelimiter, findFirstLine } from './csv-rows.ts';
import { readJsonRows } from './rows.ts';
import { createReviewCollector, type TableReviews } from './reviews.ts';
import { splitReviews } from './split.ts';
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

/** Reads rows of any kind of table into reviews, in the order of the file. */
async function readRows(path: string, format: TableFormat, start: string, onBytes: (done: number) => void): Promise<TableReviews> {
  const shown = displayPath(path);
  const text = (): AsyncIterable<Uint8Array> => streamText(path, format, onBytes);
  if (/^\s*\{/.test(start)) {
    const collector = createReviewCollector(shown, null);
    await readJsonRows(text(), collector);
    const { reviews, taken } = collector.finish();
    return { reviews, taken: [...describeFormat(format, 'JSON Lines'), ...taken] };
  }
  const firstLine = findFirstLine(start);
  const delimiter = findDelimiter(firstLine, (names) => typeof findColumns(names) !== 'string');
  if (delimiter === null) {
    throw new UserError(
      `${shown}: it is not plain what separates its columns; the first line must be review,sentiment, and is `
        + describeValue(printable(firstLine)),
    );
  }
  const collector = createReviewCollector(shown, delimiter.name);
  await readCsvRows(text(), delimiter, collector);
  const { reviews, taken } = collector.finish();
  return { reviews, taken: [...describeFormat(format, delimiter.character === ',' ? null : delimiter.description), ...taken] };
}

/**
 * All reviews of a table in a file (CSV or the like, JSON Lines, gzipped or not), and what was guessed on the way.
 * @throws UserError that names the file and the lines that cannot be read
 */
export async function readTable(path: string, onProgress: OnProgress = ignoreProgress): Promise<TableReviews> {
  const total = (await findFileBytes(path)) ?? 0;
  const start = await readFileStart(path);
  const kind = identifyFile(start);
  if (kind.kind !== 'table') throw new UserError(`${displayPath(path)}: ${kind.kind === 'other' ? kind.problem : 'is an archive'}`);
  const onBytes = (done: number): void => { onProgress({ label: 'Reading reviews', done, total, unit: 'bytes' }); };
  try {
    return await readRows(path, kind, decodeStart(start.bytes, kind), onBytes);
  } catch (error) {
    throw describeReadError(error, path);
  }
}

/** A table of reviews without parts of its own: half of it is for training, half for test. */
export function createTableSource(path: string): CorpusSource {
  return {
    kind: 'file',
    synthetic: false,
    location: path,
    sourceHash: () => hashFile(path, 'sha256'),
    load: async (onProgress): Promise<Corpus> => {
      const { reviews, taken } = await readTable(path, onProgress);
      const { notes, ...parts } = splitReviews(reviews, displayPath(path));
      return { ...parts, notes: [...(taken.length === 0 ? [] : [taken.join('; ')]), ...notes] };
    },
  };
}
