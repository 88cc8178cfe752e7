import Table from 'cli-table3';

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
