import type { Experiment } from '../experiment/load.ts';
import { computeMean } from '../measure/statistics.ts';
import { summarizeEpochs } from '../experiment/records.ts';
import type { EpochRecord } from '../experiment/records.ts';
import { UserError } from '../errors.ts';
import type { Measure } from './chart.ts';
import { labelModels, rankModel, identifyModel } from './model-labels.ts';

/** Mean over seeds, and the lowest and the highest of them. NaN where a run's value is not a number. */
export interface SeedRange {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface SeriesPoint {
  readonly epoch: number;
  /** Training time up to the end of this epoch, mean over seeds. */
  readonly seconds: number;
  /** On the test set. */
  readonly values: Readonly<Record<Measure, SeedRange>>;
}

/** The curves of one model. */
export interface ModelSeries extends ModelRuns {
  /** The epochs that all of its runs have. */
  readonly points: readonly SeriesPoint[];
  /** Of the mean test accuracy over seeds. */
  readonly convergenceEpoch: number;
}

/** Runs that differ in their seed alone. */
export interface ModelRuns {
  /** No two the same. */
  readonly label: string;
  /** At least one. */
  readonly runs: readonly Experiment[];
}

/**
 * Groups runs by what they compute, whatever the seed, in the order of `rankModel`.
 * @throws UserError when two runs have the same config and the same seed
 */
export function groupByModel(experiments: readonly Experiment[]): ModelRuns[] {
  const byConfig = new Map<string, Experiment[]>();
  for (const experiment of experiments) {
    const key = identifyModel(experiment.config);
    byConfig.set(key, [...(byConfig.get(key) ?? []), experiment]);
  }
  const groups = [...byConfig.values()].sort(([a], [b]) => rankRun(a) - rankRun(b));
  groups.forEach(checkSeeds);
  const labels = labelModels(groups.flatMap(([run]) => (run === undefined ? [] : [run.config])));
  return groups.map((runs, k) => ({ label: labels[k] ?? '', runs }));
}

function rankRun(run: Experiment | undefined): number {
  return run === undefined ? 0 : rankModel(run.config);
}

function checkSeeds(runs: readonly Experiment[]): void {
  const bySeed = new Map<number, Experiment>();
  for (const run of runs) {
    const same = bySeed.get(run.config.seed);
    if (same !== undefined) throw new UserError(`${same.path} and ${run.path} have the same config and seed; name one of them`);
    bySeed.set(run.config.seed, run);
  }
}

/** A linear model, which is one fit without epochs: a line across the curves of the others. */
export interface Reference {
  /** No two the same, `NB-SVM`. */
  readonly label: string;
  /** On the test set, mean over its runs. */
  readonly accuracy: number;
  /** What its fit took, mean over its runs. */
  readonly seconds: number;
}

/** @param experiments of linear models, with an epoch each @throws UserError as groupByModel */
export function createReferences(experiments: readonly Experiment[]): Reference[] {
  return groupByModel(experiments).map(createReference);
}

/** @param model whose runs have an epoch each */
export function createReference({ label, runs }: ModelRuns): Reference {
  const fits = runs.flatMap(({ epochs }) => epochs.slice(0, 1));
  return {
    label,
    accuracy: computeMean(fits.map(({ testAccuracy }) => testAccuracy)),
    seconds: computeMean(fits.map(({ epochSeconds }) => epochSeconds)),
  };
}

/** The curves of each model. @throws UserError as groupByModel */
export function createModelSeries(experiments: readonly Experiment[]): ModelSeries[] {
  return groupByModel(experiments).map(createSeries);
}

/** @param model whose runs have at least one epoch each */
export function createSeries({ label, runs }: ModelRuns): ModelSeries {
  const epochs = Math.min(...runs.map((run) => run.epochs.length));
  const seconds = runs.map(() => 0);
  const points = Array.from({ length: epochs }, (_, i): SeriesPoint => {
    const records = runs.flatMap((run) => run.epochs[i] ?? []);
    records.forEach((record, k) => { seconds[k] = (seconds[k] ?? 0) + record.epochSeconds; });
    const values = {
      accuracy: spread(records.map(({ testAccuracy }) => testAccuracy)),
      loss: spread(records.map(({ testLoss }) => testLoss)),
    };
    return { epoch: i + 1, seconds: computeMean(seconds), values };
  });
  return { label, runs, points, convergenceEpoch: findConvergence(runs[0]?.epochs ?? [], points) };
}

/** Says so where runs of a model differ in length, which its curve does not show. */
export function findUneven({ label, runs, points }: ModelSeries): string[] {
  const longest = Math.max(...runs.map(({ epochs }) => epochs.length));
  return longest === points.length ? [] : [`${label}: drawn up to epoch ${points.length}, which all of its ${runs.length} runs have`];
}

/** By the one definition there is, applied to the mean curve. */
function findConvergence(records: readonly EpochRecord[], points: readonly SeriesPoint[]): number {
  const means = points.flatMap(({ values }, i) => {
    const record = records[i];
    return record === undefined ? [] : [{ ...record, testAccuracy: values.accuracy.mean }];
  });
  return summarizeEpochs(means).convergenceEpoch ?? 1;
}

function spread(values: readonly number[]): SeedRange {
  return { mean: computeMean(values), low: Math.min(...values), high: Math.max(...values) };
}
