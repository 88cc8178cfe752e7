// Prints what training steps of several models hash to, with the number of threads that is given: they are set once a process.
import { createHash } from 'node:crypto';
import { loadEngine } from '../../src/engine/load.ts';
import { neuralSchema } from '../../src/experiment-schema.ts';
import { registerKernels } from '../../src/ops/native.ts';
import { createSyntheticBatch } from '../../src/training/step-cost.ts';
import { createTrainee, trainStep } from '../../src/training/step.ts';

/** Every encoder and pooling, cells with kernels of their own and without, and what stands between a weight and its product. */
const models: readonly object[] = [
  { cell: 'gru', pooling: 'attention' },
  { cell: 'lstm', bidirectional: true, pooling: 'concat' },
  { cell: 'mgu' },
  { cell: 'lstm-layer-norm' },
  { cell: 'gru', weightNorm: true, weightDropRate: 0.2 },
  { type: 'minimal', pooling: 'max' },
  { type: 'minimal', cell: 'qrnn', pooling: 'mean' },
  { type: 'transformer' },
];

registerKernels(await loadEngine({ backend: 'native', threads: Number(process.argv[2]) }));
const batch = createSyntheticBatch(64, 30, 5000);
for (const model of models) {
  const trainee = createTrainee(neuralSchema.parse({ model }), 5000);
  trainStep(trainee, [batch]);
  const hash = createHash('sha256');
  for (const parameter of trainee.optimizer.parameters.values()) hash.update(new Uint8Array(parameter.dataSync().slice().buffer));
  trainee.optimizer.dispose();
  process.stdout.write(`${JSON.stringify(model)} ${hash.digest('hex')}\n`);
}
