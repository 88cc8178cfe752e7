import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Weight normalization of each row: g·v/‖v‖ (Salimans and Kingma 2016, equation 2), as torch.nn.utils.parametrizations.weight_norm with
 * its default `dim=0`. Kept are the norms [K, 1].
 * @param magnitudes [K, 1] g @param directions [K, D] v @returns [K, D]
 */
export function weightNorm(magnitudes: Tensor2D, directions: Tensor2D): Tensor2D {
  return run(magnitudes, directions);
}

const run = tf.customGrad((...args) => {
  const save = args.pop() as unknown as (tensors: Tensor[]) => void;
  const [g, v] = args as [Tensor2D, Tensor2D];
  const norms: Tensor2D = tf.tidy(() => tf.sqrt(tf.sum<Tensor2D>(tf.square(v), 1, true)));
  save([g, v, norms]);
  const gradFunc = (dw: Tensor2D, kept: Tensor[]): Tensor[] => backward(dw, kept as [Tensor2D, Tensor2D, Tensor2D]);
  return { value: tf.tidy(() => tf.mul<Tensor2D>(v, tf.div(g, norms))), gradFunc };
});

/** Equation 3: dg = (dw·v)/‖v‖ of each row, dv = g/‖v‖·dw − g·dg/‖v‖²·v. */
function backward(dw: Tensor2D, [g, v, norms]: [Tensor2D, Tensor2D, Tensor2D]): [Tensor2D, Tensor2D] {
  const dg = tf.div<Tensor2D>(tf.sum(tf.mul(dw, v), 1, true), norms);
  const scale = tf.div(g, norms);
  return [dg, tf.sub(tf.mul(scale, dw), tf.mul(v, tf.mul(scale, tf.div(dg, norms))))];
}
