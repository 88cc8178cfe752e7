import type { ComparisonRow, Estimate, Figure } from '../comparison.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** How numbers of one kind are written. */
interface Unit {
  readonly name: string;
  /** Shown value for one of the measured. */
  readonly scale: number;
  /** After the point, of a number this large. */
  readonly digits: (shown: number) => number;
  /** The documents' figure, in their precision. */
  readonly printed: (shown: number) => string;
  /** Of the ratio to the documents: two accuracies never differ by much. */
  readonly ratioDigits: number;
  /** Counted, not sampled: equal runs need no deviation. */
  readonly exact?: true;
}

const millions = (count: number): string => `${plain(count / 1e6, 1)} M`;
const units = {
  parameters: { name: '', scale: 1, digits: () => 0, printed: millions, ratioDigits: 2, exact: true },
  epoch: { name: '', scale: 1, digits: () => 1, printed: (epoch) => plain(epoch, 0), ratioDigits: 2 },
  seconds: { name: 's', scale: 1, digits: (seconds) => (seconds < 10 ? 2 : 1), printed: (seconds) => `${plain(seconds, 0)} s`, ratioDigits: 2 },
  percent: { name: '%', scale: 100, digits: () => 2, printed: (percent) => `${plain(percent, 1)} %`, ratioDigits: 3 },
  mebibytes: { name: 'MiB', scale: 1 / 1024 ** 2, digits: () => 0, printed: (size) => `${plain(size, 0)} MiB`, ratioDigits: 2 },
} as const satisfies Record<string, Unit>;

type FigureName = { [Key in keyof ComparisonRow]: ComparisonRow[Key] extends Figure ? Key : never }[keyof ComparisonRow];

export interface FigureColumn {
  readonly figure: FigureName;
  readonly title: string;
  readonly unit: Unit;
}

/** The table's columns, in groups that share a heading. */
export const columnGroups: readonly { readonly title: string; readonly columns: readonly FigureColumn[] }[] = [
  {
    title: 'Test accuracy', columns: [
      { figure: 'bestTestAccuracy', title: 'best epoch', unit: units.percent },
      { figure: 'testAccuracyAtBestValidation', title: 'at best validation', unit: units.percent },
    ],
  },
  {
    title: 'Training', columns: [
      { figure: 'epochSeconds', title: 'time an epoch, median', unit: units.seconds },
      { figure: 'convergenceEpoch', title: 'convergence epoch', unit: units.epoch },
    ],
  },
  {
    title: 'Parameters', columns: [
      { figure: 'parameters', title: 'total', unit: units.parameters },
      { figure: 'parametersWithoutEmbedding', title: 'without embedding', unit: units.parameters },
    ],
  },
  {
    title: 'Peak memory', columns: [
      { figure: 'peakRssBytes', title: 'whole process', unit: units.mebibytes },
      { figure: 'peakAboveBaselineBytes', title: 'above the engine’s', unit: units.mebibytes },
    ],
  },
];

/** A number with this many digits after the point, thousands apart. */
function plain(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function renderEstimate({ mean, deviation }: Estimate, unit: Unit): Html {
  const shown = mean * unit.scale;
  const digits = unit.digits(shown);
  const spread = deviation === null || (unit.exact === true && deviation === 0) ? [] : ['±', plain(deviation * unit.scale, digits)];
  const after = [...spread, unit.name].filter((word) => word !== '').join(' ');
  return html`<span class="measured">${plain(shown, digits)}${after === '' ? null : html` <span class="spread">${after}</span>`}</span>`;
}

/** What was measured, and under it what the documents say. */
export function renderFigure({ measured, documents, ratio }: Figure, unit: Unit): Html {
  const printed = documents === null ? null
    : html` <span class="printed"><span>documents ${unit.printed(documents * unit.scale)}</span>${ratio === null ? null : html` <span>ratio ${plain(ratio, unit.ratioDigits)}</span>`}</span>`;
  return html`${measured === null ? html`<span class="measured none">–</span>` : renderEstimate(measured, unit)}${printed}`;
}

/** An accuracy by itself, for running text: `88.21 ± 0.14 %`. */
export function renderAccuracy(estimate: Estimate): Html {
  return renderEstimate(estimate, units.percent);
}

/** As the documents print it: `87.2 %`. */
export function formatPrintedAccuracy(fraction: number): string {
  return units.percent.printed(100 * fraction);
}

/** A difference of two fractions in percentage points, with its sign: `+1.04`, `−0.30`. */
export function formatPoints(difference: number, digits = 2): string {
  const shown = plain(Math.abs(100 * difference), digits);
  if (Number(shown) === 0) return shown;
  return `${difference < 0 ? '−' : '+'}${shown}`;
}

/** A p value to two digits; below a ten-thousandth it only says so. */
export function formatProbability(value: number): string {
  if (value < 1e-4) return '< 0.0001';
  return value >= 0.1 ? value.toFixed(2) : Number(value.toPrecision(2)).toString();
}
