import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/** Column block `k` of `width` columns: [n, K·width] → [n, width]. */
export function block(x: Tensor2D, k: number, width: number): Tensor2D {
  return tf.slice(x, [0, k * width], [x.shape[0], width]);
}

/** A gate's rows of stacked weights: [G·H, H] → [H, H]. */
export function gateRows(weights: Tensor2D, gate: number): Tensor2D {
  const size = weights.shape[1];
  return tf.slice(weights, [gate * size, 0], [size, size]);
}

export function columns(...parts: Tensor2D[]): Tensor2D {
  return tf.concat(parts, 1);
}

/** dy·σ'(·) written by the sigmoid's own value s: dy·s·(1−s). */
export function sigmoidGradient(dy: Tensor2D, s: Tensor2D): Tensor2D {
  return tf.mul(dy, tf.mul(s, tf.sub(1, s)));
}

/** dy·tanh'(·) written by the tanh's own value t: dy·(1−t²). */
export function tanhGradient(dy: Tensor2D, t: Tensor2D): Tensor2D {
  return tf.mul(dy, tf.sub(1, tf.square(t)));
}

/** The first n rows; rows that are missing are zero. */
export function resizeRows(x: Tensor2D, n: number): Tensor2D {
  const [rows, width] = x.shape;
  if (rows === n) return x;
  return rows > n ? tf.slice(x, [0, 0], [n, width]) : tf.pad(x, [[0, n - rows], [0, 0]]);
}
