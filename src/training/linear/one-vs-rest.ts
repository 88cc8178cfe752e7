import { indexOfLargest } from '../../measure/classification.ts';
import type { Totals } from '../evaluate.ts';
import { judgeScores, logistic } from './loss.ts';
import { multiply } from './sparse-rows.ts';
import type { SparseRows } from './sparse-rows.ts';

/**
 * Weights [D] of a linear classifier, as many as it has problems: one of two classes, whose score is the log-odds of the second; of more,
 * one for each class, told from all the others (Rifkin and Klautau 2004, "In defense of one-vs-all classification").
 */
export type ClassWeights = readonly Float64Array[];

/** [problems][reviews] +1 for the reviews of the problem's class, −1 for the others. */
export function createSigns(labels: Uint8Array, classes: number): Float64Array[] {
  const told = classes === 2 ? [1] : Array.from({ length: classes }, (_, k) => k);
  return told.map((own) => Float64Array.from(labels, (label) => (label === own ? 1 : -1)));
}

/** [problems][reviews] */
export function scoreRows(rows: SparseRows, weights: ClassWeights): Float64Array[] {
  return weights.map((own) => multiply(rows, own));
}

/**
 * [reviews][classes] probabilities: of two classes σ(−score) and σ(score); of more σ of each score, divided by their sum, as scikit-learn's
 * OneVsRestClassifier has it. What is near 0 keeps all its digits, which are those of a large score.
 */
export function toProbabilities(scores: readonly Float64Array[]): number[][] {
  const [first = new Float64Array()] = scores;
  if (scores.length === 1) return Array.from(first, toPair);
  return Array.from(first, (_, row) => {
    const values = scores.map((own) => logistic(own[row] ?? Number.NaN));
    const sum = values.reduce((total, value) => total + value, 0);
    return values.map((value) => (sum > 0 ? value / sum : 1 / values.length));
  });
}

/** The second's is the larger exactly where it is above one half. */
function toPair(score: number): [number, number] {
  const second = logistic(score);
  return [second > 0.5 ? logistic(-score) : 1 - second, second];
}

/** Loss and right answers as sums: mean −ln of the label's probability, and the first of the largest probabilities. */
export function judgeClasses(scores: readonly Float64Array[], labels: Uint8Array): Totals {
  const [first = new Float64Array()] = scores;
  if (scores.length === 1) return judgeScores(first, labels);
  let lossSum = 0, correct = 0;
  toProbabilities(scores).forEach((own, row) => {
    const label = labels[row] ?? 0;
    lossSum -= Math.log(Math.max(own[label] ?? 0, Number.MIN_VALUE));
    if (indexOfLargest(own) === label) correct += 1;
  });
  return { lossSum, correct, examples: labels.length };
}
