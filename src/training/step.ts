import type { ExperimentConfig } from '../config/schema.ts';
import type { PackedBatch } from '../data/packed-batch.ts';
import { computeGradients, disposeGradients } from './gradients.ts';
import { globalNorm } from './optimizer.ts';
import type { Optimizer } from './optimizer.ts';

/** A model in training. */
export interface Trainee {
  readonly config: ExperimentConfig;
  readonly optimizer: Optimizer;
}

export interface StepResult {
  /** Mean cross-entropy of the batch, nats. */
  readonly loss: number;
  readonly correct: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** The most of the step's tensors at once, with the parameters and Adam's moments. */
  readonly peakTensorBytes: number;
  /** False when nothing was updated because the loss or the gradient is not finite. */
  readonly finite: boolean;
}

/** One step of training: gradients of a batch, clipping and update. */
export function trainStep({ config, optimizer }: Trainee, batch: PackedBatch): StepResult {
  const dropoutStep = { seed: config.seed, step: optimizer.steps() };
  const { loss, correct, gradients, bytes } = computeGradients(config.model, optimizer.parameters, batch, dropoutStep);
  const gradientNorm = globalNorm(gradients);
  const finite = Number.isFinite(loss) && Number.isFinite(gradientNorm);
  if (finite) optimizer.update(gradients, gradientNorm);
  disposeGradients(gradients);
  return { loss, correct, gradientNorm, peakTensorBytes: optimizer.stateBytes + bytes.peakBytes, finite };
}
