import { computeDeviation, computeMean } from '../measure/statistics.ts';
import { formatCount, formatSigned } from '../terminal/format.ts';

/** Over runs that differ in their seed alone. */
export interface Estimate {
  readonly mean: number;
  /** Sample standard deviation; null of a single run. */
  readonly deviation: number | null;
  readonly runs: number;
}

/** A measured figure beside the articles'. */
export interface Figure {
  /** Null when no run of the model has it. */
  readonly measured: Estimate | null;
  readonly articles: number | null;
  /** Measured mean over the articles' figure. */
  readonly ratio: number | null;
}

/** @returns null of nothing */
export function createEstimate(values: readonly number[]): Estimate | null {
  if (values.length === 0) return null;
  return { mean: computeMean(values), deviation: values.length === 1 ? null : computeDeviation(values), runs: values.length };
}

/** @param values of the runs; null where a run does not have the figure */
export function createFigure(values: readonly (number | null)[], articles: number | null): Figure {
  const measured = createEstimate(values.filter((value) => value !== null));
  return { measured, articles, ratio: measured === null || articles === null ? null : measured.mean / articles };
}

export type Quantity = 'count' | 'accuracy' | 'seconds' | 'epoch' | 'bytes';

const MEBI = 2 ** 20;
const GIBI = 2 ** 30;

interface Scale {
  readonly factor: number;
  readonly digits: number;
  /** With the space before it. */
  readonly unit: string;
}

function scaleOf(quantity: Quantity, value: number): Scale {
  switch (quantity) {
    case 'count': return { factor: 1, digits: 0, unit: '' };
    case 'accuracy': return { factor: 100, digits: 2, unit: ' %' };
    case 'seconds': return { factor: 1, digits: value < 10 ? 2 : 1, unit: ' s' };
    case 'epoch': return { factor: 1, digits: Number.isInteger(value) ? 0 : 1, unit: '' };
    case 'bytes': return value < GIBI ? { factor: 1 / MEBI, digits: 0, unit: ' MiB' } : { factor: 1 / GIBI, digits: 2, unit: ' GiB' };
  }
}

/** A figure without its spread: `87.20 %`, `142.0 s`, `2,100,000`. */
export function formatQuantity(value: number, quantity: Quantity): string {
  const { factor, digits, unit } = scaleOf(quantity, value);
  return quantity === 'count' ? formatCount(value) : `${(value * factor).toFixed(digits)}${unit}`;
}

/** As `formatEstimate`, without the unit, where that stands elsewhere. */
export function formatEstimateNumber({ mean, deviation }: Estimate, quantity: Quantity): string {
  const { factor, digits } = scaleOf(quantity, mean);
  if (quantity === 'count' && (deviation ?? 0) === 0) return formatCount(mean);
  const shown = Math.max(digits, quantity === 'epoch' && deviation !== null ? 1 : 0);
  return [mean, ...(deviation === null ? [] : [deviation])].map((value) => (value * factor).toFixed(shown)).join(' ± ');
}

/**
 * Mean and standard deviation in the mean's unit: `87.92 ± 0.12 %`; of a single run, or of a count that is the same in all, the mean
 * alone.
 */
export function formatEstimate(estimate: Estimate, quantity: Quantity): string {
  return `${formatEstimateNumber(estimate, quantity)}${scaleOf(quantity, estimate.mean).unit}`;
}

/** A figure of the articles, as they print it: `2.1 M`, `87.2 %`, `142 s`. */
export function formatPrinted(value: number, quantity: Quantity): string {
  switch (quantity) {
    case 'count': return `${(value / 1e6).toFixed(1)} M`;
    case 'accuracy': return `${(100 * value).toFixed(1)} %`;
    case 'seconds': return `${value} s`;
    default: return String(value);
  }
}

export function formatRatio(ratio: number | null): string {
  return ratio === null ? '' : ratio.toFixed(3);
}

/** In percentage points, signed: `+0.42`. */
export function formatPoints(fraction: number): string {
  return formatSigned(100 * fraction);
}

/** A probability: `0.042`, `1`; below a thousandth only that it is. */
export function formatPValue(value: number): string {
  return value < 0.001 ? '< 0.001' : String(Number(value.toFixed(3)));
}
