import { extname } from 'node:path';
import { printable } from '../config/quote.ts';
import { UsageError } from '../errors.ts';
import type { Comparison } from '../report/comparison.ts';
import { renderComparisonCsv } from '../report/comparison-csv.ts';
import { renderComparisonJson } from '../report/comparison-json.ts';
import { renderComparisonMarkdown } from '../report/comparison-markdown.ts';
import { renderComparisonText } from '../report/comparison-text.ts';

const renderers = {
  terminal: { ending: '.txt', render: renderComparisonText },
  markdown: { ending: '.md', render: renderComparisonMarkdown },
  csv: { ending: '.csv', render: renderComparisonCsv },
  json: { ending: '.json', render: renderComparisonJson },
} as const satisfies Record<string, { ending: string; render: (comparison: Comparison) => string }>;

export type ComparisonFormat = keyof typeof renderers;
export const comparisonFormats = Object.keys(renderers) as ComparisonFormat[];

export function renderComparison(comparison: Comparison, format: ComparisonFormat): string {
  return renderers[format].render(comparison);
}

/** The format that a file's ending asks for. @throws UsageError where it asks for none */
export function formatOf(file: string): ComparisonFormat {
  const format = comparisonFormats.find((name) => renderers[name].ending === extname(file).toLowerCase());
  if (format !== undefined) return format;
  throw new UsageError(`--out ${printable(file)}: the ending says the format: ${comparisonFormats.map((name) => renderers[name].ending).join(', ')}`);
}
