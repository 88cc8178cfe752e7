import type { Tensor } from '@tensorflow/tfjs-core';
import type { PackedBatch } from '../data/batches.ts';
import { buildModel } from '../models/build.ts';
import { initializeParameters } from '../models/parameters.ts';
import { computeGradients, disposeGradients } from './gradients.ts';
import type { Task } from './gradients.ts';
import { createOptimizer, globalNorm } from './optimizer.ts';
import type { Optimizer, OptimizerState } from './optimizer.ts';
import type { Schedule } from './schedules/schedule.ts';
import { createObjective, createSchedule, createUpdateChain } from './settings.ts';
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
 * A model at the beginning of its training, or as `state` has it, whose tensors it takes over.
 * Its optimizer is disposed of by the caller.
 */
export function createTrainee(config: NeuralConfig, vocabularySize: number, state: TraineeState | null = null): Trainee {
  const model = buildModel(config.model, vocabularySize);
  const parameters = state?.parameters ?? initializeParameters(model.parameters, config.seed);
  return {
    config, model, objective: createObjective(config.training), schedule: createSchedule(config.training),
    optimizer: createOptimizer(createUpdateChain(config.training), parameters, state),
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

/** One step of training: gradients of a batch and an update. @param epochSteps steps of an epoch, which schedules go by */
export function trainStep(trainee: Trainee, batch: PackedBatch, epochSteps = 1): StepResult {
  const { config: { seed, training: { epochs } }, optimizer, schedule } = trainee;
  const step = optimizer.steps();
  const { loss, correct, gradients, bytes } = computeGradients(trainee, optimizer.parameters, batch, { seed, step });
  const gradientNorm = globalNorm(gradients);
  const finite = Number.isFinite(loss) && Number.isFinite(gradientNorm);
  if (finite) optimizer.update(gradients, { gradientNorm, rateFactor: schedule.factor(step + 1, { epochs, epochSteps }) });
  disposeGradients(gradients);
  return { loss, correct, gradientNorm, peakTensorBytes: optimizer.stateBytes + bytes.peakBytes, finite };
}
