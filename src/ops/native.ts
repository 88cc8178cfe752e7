import * as tf from '@tensorflow/tfjs-core';
import { NATIVE_BACKEND, nativeBackend } from './native-backend.ts';
import { recurrenceKernels } from './native-recurrence.ts';
import { trainingKernels } from './native-training.ts';

/**
 * Puts the kernels of src/native in the place of the reference kernels, under the same names. The caller has loaded
 * TensorFlow and the addon `gatelab_ops`, which registers the TensorFlow ops they call. May be called again.
 */
export function registerNativeKernels(): void {
  const registered = new Set(tf.getKernelsForBackend(NATIVE_BACKEND).map(({ kernelName }) => kernelName));
  for (const kernel of [...recurrenceKernels(), ...trainingKernels()]) {
    if (registered.has(kernel.kernelName)) tf.unregisterKernel(kernel.kernelName, NATIVE_BACKEND);
    tf.registerKernel(kernel);
  }
}

/**
 * Threads of the native kernels, by default those of TensorFlow (`TF_NUM_INTRAOP_THREADS`, else all cores).
 * No result depends on them. @returns the number in use; `threads` 0 only asks.
 */
export function setNativeThreads(threads: number): number {
  return tf.tidy(() => {
    const inUse = nativeBackend().executeSingleOutput('GatelabThreads', [], [tf.scalar(threads, 'int32')]);
    return inUse.dataSync()[0] ?? 0;
  });
}
