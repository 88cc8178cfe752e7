import type { Tensor2D } from '@tensorflow/tfjs-core';

import { evaluationBatches } from '../data/batches.ts';
import { evaluationPass } from '../models/module.ts';
import { createWeights } from '../models/parameters.ts';
import { tidied } from '../ops/gradients.ts';
import { encodeTexts } from '../text/encode.ts';
import type { LoadedModel } from './load-model.ts';

/** What a model says of a text. */
export interface Prediction {
  /** The class of the largest probability. */
  readonly label: string;
  /** Of that class, and of each class by its name; their sum is 1. */
  readonly probability: number;
  readonly probabilities: Readonly<Record<string, number>>;
  /** Tokens that the model read, `maxLength` at most; 0 for a text without a word, of which it knows nothing. */
  readonly tokens: number;
}

/**
 * Predictions of texts, in their order, whatever batches of similar length they are read in.
 * @param texts of any length; they are tokenized and cut as the model's training texts were
 */
export function predictTexts({ config, model, parameters, vocabulary, classes }: LoadedModel, texts: readonly string[]): Prediction[] {
  const part = encodeTexts(texts, vocabulary, config.data);
  const predictions: Prediction[] = [];
  for (const batch of evaluationBatches(part, config.training.evaluationBatchSize)) {
    const logits = tidied(() => model.logits(batch, createWeights(parameters, batch.distinctIds), evaluationPass));
    const rows = readSoftmax(logits);
    batch.rows.forEach((row, k) => { predictions[row] = describe(classes, rows[k] ?? [], batch.lengths[k] ?? 0); });
  }
  return predictions;
}

function describe(classes: readonly string[], probabilities: readonly number[], tokens: number): Prediction {
  const probability = Math.max(...probabilities);
  return {
    label: classes[probabilities.indexOf(probability)] ?? '', probability, tokens,
    probabilities: Object.fromEntries(classes.map((name, k) => [name, probabilities[k] ?? Number.NaN])),
  };
}

/**
 * Softmax over the rows of logits [B, C], which it disposes of. Each probability is 1/Σⱼ exp(lⱼ − lₖ), of two classes the same bits as
 * the evaluation of a run computes.
 */
function readSoftmax(logits: Tensor2D): number[][] {
  const [rows, classes] = logits.shape;
  const values = logits.dataSync();
  logits.dispose();
  return Array.from({ length: rows }, (_, row) => {
    const own = [...values.subarray(row * classes, (row + 1) * classes)];
    return own.map((logit) => 1 / own.reduce((sum, other) => sum + Math.exp(other - logit), 0));
  });
}
