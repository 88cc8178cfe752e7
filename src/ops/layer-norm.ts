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
    const centred = tf.sub<Tensor2D>(x, tf.mean(x, 1, true));
    const inverse = tf.rsqrt(tf.add<Tensor2D>(tf.mean(tf.square(centred), 1, true), EPSILON));
    const normalized = tf.mul<Tensor2D>(centred, inverse);
    save([normalized, inverse, weight]);
    return tf.add<Tensor2D>(tf.mul(normalized, weight), bias);
  });
  const gradFunc = (dy: Tensor2D, [normalized, inverse, scale]: Tensor[]): Tensor[] =>
    layerNormBackward(dy, normalized as Tensor2D, inverse as Tensor2D, scale as Tensor1D);
  return { value, gradFunc };
});

/** dx = (g − mean(g) − x̂ · mean(g ∘ x̂))/√(σ² + ε) with g = dy ∘ weight. */
function layerNormBackward(dy: Tensor2D, normalized: Tensor2D, inverse: Tensor2D, weight: Tensor1D): Tensor[] {
  const scaled = tf.mul<Tensor2D>(dy, weight);
  const along = tf.mul(normalized, tf.mean(tf.mul(scaled, normalized), 1, true));
  const dx = tf.mul(inverse, tf.sub(tf.sub(scaled, tf.mean(scaled, 1, true)), along));
  return [dx, sumRows(tf.mul<Tensor2D>(dy, normalized)), sumRows(dy)];
}
