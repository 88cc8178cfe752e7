import { computeMean } from './averages.ts';
import { computeMeanInterval } from './student-t.ts';

/** Of the standard normal distribution: what 95 % of it lies within. */
const NORMAL_95 = 1.959964;

/**
 * Standard error of the difference of two accuracies on one set of n reviews, of which each is right or wrong for both: that of a mean
 * of paired differences, with half a review added to each of the four outcomes (Agresti and Min 2005), so that it is never 0.
 * @param differences [n] of each review, right by the first less right by the second, a mean over seeds: from −1 to 1
 */
export function computePairedError(differences: Float64Array | readonly number[]): number {
  let sum = 0, squares = 1;
  for (const difference of differences) {
    sum += difference;
    squares += difference * difference;
  }
  const n = differences.length + 2;
  return Math.sqrt(squares - sum * sum / n) / n;
}

/**
 * The same where it is not known which reviews each gets right: as if the two had been tested on different reviews, which is more.
 * @param accuracies fractions @param reviews n
 */
export function computeUnpairedError(accuracies: readonly [number, number], reviews: number): number {
  const n = reviews + 2;
  return Math.sqrt(accuracies.reduce((sum, accuracy) => {
    const share = (accuracy * reviews + 1) / n;
    return sum + share * (1 - share) / n;
  }, 0));
}

/**
 * The interval that holds a difference with 95 % confidence: Student's t over the seeds, and never narrower than what the test set can
 * tell apart, since two seeds may agree by chance to the review.
 * @param differences of each seed @param testError standard error by the test set
 * @returns null of fewer than two seeds
 */
export function computeDifferenceInterval(differences: readonly number[], testError: number): readonly [number, number] | null {
  const overSeeds = computeMeanInterval(differences);
  if (overSeeds === null) return null;
  const mean = computeMean(differences);
  const half = Math.max((overSeeds[1] - overSeeds[0]) / 2, NORMAL_95 * testError);
  return [mean - half, mean + half];
}
