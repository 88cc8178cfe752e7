import type { Comparison, ComparisonRow, Figure } from './comparison.ts';
import { describeSeeds } from './comparison-tables.ts';
import { escapeCsv } from './escape.ts';

const figures = [
  'parameters', 'parametersWithoutEmbedding', 'epochSeconds', 'testAccuracyAtBestValidation', 'bestTestAccuracy', 'convergenceEpoch',
  'peakRssBytes', 'peakAboveBaselineBytes',
] as const satisfies readonly (keyof ComparisonRow)[];

const parts = ['', 'Deviation', 'Documents', 'Ratio'] as const;

function renderFigure({ measured, documents, ratio }: Figure, otherwise: string): string[] {
  return [measured?.mean ?? otherwise, measured?.deviation ?? '', documents ?? '', ratio ?? ''].map(String);
}

function renderRow(row: ComparisonRow): string {
  const statuses = [...new Set(row.experiments.map(({ summary }) => summary.status))].join(' ');
  const cells = figures.flatMap((key) => renderFigure(row[key], row.seeds.length > 0 ? '' : statuses));
  const synthetic = row.experiments[0]?.environment.dataset.synthetic ?? false;
  return [escapeCsv(row.label), escapeCsv(describeSeeds(row)), String(row.seeds.length), statuses, String(synthetic), ...cells].join();
}

/**
 * A line a model: means over seeds, with their standard deviation, the documents' figure and the ratio to it; accuracies as
 * fractions. A model without a completed run has its status in place of a mean.
 */
export function renderComparisonCsv({ rows }: Comparison): string {
  const head = ['model', 'seeds', 'runs', 'status', 'synthetic', ...figures.flatMap((key) => parts.map((part) => `${key}${part}`))];
  return `${[head.join(), ...rows.map(renderRow)].join('\n')}\n`;
}
