import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../config/schema.ts';
import type { PackedBatch } from '../data/packed-batch.ts';
import { classifierLogits, embedDistinct } from '../models/classifier.ts';
import type { DropoutStep } from '../models/classifier.ts';
import type { Parameters } from '../models/parameters.ts';
import type { Gradient } from '../ops/adam.ts';
import { countCorrect, crossEntropy } from '../ops/cross-entropy.ts';
import { tidied } from '../ops/tidied.ts';
import type { Gradients } from './optimizer.ts';
import { createPassMeter } from './step-bytes.ts';
import type { PassBytes } from './step-bytes.ts';

export interface BatchGradients {
  /** Mean cross-entropy of the batch, nats. */
  readonly loss: number;
  readonly correct: number;
  /** The caller disposes of them. */
  readonly gradients: Gradients;
  readonly bytes: PassBytes;
}

/**
 * Loss and gradients of one training batch. The embedding's gradient is kept as rows, one for each distinct token:
 * no other row is touched by the batch.
 */
export function computeGradients(model: ModelConfig, parameters: Parameters, batch: PackedBatch, step: DropoutStep): BatchGradients {
  const dense = [...parameters.keys()].filter((name) => name !== 'embed.weight');
  const meter = createPassMeter(parameters);
  const { loss, correct, rows, values } = tidied(() => {
    let logits: Tensor2D = tf.zeros([0, 2]);
    const labels = tf.tensor1d(batch.labels, 'int32');
    const forward = (embedded: Tensor, ...weights: Tensor[]): Tensor => {
      const named = new Map(dense.map((name, k) => [name, weights[k] as Tensor]));
      logits = tf.keep(classifierLogits(model, named, meter.countInBackwardPass(embedded as Tensor2D), batch, step));
      const result = crossEntropy(logits, labels);
      meter.count();
      return result;
    };
    const embedded = embedDistinct(parameters, batch);
    const { value, grads } = tf.valueAndGrads(forward)([embedded, ...dense.map((name) => parameters.get(name) as Tensor)]);
    const correct = countCorrect(logits, labels); // here, where no tape keeps what it needs
    logits.dispose();
    return { loss: value, correct, rows: tf.tensor1d(batch.distinctIds, 'int32'), values: grads };
  });
  const gradients = new Map<string, Gradient>([['embed.weight', { values: values[0] as Tensor, rows }]]);
  dense.forEach((name, k) => gradients.set(name, { values: values[k + 1] as Tensor }));
  return { loss: readScalar(loss), correct: readScalar(correct), gradients, bytes: meter.bytes() };
}

export function disposeGradients(gradients: Gradients): void {
  for (const { values, rows } of gradients.values()) tf.dispose(rows === undefined ? values : [values, rows]);
}

/** Reads a scalar and disposes of it. */
export function readScalar(tensor: Tensor): number {
  const value = tensor.dataSync()[0] ?? Number.NaN;
  tensor.dispose();
  return value;
}
