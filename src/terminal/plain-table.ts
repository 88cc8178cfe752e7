import wrapAnsi from 'wrap-ansi';
import Table from 'cli-table3';

/** Of a terminal that does not say how wide it is. */
const USUAL_COLUMNS = 80;

/** How many columns a stream has: Infinity where it is no terminal, so that files and pipes always get the long form. */
export function readColumns({ isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>): number {
  if (!isTTY) return Infinity;
  return columns > 0 ? columns : USUAL_COLUMNS;
}

/** Breaks lines between words; what has no spaces, such as a path, stays whole, so that it can be copied. */
export function wrapText(text: string, columns: number, indent = 0): string {
  if (!Number.isFinite(columns)) return text;
  const width = Math.max(columns - indent, 1);
  return wrapAnsi(text, width).replaceAll('\n', `\n${' '.repeat(indent)}`);
}

/** Names and values, a row each. */
export type Rows = readonly (readonly [name: string, value: string])[];

const NAME_WIDTH = 11;

/** A line for each row; values that are too long for `columns` go on below their beginning. */
export function renderRows(rows: Rows, columns: number): string {
  return rows.map(([name, value]) => `${name.padEnd(NAME_WIDTH)}${wrapText(value, columns, NAME_WIDTH)}`).join('\n');
}

const plainChars = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ',
};

export interface PlainTableOptions {
  readonly align?: ('left' | 'right')[];
  /** Wraps a column's text at this width; null leaves it as wide as it is. */
  readonly widths?: (number | null)[];
}

/** Columns without lines or colours, the same on a terminal and in a file. */
export function renderPlainTable(rows: readonly (readonly string[])[], { align = [], widths = [] }: PlainTableOptions = {}): string {
  const table = new Table({
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 }, chars: plainChars,
    colAligns: align, colWidths: widths, wordWrap: true,
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString().replace(/ +$/gm, '');
}

/** Plain texts in rows and columns, to be escaped by whoever shows them. */
export interface TextTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly align: readonly ('left' | 'right')[];
}
