import { availableParallelism } from 'node:os';
import { countEpochs, isNeural } from '../experiment-schema.ts';
import type { AnyConfig, ExperimentConfig } from '../experiment-schema.ts';
import { computeMedian } from '../measure/statistics.ts';
import { createSyntheticBatch, measureStep } from '../training/step-cost.ts';
import { computeMakespan } from './makespan.ts';
import { isSettled } from './plan.ts';
import type { PlannedRun } from './plan.ts';
import { countTokens, countWork } from './progress.ts';

/** Reviews of each part of IMDB, where a config does not limit them. */
const IMDB_REVIEWS = 25_000;
/** An evaluation is the forward pass alone. */
const FORWARD_SHARE = 1 / 3;

/** How long the rest of a study takes, and how that is known. */
export interface TimeEstimate {
  readonly seconds: number;
  /** Runs whose epochs say it; 0 where a few steps of one model were timed. */
  readonly runs: number;
}

/** Multiply-adds of an epoch, in those of training, evaluation and all. */
function countEpochWork(config: AnyConfig): number {
  const { limit, trainLimit, validationFraction } = config.data, tested = limit ?? IMDB_REVIEWS, trained = trainLimit ?? tested;
  return countWork(config) * (trained * (1 - validationFraction + FORWARD_SHARE * validationFraction) + FORWARD_SHARE * tested);
}

/** Seconds for a multiply-add, by a run that has epochs of as many threads; null of one that has none. */
function rateOf({ config, stored }: PlannedRun, threads: number): number | null {
  const { medianEpochSeconds = null } = stored?.summary ?? {}, work = countWork(config) * (stored?.environment.dataset.counts.train ?? 0);
  return medianEpochSeconds === null || work === 0 || stored?.environment.threads !== threads ? null : medianEpochSeconds / work;
}

/** Of a few training steps at the greatest length; the loaded engine takes them. */
function measureRate(config: ExperimentConfig): number {
  const { data: { vocabularySize }, training: { batchSize } } = config;
  const { stepSeconds } = measureStep(config, vocabularySize, createSyntheticBatch(batchSize, countTokens(config), vocabularySize));
  return stepSeconds / (batchSize * countWork(config));
}

export interface EstimateOptions {
  /** Runs side by side. */
  readonly jobs: number;
  /** Of each. */
  readonly threads: number | undefined;
  /** Makes the engine ready. */
  readonly onMeasure: () => Promise<unknown>;
}

/**
 * The time of what is not settled, by its multiply-adds and the speed of the runs that are there and took as many threads; where none is,
 * by a few steps of the largest model, whose time is least of it what each step takes besides. Runs side by side are taken to be as fast
 * as one alone with the threads of each.
 * @returns null where no model is neural, since a linear one takes seconds
 */
export async function estimateTime(
  plan: readonly PlannedRun[], { jobs, threads = availableParallelism(), onMeasure }: EstimateOptions,
): Promise<TimeEstimate | null> {
  const due = plan.filter((run) => !isSettled(run) && isNeural(run.config)), rates = plan.flatMap((run) => rateOf(run, threads) ?? []);
  const [largest] = due.flatMap(({ config }) => (isNeural(config) ? [config] : [])).sort((a, b) => countWork(b) - countWork(a));
  if (largest === undefined) return null;
  if (rates.length === 0) await onMeasure();
  const rate = rates.length === 0 ? measureRate(largest) : computeMedian(rates);
  const epochsLeft = ({ config, stored }: PlannedRun): number => countEpochs(config) - (stored?.summary?.epochs ?? 0);
  const seconds = due.map((run) => rate * epochsLeft(run) * countEpochWork(run.config));
  return { seconds: computeMakespan([], seconds, jobs), runs: rates.length };
}
