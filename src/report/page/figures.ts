import type { ComparisonRow, Estimate } from '../comparison.ts';
import { describeMissing } from '../comparison-tables.ts';
import { figureColumns } from '../comparison-columns.ts';
import type { FigureColumn as SharedColumn, FigureKey } from '../comparison-columns.ts';
import { formatEstimate, formatPrinted, formatRatio } from '../format-estimate.ts';
import type { Quantity } from '../format-estimate.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

export interface FigureColumn extends Pick<SharedColumn, 'key' | 'quantity'> {
  readonly title: string;
}

export interface ColumnGroup {
  readonly title: string;
  readonly columns: readonly FigureColumn[];
}

/** @param columns their titles below the group's */
function group(title: string, columns: Partial<Record<FigureKey, string>>): ColumnGroup {
  return { title, columns: Object.entries(columns).flatMap(([name, own]) => figureColumns.filter(({ key }) => key === name).map(({ key, quantity }) => ({ key, quantity, title: own }))) };
}

/** The table's columns, in groups that share a heading; the honest accuracy first, since a phone shows it without scrolling. */
export const columnGroups: readonly ColumnGroup[] = [
  group('Test accuracy', { testAccuracyAtBestValidation: 'at best validation', bestTestAccuracy: 'best epoch' }),
  group('Training', { epochSeconds: 'time an epoch, median', convergenceEpoch: 'convergence epoch' }),
  group('Parameters', { parameters: 'total', parametersWithoutEmbedding: 'without embedding' }),
  group('Peak memory', { peakRssBytes: 'whole process', peakAboveBaselineBytes: 'above the engine’s' }),
];

/** The mean, then what belongs to it: `87.92` and smaller `± 0.12 %`. */
export function renderEstimate(estimate: Estimate, quantity: Quantity): Html {
  const [mean = '', ...after] = formatEstimate(estimate, quantity).split(' ');
  return html`<span class="measured">${mean}${after.length === 0 ? null : html` <span class="spread">${after.join(' ')}</span>`}</span>`;
}

/** What was measured, and under it what the articles say. */
export function renderFigure(row: ComparisonRow, { key, quantity }: FigureColumn): Html {
  const { measured, articles, ratio } = row[key];
  const below = articles === null ? null
    : html` <span class="printed"><span>articles ${formatPrinted(articles, quantity)}</span>${ratio === null ? null : html` <span>ratio ${formatRatio(ratio)}</span>`}</span>`;
  return html`${measured === null ? html`<span class="none">${describeMissing(row)}</span>` : renderEstimate(measured, quantity)}${below}`;
}
