import { UserError } from '../errors.ts';
import type { Experiment } from '../experiment/load.ts';
import { findOtherReviews } from '../experiment/same-reviews.ts';

/**
 * Refuses runs that cannot stand in one picture or table: synthetic beside real, different data sets or parts of them.
 * @throws UserError that names two folders
 */
export function checkSameReviews(experiments: readonly Experiment[]): void {
  const [first, ...others] = experiments;
  if (first === undefined) return;
  const { synthetic, counts } = first.environment.dataset;
  const unlike = others.find(({ environment: { dataset } }) => dataset.synthetic !== synthetic);
  if (unlike !== undefined) {
    const [made, real] = synthetic ? [first, unlike] : [unlike, first];
    throw new UserError(`${made.path} was trained on synthetic data and ${real.path} on real data; keep them apart`);
  }
  const other = experiments[findOtherReviews(experiments.map(({ environment }) => environment.dataset))];
  if (other !== undefined) throw new UserError(`${first.path} and ${other.path} were trained on different data sets; keep them apart`);
  const sized = others.find(({ environment: { dataset } }) => dataset.counts.test !== counts.test);
  if (sized !== undefined) {
    throw new UserError(`${first.path} was tested on ${counts.test} reviews and ${sized.path} on ${sized.environment.dataset.counts.test}; keep them apart`);
  }
}
