import { printable } from '../config/quote.ts';
import { wrapText } from '../terminal/columns.ts';
import { renderPlainTable } from '../terminal/plain-table.ts';
import { listExperiments } from './comparison.ts';
import type { Comparison, Comparisons } from './comparison.ts';
import { describeSettings, layOutComparison } from './comparison-tables.ts';
import type { Extent } from './comparison-tables.ts';
import { describeData } from './describe-data.ts';
import type { TextTable } from './text-table.ts';

export interface TextOptions extends Extent {
  /** How wide the terminal is. */
  readonly columns: number;
}

/** Titles of columns are folded to the width of what stands below them, but not below this. */
const LEAST_HEAD_WIDTH = 9;
const LEAST_TEXT_WIDTH = 9;
const GAP = 2;

const shown = (text: string): string => printable(text, Infinity);

function widthOf(texts: readonly string[]): number {
  return Math.max(...texts.flatMap((text) => text.split('\n')).map((line) => line.length));
}

/** Column titles in several short lines, so that the figures decide the width; then the models' names too, where the table is too wide. */
function renderTextTable({ title, head, rows, align }: TextTable, columns: number): string {
  const body = rows.map((row) => row.map(shown));
  const cells = [head.map((text, k) => wrapText(shown(text), Math.max(LEAST_HEAD_WIDTH, widthOf(body.map((row) => row[k] ?? ''))))), ...body];
  const texts = align.flatMap((side, k) => (side === 'left' ? [k] : [])).reverse(); // seeds and verdicts give way before names
  const fitted = texts.reduce<Cells>((table, k) => foldColumn(table, k, columns), cells);
  return `${wrapText(shown(title), columns)}\n\n${renderPlainTable(fitted, { align: [...align] })}`;
}

type Cells = readonly (readonly string[])[];

/** Folds the texts of one column as far as the table is too wide, and as far as they bear it. */
function foldColumn(table: Cells, column: number, columns: number): Cells {
  const widths = (table[0] ?? []).map((_, k) => widthOf(table.map((row) => row[k] ?? '')));
  const over = widths.reduce((sum, width) => sum + GAP + width, -GAP) - columns;
  if (over <= 0) return table;
  const width = Math.max((widths[column] ?? 0) - over, LEAST_TEXT_WIDTH);
  return table.map((row) => row.map((text, k) => (k === column ? foldWords(text, width) : text)));
}

/** Between words, and the long names of settings between their parts: `embedding`, `DropoutRate`. */
function foldWords(text: string, width: number): string {
  const parted = text.split(' ').map((word) => (word.length > width ? word.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '\n') : word));
  return wrapText(parted.join(' '), width);
}

function renderTextComparison(comparison: Comparison, options: TextOptions): string[] {
  const heading = describeSettings(comparison);
  const notes = comparison.notes.map((note) => `· ${wrapText(shown(note), options.columns, GAP)}`);
  return [
    ...(heading === null ? [] : [wrapText(shown(`${heading}:`), options.columns)]),
    ...layOutComparison(comparison, options).map((table) => renderTextTable(table, options.wide ? Infinity : options.columns)),
    ...(notes.length === 0 ? [] : [notes.join('\n')]),
  ];
}

/** How to see what is left out. */
function describeMore({ wide, all }: Extent): string[] {
  const more = [...(wide ? [] : ['--wide shows parameters, memory and the ratios to the articles\' figures']), ...(all ? [] : ['--all shows every pair of models'])];
  return more.length === 0 ? [] : [more.join('; ')];
}

/** For a terminal: whatever names and reasons hold, nothing in it is obeyed. */
export function renderComparisonText(comparisons: Comparisons, options: TextOptions): string {
  const data = describeData(comparisons.flatMap(listExperiments));
  const more = describeMore(options).map((line) => wrapText(line, options.columns));
  const parts = [shown(data), ...comparisons.flatMap((comparison) => renderTextComparison(comparison, options)), ...more];
  return `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`;
}
