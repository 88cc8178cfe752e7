import * as tf from '@tensorflow/tfjs-core';
import { adamKernel, sumOfSquaresKernel } from './adam.ts';
import { DROPOUT_KERNEL, registerDropoutKernel } from './dropout.ts';
import { registerNativeKernels } from './native.ts';
import { registerRecurrenceKernels } from './recurrence.ts';

/** Makes the project's ops run on the current backend, with native kernels where the engine has loaded them. */
export function registerKernels({ nativeOps }: { readonly nativeOps: boolean }): void {
  registerReferenceKernels(tf.getBackend());
  if (nativeOps) registerNativeKernels();
}

/**
 * Makes the project's ops run on a tfjs backend (`tensorflow` or `wasm`) with kernels composed of plain tfjs ops.
 * Call after the engine is loaded, again without effect; native kernels registered later replace these under the same names.
 */
export function registerReferenceKernels(backendName: string): void {
  if (tf.getKernelsForBackend(backendName).some(({ kernelName }) => kernelName === DROPOUT_KERNEL)) return;
  registerRecurrenceKernels(backendName);
  registerDropoutKernel(backendName);
  tf.registerKernel(adamKernel(backendName));
  tf.registerKernel(sumOfSquaresKernel(backendName));
}
