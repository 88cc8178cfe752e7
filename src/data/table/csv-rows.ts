import { parse as parseLine } from 'csv-parse/sync';
import { isUtf8 } from 'node:buffer';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type { Parser } from 'csv-parse';

import { UserError } from '../../errors.ts';
import { describeOtherEncoding } from './rows.ts';
import type { RowSink } from './rows.ts';

/** What may stand between the fields of a table. */
export interface Delimiter {
  readonly character: string;
  /** `comma` */
  readonly name: string;
  /** `semicolon-separated` */
  readonly description: string;
}

const comma: Delimiter = { character: ',', name: 'comma', description: 'comma-separated' };

/** The usual one first. */
const delimiters: readonly Delimiter[] = [
  comma,
  { character: ';', name: 'semicolon', description: 'semicolon-separated' },
  { character: '\t', name: 'tab', description: 'tab-separated' },
  { character: '|', name: 'vertical bar', description: 'separated by vertical bars' },
];

/** A first line that tells Excel the delimiter, and is no row. */
const EXCEL_HINT = /^sep=(.)$/i;

/** The first line that is not blank, without its end. */
export function findFirstLine(text: string): string {
  return /[^\r\n]+/.exec(text)?.[0] ?? '';
}

function splitLine(line: string, { character }: Delimiter): readonly string[] {
  try {
    const rows: string[][] = parseLine(line, { delimiter: character, relax_quotes: true });
    return rows[0] ?? [];
  } catch {
    return [line]; // A quote that goes on in the next line: the reader of all lines knows better.
  }
}

/**
 * The delimiter of a header line: the one that gives names which are understood, else the only one that occurs, else a comma.
 * Null where several occur and none gives such names.
 * @param isHeader whether these names hold the columns looked for
 */
export function findDelimiter(line: string, isHeader: (names: readonly string[]) => boolean): Delimiter | null {
  const stated = EXCEL_HINT.exec(line)?.[1];
  const understood =
    delimiters.find(({ character }) => character === stated) ?? delimiters.find((delimiter) => isHeader(splitLine(line, delimiter)));
  if (understood !== undefined) return understood;
  const present = delimiters.filter((delimiter) => splitLine(line, delimiter).length > 1);
  return present.length > 1 ? null : present[0] ?? comma;
}

const MAX_ROW_BYTES = 2 ** 20;
// Given outright, since csv-parse would otherwise take the header's line end for all rows.
const LINE_ENDS = ['\r\n', '\n', '\r'];

function describeParseError(error: CsvError, { name }: Delimiter): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'the quote opened in this row is never closed';
    case 'CSV_MAX_RECORD_SIZE':
      return 'the row is over 1 MiB; is a double quote not closed?';
    case 'CSV_INVALID_CLOSING_QUOTE':
      return `text follows a closing quote where a ${name} must; within a review, write a double quote twice`;
    default:
      return 'a double quote stands within an unquoted review; put the review in double quotes and write its own twice';
  }
}

/** Lines that a row takes. csv-parse counts them too, but a CRLF within quotes as two. */
function countLines(record: readonly Buffer[]): number {
  return record.reduce((count, field) => count + (field.toString('latin1').match(/\r\n|\n|\r/g)?.length ?? 0), 1);
}

interface RecordReader {
  take(record: readonly Buffer[], emptyLines: number): void;
  /** The line on which the row begins that follows those taken, when there were so many empty lines before it. */
  nextLine(emptyLines: number): number;
}

function createRecordReader(sink: RowSink): RecordReader {
  let lines = 0;
  const nextLine = (emptyLines: number): number => lines + emptyLines + 1;
  return {
    nextLine,
    take(record, emptyLines) {
      const line = nextLine(emptyLines);
      if (record.every((field) => isUtf8(field))) sink.row(record.map((field) => field.toString('utf8')), line);
      else sink.reject(describeOtherEncoding(sink), line);
      lines += countLines(record);
    },
  };
}

function createParser(reader: RecordReader, { character }: Delimiter): Parser {
  const parser = parse({
    delimiter: character,
    encoding: null,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
    record_delimiter: LINE_ENDS,
    relax_quotes: character === '\t', // Tables separated by tabs are often written without any quoting.
    // Rows are taken here and not from the stream, which drops those before an error.
    on_record: (record, { empty_lines: emptyLines }) => {
      reader.take(record as unknown as Buffer[], emptyLines); // Buffers, since no encoding is given.
      return null;
    },
  });
  return parser.resume();
}

/** Gives the rows of delimited text to a sink, the header's among them. @throws UserError where quotes leave no rows to be told apart */
export async function readCsvRows(text: AsyncIterable<Uint8Array>, delimiter: Delimiter, sink: RowSink): Promise<void> {
  const reader = createRecordReader(sink);
  try {
    await pipeline(text, createParser(reader, delimiter));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UserError(`${sink.shown}, line ${reader.nextLine(Number(error['empty_lines']))}: ${describeParseError(error, delimiter)}`);
  }
}
