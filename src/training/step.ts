import type { Tensor } from '@tensorflow/tfjs-core';
import type { PackedBatch } from '../data/batches.ts';
import { buildModel } from '../models/build.ts';
import { initializeParameters } from '../models/parameters.ts';
import { accumulateGradients, computeGradients, disposeGradients } from './gradients.ts';
import type { Task } from './gradients.ts';
import { createOptimizer, globalNorm } from './optimizer.ts';
import type { Optimizer, OptimizerState } from './optimizer.ts';
import { createRates } from './updates/rates.ts';
import type { Schedule } from './schedules/schedule.ts';
import { createObjective, createSchedule, createUpdateChain, evenClasses } from './settings.ts';
import type { NeuralConfig } from './settings.ts';

/** A model in training. */
export interface Trainee extends Task {
  readonly config: NeuralConfig;
  readonly schedule: Schedule;
  readonly optimizer: Optimizer;
}

/** Where a run goes on. */
export interface TraineeState extends OptimizerState {
  readonly parameters: ReadonlyMap<string, Tensor>;
}

/**
 * A model at the beginning of its training, or as `state` has it, whose tensors it takes over. It tells two classes apart unless told.
 * @param classCounts [C] training reviews of each class
 * Its optimizer is disposed of by the caller.
 */
export function createTrainee(
  config: NeuralConfig, vocabularySize: number, state: TraineeState | null = null, classCounts = evenClasses,
): Trainee {
  const model = buildModel(config.model, vocabularySize, classCounts.length);
  const parameters = state?.parameters ?? initializeParameters(model.parameters, config.seed);
  return {
    config, model, checkpointing: config.training.gradientCheckpointing,
    objective: createObjective(config.training, classCounts), schedule: createSchedule(config.training),
    optimizer: createOptimizer(createUpdateChain(config.training), parameters, createRates(config.training, [...parameters.keys()]), state),
  };
}

export interface StepResult {
  /** Mean over the batch, nats. */
  readonly loss: number;
  readonly correct: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** The most of the step's tensors at once, with the parameters and what the optimizer keeps. */
  readonly peakTensorBytes: number;
  /** False when nothing was updated because the loss or the gradient is not finite. */
  readonly finite: boolean;
}

/**
 * One step of training: gradients of a batch, or of several that count as one, and an update.
 * @param epochSteps steps of an epoch, which schedules go by
 */
export function trainStep(trainee: Trainee, batches: readonly PackedBatch[], epochSteps = 1): StepResult {
  const { config: { seed, training: { epochs, accumulationSteps } }, objective, optimizer, schedule } = trainee;
  const step = optimizer.steps(), run = { epochs, epochSteps };
  const { loss, correct, gradients, bytes } = accumulateGradients(batches.map((batch, k) => ({
    weight: objective.weigh(batch.labels), // a batch has masks of its own, those of its number over the run
    compute: () => computeGradients(trainee, optimizer.parameters, batch, { seed, step: step * accumulationSteps + k }),
  })));
  const gradientNorm = globalNorm(gradients);
  const finite = Number.isFinite(loss) && Number.isFinite(gradientNorm);
  if (finite) optimizer.update(gradients, { gradientNorm, rateFactor: schedule.factor(step + 1, run), run });
  disposeGradients(gradients);
  return { loss, correct, gradientNorm, peakTensorBytes: optimizer.stateBytes + bytes.peakBytes, finite };
}
