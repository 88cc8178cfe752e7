import type { Comparisons } from '../report/comparison.ts';
import { renderComparisonCsv } from '../report/comparison-csv.ts';
import { renderComparisonJson } from '../report/comparison-json.ts';
import { renderComparisonMarkdown } from '../report/comparison-markdown.ts';
import { renderComparisonText } from '../report/comparison-text.ts';
import type { TextOptions } from '../report/comparison-text.ts';
import type { OutputFormat } from './output-format.ts';

const renderers = {
  terminal: renderComparisonText, markdown: renderComparisonMarkdown, csv: renderComparisonCsv, json: renderComparisonJson,
} as const satisfies Record<OutputFormat, (comparisons: Comparisons, options: TextOptions) => string>;

export const comparisonFormats = Object.keys(renderers) as OutputFormat[];

/** @param options of the terminal's format; the others hold everything */
export function renderComparison(comparisons: Comparisons, format: OutputFormat, options: TextOptions): string {
  return renderers[format](comparisons, options);
}

/** Of a terminal that does not say how wide it is, and of a pipe. */
const USUAL_COLUMNS = 80;

/** How wide the table may be: as wide as the terminal, or as COLUMNS says. */
export function readTableColumns({ columns }: { readonly columns?: number }, { COLUMNS = '' }: NodeJS.ProcessEnv): number {
  if (/^[1-9]\d{0,3}$/.test(COLUMNS)) return Number(COLUMNS);
  return columns !== undefined && columns > 0 ? columns : USUAL_COLUMNS;
}
