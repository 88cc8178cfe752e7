import type { Experiment } from '../experiment/load.ts';
import { UserError } from '../errors.ts';

/**
 * Refuses runs that cannot stand in one picture or table: synthetic beside real, different data sets or parts of them, no epoch yet.
 * @throws UserError that names two folders, or the one without an epoch
 */
export function checkComparable(experiments: readonly Experiment[]): void {
  const empty = experiments.find(({ epochs }) => epochs.length === 0);
  if (empty !== undefined) throw new UserError(`${empty.path}: has no finished epoch yet; leave it out`);
  checkSameReviews(experiments);
}

/** As checkComparable, whatever came of the runs. @throws UserError that names two folders */
export function checkSameReviews(experiments: readonly Experiment[]): void {
  const [first, ...others] = experiments;
  for (const other of others) {
    const difference = first === undefined ? null : describeDifference(first, other);
    if (difference !== null) throw new UserError(difference);
  }
}

function describeDifference(a: Experiment, b: Experiment): string | null {
  const [one, two] = [a.environment.dataset, b.environment.dataset];
  if (one.synthetic !== two.synthetic) {
    const [synthetic, real] = one.synthetic ? [a, b] : [b, a];
    return `${synthetic.path} was trained on synthetic data and ${real.path} on real data; keep them apart`;
  }
  if (one.fingerprint !== two.fingerprint) return `${a.path} and ${b.path} were trained on different data sets; keep them apart`;
  if (one.counts.test !== two.counts.test) {
    return `${a.path} was tested on ${one.counts.test} reviews and ${b.path} on ${two.counts.test}; keep them apart`;
  }
  return null;
}
