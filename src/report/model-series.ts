import type { Experiment } from '../experiment/load.ts';
import { computeMean } from '../measure/averages.ts';
import type { EpochRecord } from '../experiment/records.ts';
import { summarizeEpochs } from '../experiment/summary.ts';
import { UserError } from '../errors.ts';
import type { Measure } from './chart.ts';
import { labelModels } from './model-labels.ts';

/** Mean over seeds, and the lowest and the highest of them. NaN where a run's value is not a number. */
export interface Spread {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface SeriesPoint {
  readonly epoch: number;
  /** Training time up to the end of this epoch, mean over seeds. */
  readonly seconds: number;
  /** On the test set. */
  readonly values: Readonly<Record<Measure, Spread>>;
}

/** The runs of one config, whatever their seeds. */
export interface ModelSeries {
  readonly label: string;
  readonly runs: readonly Experiment[];
  /** The epochs that all of its runs have. */
  readonly points: readonly SeriesPoint[];
  /** Of the mean test accuracy over seeds. */
  readonly convergenceEpoch: number;
}

/**
 * Groups runs by config apart from the seed: plain before gated, one direction before two, else in the order given.
 * @param experiments each with at least one epoch
 * @throws UserError when two runs have the same config and the same seed
 */
export function createModelSeries(experiments: readonly Experiment[]): ModelSeries[] {
  const byConfig = new Map<string, Experiment[]>();
  for (const experiment of experiments) {
    const key = JSON.stringify({ ...experiment.config, seed: null });
    byConfig.set(key, [...(byConfig.get(key) ?? []), experiment]);
  }
  const groups = [...byConfig.values()].sort((a, b) => rank(a) - rank(b));
  groups.forEach(checkSeeds);
  const labels = labelModels(groups.flatMap(([run]) => (run === undefined ? [] : [run.config])));
  return groups.map((runs, k) => createSeries(labels[k] ?? '', runs));
}

function rank([run]: readonly Experiment[]): number {
  if (run === undefined) return 0;
  const { cell, bidirectional } = run.config.model;
  return 2 * ['rnn', 'lstm', 'gru', 'gru-printed'].indexOf(cell) + (bidirectional ? 1 : 0);
}

function checkSeeds(runs: readonly Experiment[]): void {
  const bySeed = new Map<number, Experiment>();
  for (const run of runs) {
    const same = bySeed.get(run.config.seed);
    if (same !== undefined) throw new UserError(`${same.path} and ${run.path} have the same config and seed; name one of them`);
    bySeed.set(run.config.seed, run);
  }
}

function createSeries(label: string, runs: readonly Experiment[]): ModelSeries {
  const epochs = Math.min(...runs.map((run) => run.epochs.length));
  const seconds = runs.map(() => 0);
  const points = Array.from({ length: epochs }, (_, i): SeriesPoint => {
    const records = runs.flatMap((run) => run.epochs[i] ?? []);
    records.forEach((record, k) => { seconds[k] = (seconds[k] ?? 0) + record.epochSeconds; });
    const values = { accuracy: spread(records.map(({ testAccuracy }) => testAccuracy)), loss: spread(records.map(({ testLoss }) => testLoss)) };
    return { epoch: i + 1, seconds: computeMean(seconds), values };
  });
  return { label, runs, points, convergenceEpoch: findConvergence(runs[0]?.epochs ?? [], points) };
}

/** By the one definition there is, applied to the mean curve. */
function findConvergence(records: readonly EpochRecord[], points: readonly SeriesPoint[]): number {
  const means = points.flatMap(({ values }, i) => {
    const record = records[i];
    return record === undefined ? [] : [{ ...record, testAccuracy: values.accuracy.mean }];
  });
  return summarizeEpochs(means).convergenceEpoch ?? 1;
}

function spread(values: readonly number[]): Spread {
  return { mean: computeMean(values), low: Math.min(...values), high: Math.max(...values) };
}
