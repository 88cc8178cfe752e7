// A process that starts an engine: `start-engine.ts KIND`. Prints one line of JSON about it and nothing else.
import { createRequire } from 'node:module';

import * as tf from '@tensorflow/tfjs-core';

import { loadEngine } from '../../src/engine/load.ts';

const require = createRequire(import.meta.url);
const backend = process.argv[2] as 'native' | 'portable';
const engine = await loadEngine({ backend, threads: 1, gradients: false });
const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 2, 3, 4], [2, 2]));
const values = [...product.dataSync()];
const sameCore = require('@tensorflow/tfjs-core') as typeof tf;
const differentiatesAtFirst = differentiates();
await loadEngine({ backend: engine.kind });

function differentiates(): boolean {
  try {
    return tf.grad((x: tf.Tensor) => tf.tanh(x))(tf.scalar(0)).dataSync()[0] === 1;
  } catch {
    return false;
  }
}

console.log(JSON.stringify({
  engine, values, backend: tf.getBackend(), isOneCore: sameCore.Tensor === tf.Tensor,
  differentiates: [differentiatesAtFirst, differentiates()],
}));
