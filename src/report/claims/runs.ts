import { isRecurrent } from '../../config/model-types.ts';
import { formatPercent } from '../../terminal/format.ts';
import type { Comparison, ComparisonRow, Estimate, PairedDifference } from '../comparison.ts';
import { hasDocumentsSettings } from './documents.ts';
import type { Part } from './finding.ts';
import { formatPoints } from './words.ts';

export type Published = Comparison | null;

/** The row of a model with the documents' hyper-parameters. */
export function findRow(comparison: Published, label: string): ComparisonRow | null {
  return comparison?.rows.find((row) => row.label === label && row.experiments.every(({ config }) => isRecurrent(config) && hasDocumentsSettings(config))) ?? null;
}

/** A part that only published runs of these models could check. */
export function missingRuns(comparison: Published, claimed: string, labels: readonly string[]): Part {
  const missing = labels.filter((label) => findRow(comparison, label) === null);
  if (missing.length === 0) return { what: `${claimed}: the published runs have no seed in common`, holds: null };
  return { what: claimed, holds: null, needs: missing };
}

/** `88.12 ± 0.20 %`, of a single run without the deviation. */
export function formatAccuracy({ mean, deviation }: Estimate): string {
  return deviation === null ? formatPercent(mean) : `${(100 * mean).toFixed(2)} ± ${(100 * deviation).toFixed(2)} %`;
}

/** The difference upper − lower in test accuracy at best validation; null where the runs do not give it. */
export function findDifference(comparison: Published, upper: string, lower: string): PairedDifference | null {
  for (const difference of comparison?.differences ?? []) {
    if (difference.first === upper && difference.second === lower) return difference;
    if (difference.first === lower && difference.second === upper) return turnAround(difference);
  }
  return null;
}

function turnAround({ first, second, difference, interval, mcnemar, withinNoise }: PairedDifference): PairedDifference {
  return {
    first: second, second: first, withinNoise,
    difference: { ...difference, mean: -difference.mean },
    interval: interval === null ? null : [-interval[1], -interval[0]],
    mcnemar: mcnemar.map(({ onlyFirst, onlySecond, ...rest }) => ({ ...rest, onlyFirst: onlySecond, onlySecond: onlyFirst })),
  };
}

/** That one model is more accurate than another. Within the noise it does not hold; one seed does not tell what noise is. */
export function judgeOrder(comparison: Published, upper: string, lower: string): Part {
  const claimed = `${upper} above ${lower}`;
  const found = [upper, lower].every((label) => findRow(comparison, label) !== null) ? findDifference(comparison, upper, lower) : null;
  return found === null ? missingRuns(comparison, claimed, [upper, lower]) : judgeDifference(claimed, found);
}

/** That the first of two is more accurate than the second. */
export function judgeDifference(claimed: string, found: PairedDifference): Part {
  const points = `${formatPoints(found.difference.mean)} points`;
  if (found.interval === null) return { what: `${claimed}: ${points} of one seed, and it takes several to know the noise`, holds: null };
  const seen = `${points}, 95 % interval ${found.interval.map(formatPoints).join(' to ')}`;
  if (found.withinNoise) return { what: `${claimed} is within the noise (${seen})`, holds: false };
  return { what: `${claimed} (${seen})`, holds: found.difference.mean > 0 };
}

/** How values of single seeds compare: all of one model below all of the other, or mixed. */
export function judgeBelow(claimed: string, lower: readonly number[], upper: readonly number[]): Part {
  if (Math.min(lower.length, upper.length) < LEAST_SEEDS) return { what: `${claimed}: it takes ${LEAST_SEEDS} seeds of each to know the noise`, holds: null };
  if (Math.max(...lower) < Math.min(...upper)) return { what: `${claimed}, of every seed`, holds: true };
  const against = Math.max(...upper) < Math.min(...lower);
  return { what: against ? `${claimed}: of every seed it is the other way round` : `${claimed} is within the noise: the seeds overlap`, holds: false };
}

/** With three a side, one order in twenty puts all of one below all of the other by chance (Wilcoxon 1945). */
const LEAST_SEEDS = 3;
