import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { evaluationBatches } from '../data/batches.ts';
import type { PackedBatch } from '../data/batches.ts';
import type { LoadedModel } from '../experiment/load-model.ts';
import { evaluationPass } from '../models/module.ts';
import { createWeights, parameter, readRows } from '../models/parameters.ts';
import { tidied, valueAndGradients } from '../ops/gradients.ts';
import { createLayout } from '../ops/packed-layout.ts';
import { joinSequences } from '../text/encode.ts';
import { isRead } from '../text/reading.ts';
import type { Reading } from '../text/reading.ts';
import type { WordEffects } from './word-effects.ts';

/**
 * Gradient × input (Shrikumar et al. 2016, "Not just a black box", section 3): of each token the inner product of its word vector with
 * the gradient of the class's log-odds by that vector. It is what leaving the vector at 0 would do if the model were linear there.
 *
 * @returns for each reading, its words' effects; a word of several tokens has the sum of theirs
 */
export function effectsByGradient(loaded: LoadedModel, readings: readonly Reading[]): WordEffects[] {
  const part = joinSequences(readings.map(({ tokenIds }) => tokenIds), loaded.vocabulary.size);
  const effects: WordEffects[] = readings.map(({ words }) => words.map(() => null));
  for (const batch of evaluationBatches(part, loaded.config.training.batchSize)) {
    if (batch.tokenIds.length === 0) continue;
    const ofTokens = loaded.classes.map((_, label) => computeTokenEffects(loaded, batch, label));
    const { offsets } = createLayout(batch);
    batch.rows.forEach((row, k) => {
      const sumOf = (values: Float32Array, from: number, to: number): number => {
        let sum = 0;
        for (let token = from; token < to; token++) sum += values[(offsets[token] ?? 0) + k] ?? Number.NaN;
        return sum;
      };
      effects[row] = (readings[row] as Reading).words.map((word) =>
        (isRead(word) ? ofTokens.map((values) => sumOf(values, word.from, word.to)) : null));
    });
  }
  return effects;
}

/** [N] of each packed token, on a class's log-odds. Rows read only their own tokens, so that one gradient of their sum is each one's. */
function computeTokenEffects({ model, parameters, temperature }: LoadedModel, shared: PackedBatch, label: number): Float32Array {
  // A row for each token, where a batch as it is has one for each distinct token.
  const batch = { ...shared, distinctIds: shared.tokenIds, distinctIndex: Int32Array.from(shared.tokenIds.keys()) };
  const tables = model.parameters.flatMap(({ name, isTable }) => (isTable === true ? [name] : []));
  const { effects } = tidied(() => {
    const rows = tables.map((name) => readRows(parameter(parameters, name), batch.distinctIds));
    const { result, gradients } = valueAndGradients(() => {
      const read = new Map(tables.map((name, k) => [name, rows[k] as Tensor2D]));
      const logits = model.logits(batch, createWeights(parameters, batch.distinctIds, read), evaluationPass);
      return { loss: sumLogOdds(temperature === null ? logits : tf.div<Tensor2D>(logits, temperature), label), logits };
    }, rows);
    tf.dispose(result.logits);
    const products = rows.map((values, k) => tf.sum<Tensor1D>(tf.mul(values, gradients[k] as Tensor2D), 1));
    return { effects: products.reduce((sum, product) => tf.add(sum, product)) };
  });
  const values = effects.dataSync() as Float32Array;
  effects.dispose();
  return values;
}

/** Σ over rows of zₖ − ln Σⱼ≠ₖ exp zⱼ, the logarithm of pₖ / (1 − pₖ). @param logits [B, C] */
function sumLogOdds(logits: Tensor2D, label: number): Scalar {
  const classes = logits.shape[1];
  const columns = (from: number, to: number): Tensor2D => tf.slice(logits, [0, from], [-1, to - from]);
  const others = tf.concat([columns(0, label), columns(label + 1, classes)].filter(({ shape }) => shape[1] > 0), 1);
  return tf.sum(tf.sub(tf.squeeze(columns(label, label + 1), [1]), tf.logSumExp(others, 1)));
}
