import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { sumRows } from './linear.ts';

/** torch.nn.LayerNorm's default. */
const EPSILON = 1e-5;

/**
 * torch.nn.LayerNorm over the columns (Ba et al. 2016, equation 4): (x − μ)/√(σ² + ε) ∘ weight + bias. Kept are the normalized rows
 * [N, D] and 1/√(σ² + ε) of each.
 * @param x [N, D] @param weight [D] @param bias [D] @returns [N, D]
 */
export function layerNorm(x: Tensor2D, weight: Tensor1D, bias: Tensor1D): Tensor2D {
  return run(x, weight, bias);
}

const run = tf.customGrad((...args) => {
  const save = args.pop() as unknown as (tensors: Tensor[]) => void;
  const [x, weight, bias] = args as [Tensor2D, Tensor1D, Tensor1D];
  const value = tf.tidy(() => {
    const { values, inverse } = normalizeRows(x);
    save([values, inverse, weight]);
    return tf.add<Tensor2D>(tf.mul(values, weight), bias);
  });
  const gradFunc = (dy: Tensor2D, [values, inverse, scale]: Tensor[]): Tensor[] => {
    const normalized = { values: values as Tensor2D, inverse: inverse as Tensor2D };
    return [normalizedGradient(tf.mul(dy, scale as Tensor1D), normalized), sumRows(tf.mul<Tensor2D>(dy, normalized.values)), sumRows(dy)];
  };
  return { value, gradFunc };
});

/** Rows of mean 0 and variance 1. */
export interface NormalizedRows {
  /** [N, D] x̂ = (x − μ)/√(σ² + ε) */
  readonly values: Tensor2D;
  /** [N, 1] 1/√(σ² + ε) */
  readonly inverse: Tensor2D;
}

export function normalizeRows(x: Tensor2D): NormalizedRows {
  const centred = tf.sub<Tensor2D>(x, tf.mean(x, 1, true));
  const inverse = tf.rsqrt(tf.add<Tensor2D>(tf.mean(tf.square(centred), 1, true), EPSILON));
  return { values: tf.mul<Tensor2D>(centred, inverse), inverse };
}

/** dx = (dx̂ − mean(dx̂) − x̂ · mean(dx̂ ∘ x̂))/√(σ² + ε). @param dValues [N, D] dx̂ @returns [N, D] */
export function normalizedGradient(dValues: Tensor2D, { values, inverse }: NormalizedRows): Tensor2D {
  const along = tf.mul(values, tf.mean(tf.mul(dValues, values), 1, true));
  return tf.mul(inverse, tf.sub(tf.sub(dValues, tf.mean(dValues, 1, true)), along));
}
