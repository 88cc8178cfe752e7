import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../config/schema.ts';
import type { PackedBatch } from '../data/packed-batch.ts';
import { classifierLogits, embedDistinct } from '../models/classifier.ts';
import type { Parameters } from '../models/parameters.ts';
import { countCorrect, crossEntropy } from '../ops/cross-entropy.ts';
import { tidied } from '../ops/tidied.ts';
import { readScalar } from './gradients.ts';

/** Sums over batches, divided once at the end. */
export interface Totals {
  readonly lossSum: number;
  readonly correct: number;
  readonly examples: number;
}

export const noTotals: Totals = { lossSum: 0, correct: 0, examples: 0 };

export function addBatch(totals: Totals, meanLoss: number, correct: number, examples: number): Totals {
  return {
    lossSum: totals.lossSum + meanLoss * examples,
    correct: totals.correct + correct,
    examples: totals.examples + examples,
  };
}

/** Mean loss in nats and accuracy as a fraction; null for a part without reviews. */
export function means({ lossSum, correct, examples }: Totals): { loss: number | null; accuracy: number | null } {
  return examples === 0 ? { loss: null, accuracy: null } : { loss: lossSum / examples, accuracy: correct / examples };
}

/** Loss and accuracy of one batch without dropout, added to the totals. */
export function evaluateBatch(model: ModelConfig, parameters: Parameters, batch: PackedBatch, totals: Totals): Totals {
  const { loss, correct } = tidied(() => {
    const logits = classifierLogits(model, parameters, embedDistinct(parameters, batch), batch, null);
    const labels = tf.tensor1d(batch.labels, 'int32');
    return { loss: crossEntropy(logits, labels), correct: countCorrect(logits, labels) };
  });
  return addBatch(totals, readScalar(loss), readScalar(correct), batch.labels.length);
}
