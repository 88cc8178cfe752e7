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
 * As `EpochEvent.testProbabilities`: of two classes [reviews], σ(score) of the second; of more [reviews · classes], σ of each score,
 * divided by their sum, as scikit-learn's OneVsRestClassifier has it.
 */
export function toProbabilities(scores: readonly Float64Array[]): Float64Array {
  const [first = new Float64Array()] = scores;
  if (scores.length === 1) return first.map(logistic);
  return Float64Array.from([...first.keys()].flatMap((row) => {
    const values = scores.map((own) => logistic(own[row] ?? Number.NaN));
    const sum = values.reduce((total, value) => total + value, 0);
    return values.map((value) => (sum > 0 ? value / sum : 1 / values.length));
  }));
}

/** Loss and right answers as sums: mean −ln of the label's probability, and the first of the largest probabilities. */
export function judgeClasses(scores: readonly Float64Array[], labels: Uint8Array): Totals {
  const [first = new Float64Array()] = scores;
  if (scores.length === 1) return judgeScores(first, labels);
  const probabilities = toProbabilities(scores), classes = scores.length;
  let lossSum = 0, correct = 0;
  labels.forEach((label, row) => {
    const own = probabilities.subarray(row * classes, (row + 1) * classes);
    lossSum -= Math.log(Math.max(own[label] ?? 0, Number.MIN_VALUE));
    if (own.indexOf(Math.max(...own)) === label) correct += 1;
  });
  return { lossSum, correct, examples: labels.length };
}
