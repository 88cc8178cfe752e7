import { isUtf8 } from 'node:buffer';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse, type Parser } from 'csv-parse';
import { displayPath } from '../config/paths.ts';
import { describeValue } from '../config/quote.ts';
import { UserError } from '../errors.ts';
import { ignoreProgress, type OnProgress } from '../progress.ts';
import { countBytes, describeSystemError, findFileBytes, hashFile, openForReading } from './file-access.ts';
import { splitReviews } from './csv-split.ts';
import type { Corpus, CorpusSource, Label, Review } from './review.ts';

const MAX_ROW_BYTES = 2 ** 20;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
// Given outright, since csv-parse would otherwise take the header's line end for all rows.
const LINE_ENDS = ['\r\n', '\n', '\r'];
const labels: ReadonlyMap<string, Label> = new Map([['negative', 0], ['positive', 1]]);

/** Where a row begins, as `reviews.csv, line 7`. */
type Place = string;

interface Columns {
  readonly review: number;
  readonly sentiment: number;
}

function decode(field: Buffer, place: Place): string {
  if (!isUtf8(field)) throw new UserError(`${place}: not UTF-8 text; save the file with UTF-8 encoding`);
  return field.toString('utf8');
}

function findColumns(header: readonly Buffer[], place: Place): Columns {
  const names = header.map((field) => decode(field, place));
  const columns = { review: names.indexOf('review'), sentiment: names.indexOf('sentiment') };
  for (const [name, index] of Object.entries(columns)) {
    if (index < 0) throw new UserError(`${place}: no column named ${name}; the first line must be review,sentiment`);
  }
  const extra = names.find((_, index) => index !== columns.review && index !== columns.sentiment);
  if (extra !== undefined) throw new UserError(`${place}: unknown column ${describeValue(extra)}; leave only review and sentiment`);
  return columns;
}

function createReview(fields: readonly Buffer[], columns: Columns, row: number, place: Place): Review {
  if (fields.length !== 2) {
    throw new UserError(`${place}: ${fields.length} field${fields.length === 1 ? '' : 's'} instead of 2; a review with a comma must stand in double quotes`);
  }
  const [text, sentiment] = [columns.review, columns.sentiment].map((index) => decode(fields[index] as Buffer, place)) as [string, string];
  const label = labels.get(sentiment);
  if (label === undefined) throw new UserError(`${place}: sentiment ${describeValue(sentiment)} is neither positive nor negative`);
  if (text.trim() === '') throw new UserError(`${place}: the review is empty; write one or remove the row`);
  return { id: `row/${row}`, text, label };
}

function describeParseError(error: CsvError, place: Place): UserError {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return new UserError(`${place}: the quote opened in this row is never closed`);
    case 'CSV_MAX_RECORD_SIZE':
      return new UserError(`${place}: the row is over 1 MiB; is a double quote not closed?`);
    case 'CSV_INVALID_CLOSING_QUOTE':
      return new UserError(`${place}: text after a closing quote; within a review, write a double quote twice`);
    default:
      return new UserError(`${place}: a double quote within an unquoted review; put the review in double quotes and write its own twice`);
  }
}

/** Lines that a row takes. csv-parse counts them too, but a CRLF within quotes as two. */
function countLines(record: readonly Buffer[]): number {
  return record.reduce((count, field) => count + (field.toString('latin1').match(/\r\n|\n|\r/g)?.length ?? 0), 1);
}

async function startOfText(path: string): Promise<number> {
  for await (const chunk of openForReading(path)) return chunk.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  return 0;
}

interface RowReader {
  readonly reviews: readonly Review[];
  hasHeader(): boolean;
  /** Where the row begins that follows those taken, when there were so many empty lines before it. */
  nextPlace(emptyLines: number): Place;
  take(record: readonly Buffer[], emptyLines: number): void;
}

function createRowReader(path: string): RowReader {
  const reviews: Review[] = [];
  let columns: Columns | undefined;
  let lines = 0;
  const nextPlace = (emptyLines: number): Place => `${displayPath(path)}, line ${lines + emptyLines + 1}`;
  const take = (record: readonly Buffer[], emptyLines: number): void => {
    const place = nextPlace(emptyLines);
    if (columns === undefined) columns = findColumns(record, place);
    else reviews.push(createReview(record, columns, reviews.length + 1, place));
    lines += countLines(record);
  };
  return { reviews, hasHeader: () => columns !== undefined, nextPlace, take };
}

function createParser(reader: RowReader): Parser {
  const parser = parse({
    encoding: null, relax_column_count: true, skip_empty_lines: true, max_record_size: MAX_ROW_BYTES, record_delimiter: LINE_ENDS,
    // Rows are taken here and not from the stream, which drops those before an error.
    on_record: (record, { empty_lines: emptyLines }) => {
      reader.take(record as unknown as Buffer[], emptyLines); // Buffers, since no encoding is given.
      return null;
    },
  });
  return parser.resume();
}

/** All reviews of a CSV with the columns `review,sentiment`, in the order of its rows. @throws UserError naming file and line. */
export async function readCsvReviews(path: string, onProgress: OnProgress = ignoreProgress): Promise<readonly Review[]> {
  const total = (await findFileBytes(path)) ?? 0;
  const onBytes = (done: number): void => { onProgress({ label: 'Reading reviews', done, total, unit: 'bytes' }); };
  const reader = createRowReader(path);
  try {
    const file = openForReading(path, await startOfText(path));
    await pipeline(file, (chunks: AsyncIterable<Uint8Array>) => countBytes(chunks, onBytes), createParser(reader));
  } catch (error) {
    if (error instanceof CsvError) throw describeParseError(error, reader.nextPlace(Number(error['empty_lines'])));
    throw describeSystemError(error, 'read', path);
  }
  if (!reader.hasHeader()) throw new UserError(`${displayPath(path)}: empty; the first line must be review,sentiment`);
  return reader.reviews;
}

export function createCsvSource(path: string): CorpusSource {
  return {
    kind: 'csv',
    synthetic: false,
    location: path,
    fingerprint: () => hashFile(path, 'sha256'),
    load: async (onProgress): Promise<Corpus> => splitReviews(await readCsvReviews(path, onProgress), displayPath(path)),
  };
}
