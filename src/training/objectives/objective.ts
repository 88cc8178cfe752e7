import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import type { PackedBatch } from '../../data/batches.ts';
import type { Model } from '../../models/build.ts';
import type { Pass } from '../../models/module.ts';
import type { Weights } from '../../models/parameters.ts';
import type { Registered, SettingsOf, Shape } from '../../registry.ts';

/** What training makes small. It runs the model itself, so that a regulariser may wrap another objective and run it otherwise. */
export interface Objective {
  /** @returns the loss to differentiate, a mean over the batch in nats; and the logits [B, C], which accuracy is counted on */
  evaluate(model: Model, weights: Weights, batch: PackedBatch, pass: Pass): { readonly loss: Scalar; readonly logits: Tensor2D };
  /** What the mean over a batch divides by: how many reviews it has, or the sum of their weights. @param labels [B] */
  weigh(labels: Int32Array): number;
  /** What the tape holds for its own gradient, the model's aside: of a batch of `rows` and a number of classes. */
  keptBytes(rows: number, classes: number): number;
}

/** What settings of training may depend on. */
export interface TrainingData {
  /** Null before the data is read. */
  readonly classes: number | null;
  readonly hasValidation: boolean;
}

export interface ObjectiveComponent<Keys extends Shape> extends Registered {
  readonly settings: Keys;
  /** As a stop rule's. */
  findProblem?(settings: SettingsOf<Keys>, data: TrainingData): string | null;
  /** @param classCounts [C] training reviews of each class */
  create(settings: SettingsOf<Keys>, classCounts: readonly number[]): Objective;
}
