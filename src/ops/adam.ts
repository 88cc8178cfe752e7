import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Variable, KernelConfig, Scalar } from '@tensorflow/tfjs-core';

import { scatterRows } from './linear.ts';

export const ADAM_KERNEL = 'GatelabAdam';

/** The gradient of a parameter; with `rows`, only those rows of a table are given and all others are zero. */
export interface Gradient {
  readonly values: Tensor;
  /** [U] int32, distinct: row k of `values` [U, D] is the gradient of row `rows[k]`. */
  readonly rows?: Tensor1D;
}

/** A parameter with its running moments, all of one shape; an update changes the three variables. */
export interface AdamSlots {
  readonly parameter: Variable;
  readonly firstMoment: Variable;
  readonly secondMoment: Variable;
}

/** Scalars of one update, the same for every parameter. */
export interface AdamScalars {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** learning rate / (1 − β₁ᵗ) */
  readonly stepSize: number;
  /** √(1 − β₂ᵗ) */
  readonly correction: number;
  /** The gradient is multiplied by this first (clipping by global norm). */
  readonly gradientScale: number;
}

/** Scatters row gradients into the table's shape. */
export function denseGradient({ values, rows }: Gradient, shape: number[]): Tensor {
  return rows === undefined ? values : scatterRows(values as Tensor2D, rows, shape[0] ?? 0);
}

/**
 * One step of Adam (Kingma and Ba 2015, algorithm 1) by the equations of torch.optim.Adam, whose last bits may differ:
 *
 *     m ← β₁·m + (1 − β₁)·g    v ← β₂·v + (1 − β₂)·g²    w ← w − stepSize·m / (√v / correction + ε)
 */
export function adamStep(slots: AdamSlots, gradient: Gradient, scalars: AdamScalars): void {
  tf.engine().runKernel(ADAM_KERNEL, { ...slots, ...gradient }, { ...scalars });
}

function referenceAdam(slots: AdamSlots, gradient: Gradient, scalars: AdamScalars): void {
  const { beta1, beta2, epsilon, stepSize, correction, gradientScale } = scalars;
  const { parameter, firstMoment, secondMoment } = slots;
  tf.tidy(() => {
    const g = tf.mul(denseGradient(gradient, parameter.shape), gradientScale);
    const m = tf.add(tf.mul(firstMoment, beta1), tf.mul(g, 1 - beta1));
    const v = tf.add(tf.mul(secondMoment, beta2), tf.mul(tf.square(g), 1 - beta2));
    const denominator = tf.add(tf.div(tf.sqrt(v), correction), epsilon);
    parameter.assign(tf.sub(parameter, tf.mul(tf.div(m, denominator), stepSize)));
    firstMoment.assign(m);
    secondMoment.assign(v);
  });
}

/** Kernels of Adam change the variables they are given and return nothing. */
export function adamKernel(backendName: string): tf.KernelConfig {
  return {
    kernelName: ADAM_KERNEL, backendName,
    kernelFunc: ({ inputs, attrs }) => {
      referenceAdam(inputs as unknown as AdamSlots, inputs as unknown as Gradient, attrs as unknown as AdamScalars);
      return [];
    },
  };
}

export const SUM_OF_SQUARES_KERNEL = 'GatelabSumOfSquares';

/** Σx² over all values. */
export function sumOfSquares(x: Tensor): Scalar {
  return tf.engine().runKernel(SUM_OF_SQUARES_KERNEL, { x });
}

export function sumOfSquaresKernel(backendName: string): KernelConfig {
  return {
    kernelName: SUM_OF_SQUARES_KERNEL,
    backendName,
    kernelFunc: ({ inputs }) => tf.tidy(() => tf.sum(tf.square(inputs['x'] as Tensor))),
  };
}
