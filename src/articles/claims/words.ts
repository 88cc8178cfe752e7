import type { Spread } from '../../measure/statistics.ts';

/** `2.24 × (2.20 to 2.31)`: the median between the quartiles. */
export function formatTimes({ middle, low, high }: Spread): string {
  return `${middle.toFixed(2)} × (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

/** What `formatTimes` shows, for whoever reads it. */
export const measuredLegend = 'a × of times is the median over turns, with its quartiles in brackets';

/** `1 : 2.64 : 3.41` */
export function formatProportion(values: readonly number[]): string {
  const [first = Number.NaN] = values;
  return values.map((value) => Number((value / first).toFixed(2))).join(' : ');
}

/** 2_100_000 → `2.10 M`. */
export function formatMillions(count: number): string {
  return `${(count / 1e6).toFixed(2)} M`;
}
