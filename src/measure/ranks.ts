import { shuffled } from '../random.ts';
import { computeMean } from './statistics.ts';

/** Ranks from 1, equals sharing the mean of theirs. */
export function computeRanks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
}

/** How two lists go together, −1 to 1; NaN where one of them does not vary. */
function correlate(xs: readonly number[], ys: readonly number[]): number {
  const meanX = computeMean(xs), meanY = computeMean(ys);
  const sum = (term: (x: number, y: number) => number): number => xs.reduce((all, x, k) => all + term(x - meanX, (ys[k] ?? 0) - meanY), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}

/** Spearman's ρ (1904): the correlation of ranks, with ties; NaN where one of the lists does not vary. */
export function correlateRanks(xs: readonly number[], ys: readonly number[]): number {
  return correlate(computeRanks(xs), computeRanks(ys));
}

/** The correlation ratio η of ranks (Fisher 1925): the root of the share of their variance that lies between groups, 0 to 1. */
export function correlateGroups(groups: readonly string[], ys: readonly number[]): number {
  const ranks = computeRanks(ys), byGroup = new Map<string, number[]>();
  groups.forEach((group, k) => byGroup.set(group, [...(byGroup.get(group) ?? []), ranks[k] ?? 0]));
  const means = groups.map((group) => computeMean(byGroup.get(group) ?? []));
  return byGroup.size < 2 ? Number.NaN : Math.abs(correlate(means, ranks));
}

const PERMUTATIONS = 2000;
/** Of the same sum in another order. */
const ROUNDING = 1e-12;

/**
 * How often chance gives as much, by permutation: the share of shuffled lists whose statistic is as far from 0 (Phipson and Smyth 2010,
 * so that it is never 0). NaN where the statistic is.
 */
export function permutationPValue(ys: readonly number[], statistic: (ys: readonly number[]) => number): number {
  const seen = Math.abs(statistic(ys));
  if (Number.isNaN(seen)) return Number.NaN;
  const asFar = Array.from({ length: PERMUTATIONS }, (_, index) => Math.abs(statistic(shuffled(ys, { seed: 1, purpose: 'sample', index }))))
    .filter((value) => value >= seen - ROUNDING);
  return (1 + asFar.length) / (1 + PERMUTATIONS);
}
