// A process that starts an engine: `start-engine.ts KIND`. Prints one line of JSON about it and nothing else.
import { createRequire } from 'node:module';

import * as tf from '@tensorflow/tfjs-core';

import { loadEngine } from '../../src/engine/load.ts';

const require = createRequire(import.meta.url);
const engine = await loadEngine({ backend: process.argv[2] as 'native' | 'portable', threads: 1 });
const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 2, 3, 4], [2, 2]));
const values = [...product.dataSync()];
const sameCore = require('@tensorflow/tfjs-core') as typeof tf;

console.log(JSON.stringify({ engine, values, backend: tf.getBackend(), isOneCore: sameCore.Tensor === tf.Tensor }));
