import { articlesSettings, findArticlesRow } from '../articles/articles.ts';
import type { ArticlesRow } from '../articles/articles.ts';
import { capabilitiesOf, nameModel } from '../experiment-schema.ts';
import type { Capabilities } from '../experiment-schema.ts';
import type { Experiment } from '../experiment/load.ts';
import { computePeakAboveBaseline } from '../experiment/records.ts';
import type { Summary } from '../experiment/records.ts';
import { findDepartures, isMeasuredByArticles } from './departures.ts';
import { createFigure } from './estimate.ts';
import { groupByModel } from './model-series.ts';
import type { ModelRuns } from './model-series.ts';
import { identifyModel } from './model-labels.ts';
import type { Figure } from './estimate.ts';

/** One model of the comparison table. */
export interface ComparisonRow {
  /** As in the pictures, for example `BiLSTM`. */
  readonly label: string;
  /** Of the completed runs, which are those that the figures are over. */
  readonly seeds: readonly number[];
  /** All runs of the model by seed, those too that failed, diverged or stopped. */
  readonly experiments: readonly Experiment[];
  readonly parameters: Figure;
  readonly parametersWithoutEmbedding: Figure;
  /** Median over a run's epochs. */
  readonly epochSeconds: Figure;
  /** The articles' figure: the best epoch on the test set itself. */
  readonly bestTestAccuracy: Figure;
  /** The honest figure. */
  readonly testAccuracyAtBestValidation: Figure;
  readonly convergenceEpoch: Figure;
  readonly peakRssBytes: Figure;
  readonly peakAboveBaselineBytes: Figure;
}

/** Whether a run's figures count. What stopped early, for whatever reason, has other figures than one that went to its end. */
export function isCounted({ summary }: Experiment): boolean {
  return summary.status === 'completed';
}

/** The runs that the figures of these rows are over. */
export function listCounted(rows: readonly ComparisonRow[]): Experiment[] {
  return rows.flatMap(({ experiments }) => experiments.filter(isCounted));
}

/** Whether every capability of these runs' models is there: `hasEpochs`. */
export function have(capability: keyof Capabilities, experiments: readonly Experiment[]): boolean {
  return experiments.every(({ config }) => capabilitiesOf(config)[capability]);
}

/** A model of one fit, which is the same for every seed. */
export function isBaseline({ experiments }: Pick<ComparisonRow, 'experiments'>): boolean {
  return !have('dependsOnSeed', experiments);
}

/**
 * A row for each config, whatever the seeds.
 * @throws UserError when two runs have the same config and seed
 */
export function createRows(experiments: readonly Experiment[]): ComparisonRow[] {
  return groupByModel(experiments).map(createRow);
}

/** The figures of runs that differ in their seed alone. */
export function createRow({ label, runs }: ModelRuns): ComparisonRow {
  const bySeed = runs.toSorted((a, b) => a.config.seed - b.config.seed);
  const counted = bySeed.filter(isCounted);
  const articles = findTheirRow(runs), hasEpochs = have('hasEpochs', runs);
  const over = (valueOf: (summary: Summary) => number | null): (number | null)[] => counted.map(({ summary }) => valueOf(summary));
  const measured = (valueOf: (summary: Summary) => number | null): ReturnType<typeof createFigure> => createFigure(over(valueOf), null);
  const accuracy = articles?.bestAccuracy ?? null;
  return {
    label,
    seeds: counted.map(({ config }) => config.seed),
    experiments: bySeed,
    parameters: createFigure(
      over(({ parameters }) => parameters.total),
      articles?.parameters ?? null,
    ),
    parametersWithoutEmbedding: measured(({ parameters }) => parameters.total - parameters.embedding),
    epochSeconds: createFigure(
      over(({ medianEpochSeconds }) => medianEpochSeconds),
      articles?.epochSeconds ?? null,
    ),
    bestTestAccuracy: createFigure(
      over(({ bestTestAccuracy }) => bestTestAccuracy),
      accuracy,
    ),
    testAccuracyAtBestValidation: createFigure(
      over(({ testAccuracyAtBestValidation }) => testAccuracyAtBestValidation),
      accuracy,
    ),
    convergenceEpoch: createFigure(
      over(({ convergenceEpoch }) => (hasEpochs ? convergenceEpoch : null)),
      articles?.convergenceEpoch ?? null,
    ),
    peakRssBytes: measured(({ peakRssBytes }) => peakRssBytes),
    peakAboveBaselineBytes: measured(computePeakAboveBaseline),
  };
}

/** Their figures are of all of IMDB and of models of one size, trained for as long: nothing else is set beside them. */
function findTheirRow([run]: readonly Experiment[]): ArticlesRow | null {
  return run !== undefined && isMeasuredByArticles(run) ? findArticlesRow(nameModel(run.config)) : null;
}

export type RowPair = readonly [ComparisonRow, ComparisonRow];

/**
 * Rows of another table beside the same model with the articles' settings, which is named so.
 * @param main the rows to look for it in
 */
export function findTwins(rows: readonly ComparisonRow[], main: readonly ComparisonRow[]): RowPair[] {
  const known = new Map(main.filter(hasArticlesSettings).map((row) => [keyBesideArticles(row), row]));
  return rows.flatMap((row): RowPair[] => {
    const twin = known.get(keyBesideArticles(row));
    return twin === undefined ? [] : [[row, { ...twin, label: `${twin.label}, articles' settings` }]];
  });
}

/** Whether a neural model has the hyper-parameters that the articles' share. */
export function hasArticlesSettings(row: ComparisonRow): boolean {
  return !isBaseline(row) && row.experiments.every(({ config }) => findDepartures(config).length === 0);
}

/** The settings that the articles say nothing of. */
function keyBesideArticles({ experiments: [run] }: ComparisonRow): string {
  return run === undefined ? '' : identifyModel(run.config, Object.keys(articlesSettings));
}
