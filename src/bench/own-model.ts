import * as tf from '@tensorflow/tfjs-core';

import type { BenchModel, Profile } from './protocol.ts';
import { timed } from './serve.ts';
import { neuralSchema } from '../experiment-schema.ts';
import { createBatchPacker } from '../data/batches.ts';
import type { PackedBatch } from '../data/batches.ts';
import type { EncodedPart } from '../text/encode.ts';
import type { Cell } from '../ops/cell.ts';
import { cells } from '../ops/cells.ts';
import { kernelNames } from '../ops/recurrence.ts';
import { evaluateBatch, noTotals } from '../training/evaluate.ts';
import { createTrainee, trainStep } from '../training/step.ts';
import type { Trainee } from '../training/step.ts';

/** Gatelab's own model as its trainer trains it. */
export function buildOwnModel({ vocabularySize, ...model }: BenchModel): Trainee {
  return createTrainee(neuralSchema.parse({ model }), vocabularySize);
}

/** Packs batch k of the part, of `batchSize` rows. */
export function batchReader(part: EncodedPart, batchSize: number): (batch: number) => PackedBatch {
  const pack = createBatchPacker(part);
  return (batch) => pack(Int32Array.from({ length: batchSize }, (_, row) => batch * batchSize + row));
}

/** @returns correct rows */
export function evaluateStep({ model, optimizer }: Trainee, batch: PackedBatch): number {
  return evaluateBatch(model, optimizer.parameters, batch, noTotals).totals.correct;
}

/** A training step with the clock on its recurrent kernels, of whichever cell, those of whole layers too. */
export function profileStep(model: Trainee, readBatch: () => PackedBatch): Profile {
  const names = Object.values<Cell>(cells).map(kernelNames);
  const forwardClock = putClocks(names.flatMap(({ forward, layerForward }) => [forward, layerForward]));
  const backwardClock = putClocks(names.flatMap(({ backward, layerBackward }) => [backward, layerBackward]));
  let tokens = 0;
  const { seconds } = timed(() => {
    const batch = readBatch();
    tokens = batch.tokenIds.length;
    return trainStep(model, [batch]).loss;
  });
  return { seconds, forwardSeconds: forwardClock.remove(), backwardSeconds: backwardClock.remove(), tokens };
}

function putClocks(kernelNames: readonly string[]): { remove(): number } {
  const clocks = kernelNames.map(putClock);
  return { remove: () => clocks.reduce((sum, clock) => sum + clock.remove(), 0) };
}

/** Times a kernel wherever it is called. TensorFlow runs eagerly here: a kernel has done its work when it returns. */
function putClock(kernelName: string): { remove(): number } {
  const backendName = tf.getBackend();
  const kernel = tf.getKernel(kernelName, backendName);
  let seconds = 0;
  replaceKernel({
    ...kernel,
    kernelFunc: (call) => {
      const start = performance.now();
      const outputs = kernel.kernelFunc(call);
      seconds += (performance.now() - start) / 1000;
      return outputs;
    },
  });
  return { remove: () => { replaceKernel(kernel); return seconds; } };
}

function replaceKernel(kernel: tf.KernelConfig): void {
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}
