import type { Evidence } from '../../report/comparison.ts';
import { turnDifference } from '../../report/comparison-differences.ts';
import { hasArticlesSettings } from '../../report/comparison-rows.ts';
import { hasArticlesData } from '../../report/departures.ts';
import { formatEstimate, formatPoints } from '../../report/estimate.ts';
import { nameModel } from '../../experiment-schema.ts';
import type { Part } from './finding.ts';
import type { ComparisonRow } from '../../report/comparison-rows.ts';
import type { PairedDifference } from '../../report/comparison-differences.ts';

export type Published = Evidence | null;

/** @param name of the model, whatever its settings: `BiLSTM` */
export function isNamed({ experiments: [run] }: ComparisonRow, name: string): boolean {
  return run !== undefined && nameModel(run.config) === name;
}

/**
 * The row of a model with the articles' hyper-parameters, trained on all of their reviews; of several, which then differ in what the
 * articles say nothing of, the one with the most runs.
 * @param name `BiLSTM`
 */
export function findRow(comparison: Published, name: string): ComparisonRow | null {
  const rows = (comparison?.rows ?? []).filter(
    (row) => isNamed(row, name) && hasArticlesSettings(row) && row.experiments.every(hasArticlesData),
  );
  return rows.toSorted((a, b) => b.seeds.length - a.seeds.length)[0] ?? null;
}

/** A part that only published runs of these models could check. */
export function missingRuns(comparison: Published, claimed: string, labels: readonly string[]): Part {
  const missing = labels.filter((label) => (findRow(comparison, label)?.seeds ?? []).length === 0);
  if (missing.length === 0) return { what: `${claimed}: the published runs have no seed in common`, holds: null };
  return { what: claimed, holds: null, needs: missing };
}

/** `87.41 ± 0.20 %, 3 seeds`, at best validation; null where no run says so. */
export function describeRow({ testAccuracyAtBestValidation: { measured }, seeds }: ComparisonRow): string | null {
  return measured === null ? null : `${formatEstimate(measured, 'accuracy')}, ${countSeeds(seeds.length)}`;
}

export function countSeeds(count: number): string {
  return `${count} ${count === 1 ? 'seed' : 'seeds'}`;
}

/** The difference upper − lower in test accuracy at best validation; null where the runs do not give it. */
export function findDifference(comparison: Published, upper: ComparisonRow | null, lower: ComparisonRow | null): PairedDifference | null {
  for (const difference of comparison?.differences ?? []) {
    if (difference.first === upper?.label && difference.second === lower?.label) return difference;
    if (difference.first === lower?.label && difference.second === upper?.label) return turnDifference(difference);
  }
  return null;
}

/** That one model is more accurate than another. */
export function judgeOrder(comparison: Published, upper: string, lower: string): Part {
  const claimed = `${upper} above ${lower}`;
  const found = findDifference(comparison, findRow(comparison, upper), findRow(comparison, lower));
  return found === null ? missingRuns(comparison, claimed, [upper, lower]) : judgeDifference(claimed, found);
}

const firstIsAhead = { first: true, second: false, noise: null, open: null } as const;

/** That the first of two is more accurate than the second. */
export function judgeDifference(claimed: string, found: PairedDifference): Part {
  return judgeInterval(claimed, found, () => firstIsAhead[found.outcome]);
}

/** `+1.00 points, 95 % interval +0.40 to +1.60` */
export function describeDifference({ difference, interval }: PairedDifference): string {
  return `${formatPoints(difference.mean)} points${interval === null ? ' of one seed' : `, 95 % interval `
    + interval.map(formatPoints).join(' to ')}`;
}

/**
 * Judges a difference by its 95 % interval: one that does not decide is no evidence against what is claimed. Of one seed there is none.
 * @param decide null where the interval does not tell
 */
export function judgeInterval(
  claimed: string,
  found: PairedDifference,
  decide: (interval: readonly [number, number]) => boolean | null,
): Part {
  const seen = `${claimed} (${describeDifference(found)})`;
  if (found.interval === null) return { what: `${seen}: it takes several to know the noise`, holds: null, undecided: true };
  const holds = decide(found.interval);
  return holds === null ? { what: seen, holds, undecided: true } : { what: seen, holds };
}

/** How values of single seeds compare: all of one model below all of the other, or mixed. */
export function judgeBelow(claimed: string, lower: readonly number[], upper: readonly number[]): Part {
  if (Math.min(lower.length, upper.length) < LEAST_SEEDS)
    return { what: `${claimed}: it takes ${LEAST_SEEDS} seeds of each to know the noise`, holds: null, undecided: true };
  if (Math.max(...lower) < Math.min(...upper)) return { what: `${claimed}, of every seed`, holds: true };
  const against = Math.max(...upper) < Math.min(...lower);
  return against
    ? { what: `${claimed}: of every seed it is the other way round`, holds: false }
    : { what: `${claimed}: the seeds overlap`, holds: null, undecided: true };
}

/** With three a side, one order in twenty puts all of one below all of the other by chance (Wilcoxon 1945). */
export const LEAST_SEEDS = 3;
