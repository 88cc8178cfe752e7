import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { ExperimentConfig } from '../config/schema.ts';
import { createBatchPacker } from '../data/batch-packer.ts';
import type { PackedBatch } from '../data/packed-batch.ts';
import { computeMedian } from '../measure/averages.ts';
import { VALUE_BYTES } from '../measure/kept-activations.ts';
import { timeSeconds } from '../measure/layer-timing.ts';
import type { Passes } from '../measure/layer-timing.ts';
import { classifierLogits, embedDistinct } from '../models/classifier.ts';
import { classifierSpecs, initializeParameters } from '../models/parameters.ts';
import type { Parameters } from '../models/parameters.ts';
import { crossEntropy } from '../ops/cross-entropy.ts';
import { createRandomStream } from '../random.ts';
import { evaluateBatch, noTotals } from './evaluate.ts';
import { computeGradients, disposeGradients } from './gradients.ts';
import { createAdam, globalNorm } from './optimizer.ts';
import type { Optimizer } from './optimizer.ts';

/** What one training step costs, measured. */
export interface StepCost extends ForwardBytes {
  /** Medians: loss, gradients, clipping and update; the forward pass alone, as in evaluation. */
  readonly stepSeconds: number;
  readonly forwardSeconds: number;
  /** Steps timed, after one that was not. */
  readonly repeats: number;
  /** Parameters and Adam's moments. */
  readonly stateBytes: number;
}

/** Tensors besides the parameters at the end of the forward pass, where a step holds the most. */
export interface ForwardBytes {
  readonly aliveBytes: number;
  /** Of these, what is kept for the backward pass. */
  readonly keptBytes: number;
}

/**
 * A full batch at one length: token ids by Zipf's law, so that about as many are distinct as in real reviews (log-uniform ranks).
 * @param vocabularySize at least 2; id 0 is padding
 */
export function createSyntheticBatch(rows: number, steps: number, vocabularySize: number): PackedBatch {
  const random = createRandomStream({ seed: 1, purpose: 'sample' });
  const words = vocabularySize - 1;
  const pack = createBatchPacker({
    tokenIds: Int32Array.from({ length: rows * steps }, () => Math.floor((words + 1) ** random.uniform())),
    offsets: Int32Array.from({ length: rows + 1 }, (_, row) => row * steps),
    labels: Uint8Array.from({ length: rows }, (_, row) => row % 2),
    ids: [], vocabularySize, unknownTokens: 0, truncatedReviews: 0,
  });
  return pack(Int32Array.from({ length: rows }, (_, row) => row));
}

const MAX_REPEATS = 5;
const MAX_SECONDS = 8;

/** Steps of one model on one batch. */
export interface StepPasses extends Passes {
  /** Parameters and Adam's moments. */
  readonly stateBytes: number;
  countBytes(): ForwardBytes;
}

/** A new model and its optimizer on the loaded engine: `training` is one step as the trainer takes it, `forward` is an evaluation. */
export function createStepPasses(config: ExperimentConfig, vocabularySize: number, batch: PackedBatch): StepPasses {
  const before = tf.memory().numBytes;
  const optimizer = createAdam(initializeParameters(classifierSpecs(config.model, vocabularySize), config.seed), config.training);
  return {
    stateBytes: tf.memory().numBytes - before,
    countBytes: () => measureForwardBytes(config, optimizer.parameters, batch),
    run: (pass) => {
      if (pass === 'training') trainOn(config, optimizer, batch);
      else evaluateBatch(config.model, optimizer.parameters, batch, noTotals);
    },
    dispose: () => { optimizer.dispose(); },
  };
}

/** Runs training steps on the loaded engine until five are timed or eight seconds are over. */
export function measureStep(config: ExperimentConfig, vocabularySize: number, batch: PackedBatch): StepCost {
  const passes = createStepPasses(config, vocabularySize, batch);
  try {
    const bytes = passes.countBytes();
    passes.run('training');
    const steps = timeRepeatedly(() => { passes.run('training'); });
    const forwards = timeRepeatedly(() => { passes.run('forward'); });
    return { stepSeconds: computeMedian(steps), forwardSeconds: computeMedian(forwards), repeats: steps.length, stateBytes: passes.stateBytes, ...bytes };
  } finally {
    passes.dispose();
  }
}

function trainOn({ model, seed }: ExperimentConfig, optimizer: Optimizer, batch: PackedBatch): void {
  const { gradients } = computeGradients(model, optimizer.parameters, batch, { seed, step: optimizer.steps() });
  optimizer.update(gradients, globalNorm(gradients));
  disposeGradients(gradients);
}

/** Runs one forward and backward pass and counts the tensors there are between the two. */
export function measureForwardBytes({ model, seed }: ExperimentConfig, parameters: Parameters, batch: PackedBatch): ForwardBytes {
  let bytes: ForwardBytes = { aliveBytes: 0, keptBytes: 0 };
  const names = [...parameters.keys()].filter((name) => name !== 'embed.weight');
  tf.tidy(() => {
    const labels = tf.tensor1d(batch.labels, 'int32');
    const forward = (embedded: Tensor, ...weights: Tensor[]): Tensor => {
      const named = new Map(names.map((name, k) => [name, weights[k] as Tensor]));
      const loss = crossEntropy(classifierLogits(model, named, embedded as Tensor2D, batch, { seed, step: 0 }), labels);
      bytes = countForwardBytes(parameters);
      return loss;
    };
    tf.valueAndGrads(forward)([embedDistinct(parameters, batch), ...names.map((name) => parameters.get(name) as Tensor)]);
  });
  return bytes;
}

/** By memory and not by tensor: `tf.memory()` counts memory again for each tensor that shares it, and what is kept is a clone. */
function countForwardBytes(parameters: Parameters): ForwardBytes {
  const { activeTape, scopeStack } = tf.engine().state;
  const kept = activeTape.flatMap(({ saved }) => saved ?? []);
  const inScopes = scopeStack.flatMap(({ track }) => track);
  const known = new Set([...parameters.values()].map(({ dataId }) => dataId));
  const sum = (tensors: readonly Tensor[]): number => {
    const sizes = new Map(tensors.filter(({ dataId, isDisposed }) => !isDisposed && !known.has(dataId)).map((tensor) => [tensor.dataId, bytesOf(tensor)]));
    return [...sizes.values()].reduce((total, size) => total + size, 0);
  };
  return { keptBytes: sum(kept), aliveBytes: sum([...kept, ...inScopes]) };
}

function bytesOf({ size, dtype }: Tensor): number {
  return size * (dtype === 'bool' ? 1 : VALUE_BYTES);
}

function timeRepeatedly(run: () => void): number[] {
  const seconds: number[] = [];
  const started = performance.now();
  while (seconds.length === 0 || (seconds.length < MAX_REPEATS && performance.now() - started < MAX_SECONDS * 1000)) {
    seconds.push(timeSeconds(run));
  }
  return seconds;
}
