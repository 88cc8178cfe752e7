import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, Scalar, Tensor } from '@tensorflow/tfjs-core';

export const SUM_OF_SQUARES_KERNEL = 'GatelabSumOfSquares';

/** Σx² over all values. */
export function sumOfSquares(x: Tensor): Scalar {
  return tf.engine().runKernel(SUM_OF_SQUARES_KERNEL, { x });
}

export function sumOfSquaresKernel(backendName: string): KernelConfig {
  return { kernelName: SUM_OF_SQUARES_KERNEL, backendName, kernelFunc: ({ inputs }) => tf.tidy(() => tf.sum(tf.square(inputs['x'] as Tensor))) };
}
