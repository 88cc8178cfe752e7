import * as tf from '@tensorflow/tfjs-core';

/** Makes tfjs's WebAssembly backend, `wasm`, the backend. No set-up, one thread, several times slower than TensorFlow. */
export async function loadPortable(): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm');
  await import('@tensorflow/tfjs'); // registers the gradients of tfjs's own ops, which no smaller package of it exposes to Node
  await tf.setBackend('wasm');
}
