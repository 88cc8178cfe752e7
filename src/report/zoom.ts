import { valueDomain } from './chart.ts';
import type { ModelSeries, Reference } from './model-series.ts';

/** Models within this of the best one, as a fraction, are those that a zoomed panel tells apart. */
const NEAR = 0.04;
/** The whole range is at least so many times what is zoomed into; otherwise one panel shows it all. */
const LEAST_FACTOR = 2;
/** On average from convergence on: fewer make no curve to look at. */
const LEAST_POINTS = 4;

export interface Zoom {
  /** Accuracies from the lowest to the highest shown. */
  readonly domain: readonly [number, number];
  /** What the zoomed panel shows, by its label. */
  readonly shown: ReadonlySet<string>;
}

/**
 * The range of accuracies in which the best models move once they have converged, if it is small beside the range of all.
 * @returns null where one panel shows it all
 */
export function findZoom(series: readonly ModelSeries[], references: readonly Reference[], whole: readonly [number, number]): Zoom | null {
  const bestOf = ({ points }: ModelSeries): number => Math.max(...points.map(({ values }) => values.accuracy.mean));
  const best = Math.max(...series.map(bestOf));
  const near = series.filter((one) => bestOf(one) >= best - NEAR);
  const converged = near.flatMap(({ points, convergenceEpoch }) => points.slice(convergenceEpoch - 1));
  const lines = references.filter(({ accuracy }) => Math.abs(accuracy - best) <= NEAR);
  const domain = valueDomain([...converged.flatMap(({ values: { accuracy: { low, high } } }) => [low, high]), ...lines.map(({ accuracy }) => accuracy)], 'accuracy');
  if (converged.length < LEAST_POINTS * near.length || whole[1] - whole[0] < LEAST_FACTOR * (domain[1] - domain[0])) return null;
  return { domain, shown: new Set([...near, ...lines].map(({ label }) => label)) };
}
