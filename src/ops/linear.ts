import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/** torch.nn.Linear: x·Wᵀ + b. @param x [n, D] @param weight [K, D] @param bias [K] @returns [n, K] */
export function linear(x: Tensor2D, weight: Tensor2D, bias: Tensor1D): Tensor2D {
  return tf.add(tf.matMul(x, weight, false, true), bias);
}
