import type { Totals } from '../evaluate.ts';
import { logisticLoss } from './loss.ts';

/**
 * Loss and right answers of scores [N], as sums. The loss is the cross-entropy in nats with the score taken as log-odds, of an SVM too,
 * whose scores are not made for it: it compares runs, not kinds of model. A score of 0 says positive.
 */
export function judgeScores(scores: Float64Array, labels: Uint8Array): Totals {
  let lossSum = 0, correct = 0;
  scores.forEach((score, i) => {
    const sign = labels[i] === 1 ? 1 : -1;
    lossSum += logisticLoss.value(sign * score);
    if (score >= 0 === sign > 0) correct++;
  });
  return { lossSum, correct, examples: scores.length };
}
