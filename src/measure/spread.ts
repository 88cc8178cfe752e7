/** A figure and the range it was seen in. */
export interface Spread {
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** Linear between the sorted values (Hyndman and Fan's type 7). */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  return below + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? Number.NaN) - below);
}

/** The median between the quartiles. */
export function medianSpread(values: readonly number[]): Spread {
  return { middle: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** Theirs over ours, turn by turn, so that what slows a turn down slows both: the median between the quartiles. */
export function pairwiseRatio(ours: readonly number[], theirs: readonly number[]): Spread {
  return medianSpread(theirs.slice(0, ours.length).map((value, turn) => value / (ours[turn] ?? Number.NaN)));
}
