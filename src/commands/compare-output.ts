import type { Comparisons } from '../report/comparison.ts';
import { renderComparisonCsv } from '../report/comparison-csv.ts';
import { renderComparisonJson } from '../report/comparison-json.ts';
import { renderComparisonMarkdown } from '../report/comparison-markdown.ts';
import { renderComparisonText } from '../report/comparison-text.ts';
import type { OutputFormat } from './output-format.ts';

const renderers = {
  terminal: renderComparisonText, markdown: renderComparisonMarkdown, csv: renderComparisonCsv, json: renderComparisonJson,
} as const satisfies Record<OutputFormat, (comparisons: Comparisons) => string>;

export const comparisonFormats = Object.keys(renderers) as OutputFormat[];

export function renderComparison(comparisons: Comparisons, format: OutputFormat): string {
  return renderers[format](comparisons);
}
