import { createBatchPacker, planEpoch } from '../data/batches.ts';
import type { PackedBatch } from '../data/batches.ts';
import { computeDeviation, computeMean } from '../measure/statistics.ts';
import type { EncodedPart } from '../text/encode.ts';
import type { NeuralConfig } from './settings.ts';
import { createTrainee, trainStep } from './step.ts';

/** Rates from the first to the last, growing by the same factor each step. */
export interface RateRange {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

/** One training step of the test. */
export interface RatePoint {
  /** From 1. */
  readonly step: number;
  readonly rate: number;
  /** Mean over the batch before the step's update, nats. */
  readonly loss: number;
  /** Exponentially averaged over the steps so far. */
  readonly smoothed: number;
}

/** Weight of the average so far against a step's loss, corrected for its beginning at zero as Adam's moments are. */
const SMOOTHING = 0.9;
/** A loss of so many times the smallest so far ends the test. */
const DIVERGED = 4;

/** Rate of step k of n: from·(to/from)^((k − 1)/(n − 1)). */
export function rateAt({ from, to, steps }: RateRange, step: number): number {
  return steps === 1 ? from : from * (to / from) ** ((step - 1) / (steps - 1));
}

/**
 * The learning-rate range test of Smith (2017), "Cyclical learning rates for training neural networks", section 3.3, with a rate that grows
 * exponentially: trains a new model, which is thrown away, and ends where its loss diverges. With `learningRates` of their own, groups of
 * parameters keep their ratio to the rate.
 * @param part the training reviews, at least one @returns the points as they come
 */
export function* testRates(
  config: NeuralConfig, part: EncodedPart, vocabularySize: number, range: RateRange, classCounts?: readonly number[],
): Generator<RatePoint, void> {
  const { seed, training } = config;
  const factor = (step: number): number => rateAt(range, step) / training.learningRate;
  const trainee = { ...createTrainee(config, vocabularySize, null, classCounts), schedule: { factor, dependsOnEpochs: false } };
  try {
    const batches = batchesWithoutEnd(part, { ...training, seed });
    let average = 0, lowest = Infinity;
    for (let step = 1; step <= range.steps; step++) {
      const { loss, finite } = trainStep(trainee, Array.from({ length: training.accumulationSteps }, batches));
      if (!finite) return;
      average = SMOOTHING * average + (1 - SMOOTHING) * loss;
      const smoothed = average / (1 - SMOOTHING ** step);
      lowest = Math.min(lowest, smoothed);
      yield { step, rate: rateAt(range, step), loss, smoothed };
      if (smoothed > DIVERGED * lowest) return;
    }
  } finally {
    trainee.optimizer.dispose();
  }
}

/** @returns what gives the next batch: of one epoch after the other, in the order of a run */
function batchesWithoutEnd(part: EncodedPart, order: Omit<Parameters<typeof planEpoch>[1], 'epoch'>): () => PackedBatch {
  const packBatch = createBatchPacker(part);
  let epoch = 0, plan: Int32Array[] = [];
  return () => {
    if (plan.length === 0) plan = planEpoch(part, { ...order, epoch: ++epoch });
    return packBatch(plan.shift() ?? new Int32Array());
  };
}

/** What the test says; nulls where the loss never fell by more than it varies from batch to batch. */
export interface RateAdvice {
  /** Where the averaged loss falls fastest for a tenfold rate. */
  readonly steepest: number | null;
  /** A tenth of the rate at the lowest averaged loss. */
  readonly tenthOfLowest: number | null;
}

/** Steps that the average reaches back over, in effect: (1 + β)/(1 − β). */
const AVERAGED_STEPS = (1 + SMOOTHING) / (1 - SMOOTHING);
/** Share of the steps at the beginning whose rates are taken to change nothing. */
const IDLE_SHARE = 0.2;
/** Standard errors by which the averaged loss must fall. */
const ERRORS = 4;

/** @param points at least one */
export function adviseRate(points: readonly RatePoint[]): RateAdvice {
  const idle = Math.ceil(IDLE_SHARE * points.length);
  const first = points.slice(0, idle).map(({ loss }) => loss);
  const moving = points.slice(idle);
  const lowest = moving.reduce<RatePoint | null>((best, point) => (point.smoothed < (best?.smoothed ?? Infinity) ? point : best), null);
  if (lowest === null || !(lowest.smoothed < computeMean(first) - ERRORS * computeDeviation(first) / Math.sqrt(AVERAGED_STEPS)))
    return { steepest: null, tenthOfLowest: null };
  const falling = moving.filter(({ step }) => step <= lowest.step);
  const across = Math.max(1, Math.round(falling.length / 4));
  const slopes = falling.slice(across).map((point, k) => {
    const before = falling[k] as RatePoint; // `across` steps earlier
    return { rate: Math.sqrt(point.rate * before.rate), slope: (point.smoothed - before.smoothed) / Math.log10(point.rate / before.rate) };
  });
  const steepest = slopes.reduce((best, one) => (one.slope < best.slope ? one : best), { rate: lowest.rate, slope: Infinity });
  return { steepest: steepest.rate, tenthOfLowest: lowest.rate / 10 };
}
