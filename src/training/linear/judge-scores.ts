import type { Totals } from '../evaluate.ts';
import { toLabel } from '../../measure/to-label.ts';
import { logistic, logisticLoss } from './loss.ts';

/**
 * Loss and right answers of scores [N], as sums. The loss is the cross-entropy in nats with the score taken as log-odds, of an SVM too,
 * whose scores are not made for it: it compares runs, not kinds of model. What a score says is what its probability says.
 */
export function judgeScores(scores: Float64Array, labels: Uint8Array): Totals {
  let lossSum = 0, correct = 0;
  scores.forEach((score, i) => {
    const sign = labels[i] === 1 ? 1 : -1;
    lossSum += logisticLoss.value(sign * score);
    if (toLabel(logistic(score)) === labels[i]) correct++;
  });
  return { lossSum, correct, examples: scores.length };
}
