import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, Tensor, Variable } from '@tensorflow/tfjs-core';
import { purposes } from '../random.ts';
import { ADAM_KERNEL } from './adam.ts';
import type { AdamScalars, AdamSlots, Gradient } from './adam.ts';
import { DROPOUT_KERNEL } from './dropout.ts';
import type { DropoutMask } from './dropout.ts';
import { NATIVE_BACKEND, nativeBackend } from './native-backend.ts';
import { SUM_OF_SQUARES_KERNEL } from './sum-of-squares.ts';

/** Kernels of the rest of a training step. */
export function trainingKernels(): KernelConfig[] {
  const kernel = (kernelName: string, kernelFunc: KernelConfig['kernelFunc']): KernelConfig => ({ kernelName, backendName: NATIVE_BACKEND, kernelFunc });
  return [
    kernel(DROPOUT_KERNEL, ({ inputs, attrs }) => nativeDropout(inputs['x'] as Tensor, attrs as unknown as DropoutMask)),
    kernel(SUM_OF_SQUARES_KERNEL, ({ inputs }) => nativeSumOfSquares(inputs['x'] as Tensor)),
    kernel(ADAM_KERNEL, ({ inputs, attrs }) => {
      const all = inputs as unknown as AdamSlots & Gradient;
      nativeAdamStep(all, all, attrs as unknown as AdamScalars);
      return [];
    }),
  ];
}

/** The mask of `dropoutFactors`, made on the fly: word i keeps element i when it is at least rate·2³². */
function nativeDropout(x: Tensor, { rate, seed, step, place }: DropoutMask): Tensor {
  const threshold = Math.ceil(rate * 2 ** 32);
  const factor = threshold < 2 ** 32 ? 1 / (1 - rate) : 0; // no word is as large as a threshold that does not fit one
  return tf.tidy(() => {
    const stream = tf.tensor1d(Int32Array.of(seed, purposes.dropout, step, place, threshold), 'int32');
    return nativeBackend().executeSingleOutput(DROPOUT_KERNEL, [], [x, stream, tf.scalar(factor)]);
  });
}

/** `adamStep` of adam.ts in one pass over memory. The variables' values change where they lie. */
export function nativeAdamStep(slots: AdamSlots, { values, rows }: Gradient, scalars: AdamScalars): void {
  const { beta1, beta2, epsilon, stepSize, correction, gradientScale } = scalars;
  const variables = [slots.parameter, slots.firstMoment, slots.secondMoment];
  tf.tidy(() => {
    variables.forEach(ownMemory);
    const numbers = tf.tensor1d([beta1, 1 - beta1, beta2, 1 - beta2, epsilon, stepSize, correction, gradientScale]);
    nativeBackend().executeMultipleOutputs(ADAM_KERNEL, [], [...variables, values, rows ?? tf.tensor1d([], 'int32'), numbers], 0);
  });
}

const owned = new WeakSet<object>();

/**
 * Gives a variable memory that nothing else reads: a tensor may share its own with the typed array it was made from,
 * or with a clone. Done once for a variable, and again when it was assigned to or cloned.
 */
function ownMemory(variable: Variable): void {
  if (owned.has(variable.dataId) && nativeBackend().refCount(variable.dataId) === 1) return;
  const copy = tf.mul(variable, 1);
  variable.assign(copy);
  copy.dispose();
  owned.add(variable.dataId);
}

/** Σx² as a scalar, the same at every run and with any number of threads. */
export function nativeSumOfSquares(x: Tensor): Tensor {
  return nativeBackend().executeSingleOutput(SUM_OF_SQUARES_KERNEL, [], [x]);
}
