import { createBatchPacker } from '../data/batches.ts';
import type { PackedBatch } from '../data/batches.ts';
import { computeMedian } from '../measure/statistics.ts';
import { timeSeconds } from '../models/layer-passes.ts';
import type { Passes } from '../models/layer-passes.ts';
import { createRandomStream } from '../random.ts';
import { evaluateBatch, noTotals } from './evaluate.ts';
import { computeGradients, disposeGradients } from './gradients.ts';
import type { PassBytes } from './gradients.ts';
import type { NeuralConfig } from './settings.ts';
import { createTrainee, trainStep } from './step.ts';
import type { Trainee } from './step.ts';

/** What one training step costs, measured. */
export interface StepCost extends PassBytes {
  /** Medians: loss, gradients, clipping and update; the forward pass alone, as in evaluation. */
  readonly stepSeconds: number;
  readonly forwardSeconds: number;
  /** Steps timed, after one that was not. */
  readonly repeats: number;
  /** Parameters and what the optimizer keeps. */
  readonly stateBytes: number;
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
  /** Parameters and what the optimizer keeps. */
  readonly stateBytes: number;
  countBytes(): PassBytes;
}

/** A new model and its optimizer on the loaded engine: `training` is one step as the trainer takes it, `forward` is an evaluation. */
export function createStepPasses(config: NeuralConfig, vocabularySize: number, batch: PackedBatch): StepPasses {
  const trainee = createTrainee(config, vocabularySize);
  const { model, optimizer } = trainee;
  return {
    stateBytes: optimizer.stateBytes,
    countBytes: () => measurePassBytes(trainee, batch),
    run: (pass) => {
      if (pass === 'training') trainStep(trainee, [batch]);
      else evaluateBatch(model, optimizer.parameters, batch, noTotals);
    },
    dispose: () => { optimizer.dispose(); },
  };
}

/** Runs training steps on the loaded engine, then forward passes: of each until five are timed or eight seconds are over. */
export function measureStep(config: NeuralConfig, vocabularySize: number, batch: PackedBatch): StepCost {
  const passes = createStepPasses(config, vocabularySize, batch);
  try {
    const bytes = passes.countBytes();
    passes.run('training');
    const steps = timeRepeatedly(() => { passes.run('training'); });
    const forwards = timeRepeatedly(() => { passes.run('forward'); });
    return {
      stepSeconds: computeMedian(steps),
      forwardSeconds: computeMedian(forwards),
      repeats: steps.length,
      stateBytes: passes.stateBytes,
      ...bytes,
    };
  } finally {
    passes.dispose();
  }
}

/** Runs one forward and backward pass. */
export function measurePassBytes(trainee: Trainee, batch: PackedBatch): PassBytes {
  const { gradients, bytes } = computeGradients(trainee, trainee.optimizer.parameters, batch, { seed: trainee.config.seed, step: 0 });
  disposeGradients(gradients);
  return bytes;
}

function timeRepeatedly(run: () => void): number[] {
  const seconds: number[] = [];
  const started = performance.now();
  while (seconds.length === 0 || (seconds.length < MAX_REPEATS && performance.now() - started < MAX_SECONDS * 1000)) {
    seconds.push(timeSeconds(run));
  }
  return seconds;
}
