import { parse } from 'csv-parse/sync';

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
  comma, { character: ';', name: 'semicolon', description: 'semicolon-separated' },
  { character: '\t', name: 'tab', description: 'tab-separated' }, { character: '|', name: 'vertical bar', description: 'separated by vertical bars' },
];

/** A first line that tells Excel the delimiter, and is no row. */
const EXCEL_HINT = /^sep=(.)$/i;

/** The first line that is not blank, without its end. */
export function findFirstLine(text: string): string {
  return /[^\r\n]+/.exec(text)?.[0] ?? '';
}

function splitLine(line: string, { character }: Delimiter): readonly string[] {
  try {
    const rows: string[][] = parse(line, { delimiter: character, relax_quotes: true });
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
  const understood = delimiters.find(({ character }) => character === stated) ?? delimiters.find((delimiter) => isHeader(splitLine(line, delimiter)));
  if (understood !== undefined) return understood;
  const present = delimiters.filter((delimiter) => splitLine(line, delimiter).length > 1);
  return present.length > 1 ? null : present[0] ?? comma;
}
