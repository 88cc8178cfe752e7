import type { Comparison, ComparisonRow, Comparisons, Figure } from './comparison.ts';
import { figureColumns } from './comparison-columns.ts';
import { describeSeeds } from './comparison-tables.ts';
import { escapeCsv } from './escape.ts';

const parts = ['', 'Deviation', 'Articles', 'Ratio'] as const;

function renderFigure({ measured, articles, ratio }: Figure, otherwise: string): string[] {
  return [measured?.mean ?? otherwise, measured?.deviation ?? '', articles ?? '', ratio ?? ''].map(String);
}

function renderRow(settings: Comparison['settings'], row: ComparisonRow): string {
  const statuses = [...new Set(row.experiments.map(({ summary }) => summary.status))].join(' ');
  const cells = figureColumns.flatMap(({ key }) => renderFigure(row[key], row.seeds.length > 0 ? '' : statuses));
  const synthetic = row.experiments[0]?.environment.dataset.synthetic ?? false;
  return [escapeCsv(row.label), escapeCsv(settings ?? ''), escapeCsv(describeSeeds(row)), String(row.seeds.length), statuses, String(synthetic), ...cells].join();
}

/**
 * A line a model: means over seeds, with their standard deviation, the articles' figure and the ratio to it; accuracies as
 * fractions. A model without a completed run has its status in place of a mean. Settings that all models of a table share and the
 * articles' do not have a column; it is empty in the main table.
 */
export function renderComparisonCsv(comparisons: Comparisons): string {
  const head = ['model', 'settings', 'seeds', 'runs', 'status', 'synthetic', ...figureColumns.flatMap(({ key }) => parts.map((part) => `${key}${part}`))];
  return `${[head.join(), ...comparisons.flatMap(({ settings, rows }) => rows.map((row) => renderRow(settings, row)))].join('\n')}\n`;
}
