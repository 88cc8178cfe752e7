import { z } from 'zod';

import { noTotals } from './evaluate.ts';
import type { ProbabilityRows } from './evaluate.ts';
import type { NgramFeatures } from './linear/ngram-features.ts';

const fraction = z.number().min(0).max(1);

/** What is known after an epoch. Losses are mean cross-entropies in nats, accuracies fractions. */
export const epochRecordSchema = z.strictObject({
  epoch: z.int().min(1),
  /** Means over the epoch's own steps, with dropout, as the weights changed. */
  trainLoss: z.number(),
  trainAccuracy: fraction,
  /** Null without a validation part. */
  validationLoss: z.number().nullable(),
  validationAccuracy: fraction.nullable(),
  testLoss: z.number(),
  testAccuracy: fraction,
  /** Training steps with their batches; evaluation is outside. Of a linear model: features and the search for C, with its validation. */
  epochSeconds: z.number().min(0),
  examplesPerSecond: z.number().min(0),
  /** The operating system's high-water mark of the process so far. */
  peakRssBytes: z.int().min(0),
  /** Null of a solver that has none. */
  learningRate: z.number().nullable(),
});

export type EpochRecord = Readonly<z.infer<typeof epochRecordSchema>>;

const count = z.int().min(0);

/** Where a run is: the batch that comes next, and the epoch's sums so far. All else that a step depends on is the seed and the weights. */
export const trainingPositionSchema = z.strictObject({
  /** The epoch being trained, from 1. */
  epoch: z.int().min(1),
  /** Its steps done. */
  step: count,
  totals: z.strictObject({ lossSum: z.number(), correct: count, examples: count }),
  /** Spent on its steps. */
  seconds: z.number().min(0),
});

export type TrainingPosition = Readonly<z.infer<typeof trainingPositionSchema>>;

export function startOfEpoch(epoch: number): TrainingPosition {
  return { epoch, step: 0, totals: noTotals, seconds: 0 };
}

/** The end of an epoch, of any model: the fit of a linear model counts as its only one. */
export interface EpochEvent {
  readonly kind: 'epoch';
  readonly record: EpochRecord;
  /** In the parts' order. */
  readonly validationProbabilities: ProbabilityRows;
  readonly testProbabilities: ProbabilityRows;
  /** The start of the next epoch; null for a model that has none. */
  readonly position: TrainingPosition | null;
  /** Why training ends here; null where it goes on. */
  readonly end: string | null;
  /** C of a linear model, chosen on the validation part. */
  readonly strength?: number;
  /** What a linear model has learned. */
  readonly fitted?: LinearFit;
}

export interface LinearFit {
  readonly features: NgramFeatures;
  /** [problems] of [D]: the features' columns, the last one the bias; see src/training/linear/one-vs-rest.ts. */
  readonly weights: readonly Float64Array[];
}
