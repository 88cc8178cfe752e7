import type { ComparisonRow, Estimate, Figure } from '../comparison.ts';
import { formatEstimate, formatRatio } from '../format-estimate.ts';
import type { Quantity } from '../format-estimate.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

type FigureName = { [Key in keyof ComparisonRow]: ComparisonRow[Key] extends Figure ? Key : never }[keyof ComparisonRow];

export interface FigureColumn {
  readonly figure: FigureName;
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

/** The documents' figures in the precision they print them with. */
const printed: Readonly<Record<Quantity, (value: number) => string>> = {
  accuracy: (fraction) => `${(100 * fraction).toFixed(1)} %`,
  bytes: (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`,
  count: (count) => `${(count / 1e6).toFixed(1)} M`,
  epoch: (epoch) => epoch.toFixed(0),
  seconds: (seconds) => `${seconds.toFixed(0)} s`,
};

export function formatPrinted(value: number, quantity: Quantity): string {
  return printed[quantity](value);
}

/** The mean, then what belongs to it: `87.92` and smaller `± 0.12 %`. */
export function renderEstimate(estimate: Estimate, quantity: Quantity): Html {
  const [mean = '', ...after] = formatEstimate(estimate, quantity).split(' ');
  return html`<span class="measured">${mean}${after.length === 0 ? null : html` <span class="spread">${after.join(' ')}</span>`}</span>`;
}

/** What became of the runs where a figure would be. */
function renderMissing({ seeds, experiments }: ComparisonRow): Html {
  const statuses = [...new Set(experiments.map(({ summary: { status } }) => status))];
  return html`<span class="none">${seeds.length > 0 ? 'not measured' : statuses.join(', ')}</span>`;
}

/** What was measured, and under it what the documents say. */
export function renderFigure(row: ComparisonRow, { figure, quantity }: FigureColumn): Html {
  const { measured, documents, ratio } = row[figure];
  const below = documents === null ? null
    : html` <span class="printed"><span>documents ${formatPrinted(documents, quantity)}</span>${ratio === null ? null : html` <span>ratio ${formatRatio(ratio)}</span>`}</span>`;
  return html`${measured === null ? renderMissing(row) : renderEstimate(measured, quantity)}${below}`;
}
