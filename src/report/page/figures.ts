import type { ComparisonRow, Estimate } from '../comparison.ts';
import { describeMissing } from '../comparison-tables.ts';
import type { FigureKey } from '../comparison-columns.ts';
import { formatEstimate, formatPrinted, formatRatio } from '../format-estimate.ts';
import type { Quantity } from '../format-estimate.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

export interface FigureColumn {
  readonly figure: FigureKey;
  readonly title: string;
  readonly quantity: Quantity;
}

/** The table's columns, in groups that share a heading. */
export const columnGroups: readonly { readonly title: string; readonly columns: readonly FigureColumn[] }[] = [
  {
    title: 'Test accuracy', columns: [
      { figure: 'bestTestAccuracy', title: 'best epoch', quantity: 'accuracy' },
      { figure: 'testAccuracyAtBestValidation', title: 'at best validation', quantity: 'accuracy' },
    ],
  },
  {
    title: 'Training', columns: [
      { figure: 'epochSeconds', title: 'time an epoch, median', quantity: 'seconds' },
      { figure: 'convergenceEpoch', title: 'convergence epoch', quantity: 'epoch' },
    ],
  },
  {
    title: 'Parameters', columns: [
      { figure: 'parameters', title: 'total', quantity: 'count' },
      { figure: 'parametersWithoutEmbedding', title: 'without embedding', quantity: 'count' },
    ],
  },
  {
    title: 'Peak memory', columns: [
      { figure: 'peakRssBytes', title: 'whole process', quantity: 'bytes' },
      { figure: 'peakAboveBaselineBytes', title: 'above the engine’s', quantity: 'bytes' },
    ],
  },
];

/** The mean, then what belongs to it: `87.92` and smaller `± 0.12 %`. */
export function renderEstimate(estimate: Estimate, quantity: Quantity): Html {
  const [mean = '', ...after] = formatEstimate(estimate, quantity).split(' ');
  return html`<span class="measured">${mean}${after.length === 0 ? null : html` <span class="spread">${after.join(' ')}</span>`}</span>`;
}

/** What was measured, and under it what the articles say. */
export function renderFigure(row: ComparisonRow, { figure, quantity }: FigureColumn): Html {
  const { measured, articles, ratio } = row[figure];
  const below = articles === null ? null
    : html` <span class="printed"><span>articles ${formatPrinted(articles, quantity)}</span>${ratio === null ? null : html` <span>ratio ${formatRatio(ratio)}</span>`}</span>`;
  return html`${measured === null ? html`<span class="none">${describeMissing(row)}</span>` : renderEstimate(measured, quantity)}${below}`;
}
