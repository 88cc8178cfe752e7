// The process in which gatelab itself is measured: own-process.ts THREADS
import * as tf from '@tensorflow/tfjs-core';
import { loadEngine } from '../engine/load.ts';
import { registerKernels } from '../ops/native.ts';
import { countParameters } from '../models/parameters.ts';
import { readBatches } from './workload.ts';
import { trainStep } from '../training/step.ts';
import type { Trainee } from '../training/step.ts';
import { batchReader, buildOwnModel, evaluateStep, profileStep } from './own-model.ts';
import { serve, timed } from './serve.ts';
import type { PackedBatch } from '../data/batches.ts';
import type { Request } from './protocol.ts';

let vocabularySize = 0;
let model: Trainee | null = null;
let readBatch: ((batch: number) => PackedBatch) | null = null;
let square: tf.Tensor2D | null = null;

function built(): Trainee {
  if (model === null) throw new Error('build comes first');
  return model;
}

function batch(k: number): PackedBatch {
  if (readBatch === null) throw new Error('load comes first');
  return readBatch(k);
}

function answer(request: Request): object {
  switch (request.do) {
    case 'build':
      model?.optimizer.dispose();
      model = buildOwnModel(request.model);
      vocabularySize = request.model.vocabularySize;
      return { parameters: countParameters(model.model.parameters).total };
    case 'load':
      readBatch = batchReader(readBatches(request.folder, vocabularySize), request.batchSize);
      return {};
    case 'train': return timed(() => trainStep(built(), [batch(request.batch)]).loss);
    case 'evaluate': return timed(() => evaluateStep(built(), batch(request.batch)));
    case 'profile': return profileStep(built(), () => batch(request.batch));
    case 'matMul': return multiply(request.size);
    default: throw new Error(`this competitor cannot ${request.do}`);
  }
}

function multiply(size: number): object {
  if (square?.shape[0] !== size) {
    square?.dispose();
    square = tf.tidy(() => tf.cos(tf.range(0, size * size)).reshape<tf.Tensor2D>([size, size]));
  }
  const matrix = square;
  return timed(() => tf.tidy(() => tf.matMul(matrix, matrix).slice([0, 0], [1, 1]).dataSync()[0] ?? 0));
}

const engine = await loadEngine({ backend: 'native', threads: Number(process.argv[2]) });
registerKernels(engine);
await serve({
  kernels: engine.nativeOps ? "this project's own" : 'none of its own: composed of tfjs operations',
  'tfjs-node': engine.tfjsVersion, TensorFlow: engine.tensorflowVersion ?? 'none',
}, answer);
