import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { sumRows } from './rows.ts';

/** torch.nn.Linear: x·Wᵀ + b. @param x [n, D] @param weight [K, D] @param bias [K] @returns [n, K] */
export function linear(x: Tensor2D, weight: Tensor2D, bias: Tensor1D): Tensor2D {
  return tf.tidy(() => addBias(tf.matMul(x, weight, false, true), bias));
}

/** `tf.add` would keep the whole product for its gradient, which needs nothing of it. */
const addBias = tf.customGrad((x, bias) => ({
  value: tf.add<Tensor2D>(x as Tensor2D, bias as Tensor1D),
  gradFunc: (dy: Tensor2D) => [tf.clone(dy), sumRows(dy)],
}));
