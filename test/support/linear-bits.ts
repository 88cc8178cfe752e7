// Prints what the gradient of a product over many rows hashes to, with the number of threads that is given: they are set once a process.
import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { loadEngine } from '../../src/engine/load.ts';
import { linear } from '../../src/ops/linear.ts';
import { registerKernels } from '../../src/ops/native.ts';
import { normalValues } from '../../src/random.ts';

const ROWS = 19_200;
registerKernels(await loadEngine({ backend: 'native', threads: Number(process.argv[2]) }));
const normal = (rows: number, columns: number, subindex: number): Tensor2D =>
  tf.tensor2d(normalValues(rows * columns, { seed: 3, purpose: 'sample', subindex }), [rows, columns]);
const hash = createHash('sha256');
for (const [inputs, outputs] of [[128, 128], [128, 32], [128, 1], [256, 384]] as const) {
  const x = normal(ROWS, inputs, 1), towards = normal(ROWS, outputs, 2);
  const gradients = tf.grads((...weights) => tf.sum(tf.mul(linear(x, weights[0] as Tensor2D, weights[1] as Tensor1D), towards)))(
    [normal(outputs, inputs, 3), tf.zeros([outputs])],
  );
  for (const gradient of gradients) hash.update(new Uint8Array(gradient.dataSync().slice().buffer));
}
process.stdout.write(hash.digest('hex'));
