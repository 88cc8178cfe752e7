import { articlesReviews } from '../articles/articles.ts';
import { displayPath } from '../files/paths.ts';
import { printable } from '../files/escape.ts';
import { isNeural } from '../experiment-schema.ts';
import { isNeuralExperiment } from '../experiment/load.ts';
import type { Experiment } from '../experiment/load.ts';
import { classesOf, convergenceDefinition } from '../experiment/records.ts';
import type { Environment } from '../experiment/records.ts';
import { describeMajority, describeResolution } from '../measure/statistics.ts';
import { formatCount } from '../terminal/format.ts';
import type { TestOutcomes, PairedDifference } from './comparison-differences.ts';
import { isBaseline, isCounted, listCounted } from './comparison-rows.ts';
import { describeDepartures, findDepartures, hasArticlesData, isMeasuredByArticles, haveOneMachine } from './departures.ts';
import { flattenSettings } from './model-labels.ts';
import type { ComparisonRow } from './comparison-rows.ts';

const LONGEST_REASON = 300;
const CONFIDENCE_MISSES = 0.05;

export interface NotedTable {
  readonly rows: readonly ComparisonRow[];
  /** Each row of another table that one of these stands beside. */
  readonly beside: readonly ComparisonRow[];
  readonly differences: readonly PairedDifference[];
  /** Of any runs, these among them. */
  readonly outcomes: TestOutcomes;
}

/** `after 3 epochs: killed by SIGKILL` */
function describeEnd({ summary: { epochs, failure, divergence } }: Experiment): string {
  const after = `after ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`;
  if (divergence !== undefined)
    return `${after}: the loss was ${divergence.loss} in batch ${divergence.batch} of epoch ${divergence.epoch}`;
  return failure === undefined ? after : `${after}: ${printable(failure, LONGEST_REASON)}`;
}

function noteLeftOut(rows: readonly ComparisonRow[]): string[] {
  return rows.flatMap(({ label, experiments }) => experiments.filter((run) => !isCounted(run)).map((run) =>
    `${label}, seed ${run.config.seed}: ${run.summary.status} ${describeEnd(run)}; in no mean (${displayPath(run.path)})`));
}

function noteSeeds(rows: readonly ComparisonRow[], differences: readonly PairedDifference[]): string[] {
  const counts = new Set(rows.filter((row) => !isBaseline(row)).map(({ seeds }) => seeds.length).filter((runs) => runs > 0));
  const baselines = new Set(rows.filter(isBaseline).map(({ label }) => label));
  const byChance = differences.filter(({ first, second }) => !baselines.has(first) || !baselines.has(second));
  const lone = byChance.filter(({ outcome }) => outcome === 'open').length;
  return [
    ...(counts.size > 1 ? ['the models have different numbers of runs; a difference is over the seeds that both have'] : []),
    ...(lone > 0
      ? [
          `${lone === byChance.length ? 'any two models share' : `${lone} of ${byChance.length} pairs of models share`} only one seed, `
            + `so nothing says how much of their difference is chance`,
        ]
      : []),
  ];
}

function noteChance(differences: readonly PairedDifference[]): string[] {
  const tested = differences.filter(({ interval }) => interval !== null).length;
  if (tested < 2) return [];
  return [`of ${tested} intervals of 95 %, some ${(tested * CONFIDENCE_MISSES).toFixed(1)} miss 0 by chance alone where no models differ`];
}

function notePredictions({ rows, beside, outcomes }: NotedTable): string[] {
  const without = listCounted(rows).filter((run) => !outcomes.has(run)).map(({ path }) => displayPath(path));
  const others = new Set(listCounted([...rows, ...beside]).flatMap((run) => outcomes.get(run)?.reviews ?? [])).size;
  return [
    ...(without.length > 0 ? [`without predictions, so in no McNemar's test: ${without.join(', ')}`] : []),
    ...(others > 1 ? ["not all runs were tested on the same reviews; McNemar's test is between those that were"] : []),
  ];
}

function noteBaselines(rows: readonly ComparisonRow[]): string[] {
  if (!rows.some(isBaseline)) return [];
  return [
    'a baseline is one fit without epochs: its seconds are those of the whole of it, the search for its regularisation included',
    "a baseline's fit does not depend on its seed: one meets every seed of a neural model, and between two of them only McNemar's "
      + "test tells",
  ];
}

/** Where rows have other settings than the articles' figures were measured with. */
function noteDepartures(rows: readonly ComparisonRow[]): string[] {
  const neural = rows.filter((row) => !isBaseline(row));
  const labels = new Map<string, string[]>();
  for (const { label, experiments: [run] } of neural) {
    const text = run === undefined ? '' : describeDepartures(findDepartures(run.config));
    if (text !== '') labels.set(text, [...(labels.get(text) ?? []), label]);
  }
  return [...labels].map(([text, models]) => `not the articles' settings, ${nameModels(models, neural.length)}: ${text}`);
}

/** @param count of all neural models */
function nameModels(labels: readonly string[], count: number): string {
  return labels.length === count && count > 1 ? 'all neural models' : labels.join('; ');
}

/** Whose rows have no figures of the articles, though the articles have some. */
function noteUnmeasured(rows: readonly ComparisonRow[]): string[] {
  const neural = rows.filter((row) => !isBaseline(row));
  const labels = neural
    .filter(({ experiments: [run] }) => run !== undefined && hasArticlesData(run) && !isMeasuredByArticles(run))
    .map(({ label }) => label);
  if (labels.length === 0) return [];
  return [
    `no figures of the articles beside ${nameModels(labels, neural.length)}: theirs are of another size, length of review or number `
      + `of epochs`,
  ];
}

/** Settings besides the model's own that are not the same in all rows of neural models; the baselines have settings of their own. */
function noteUnlike(rows: readonly ComparisonRow[]): string[] {
  const configs = rows.flatMap(({ experiments: [run] }) =>
    run === undefined || !isNeural(run.config) ? [] : [flattenSettings(run.config)],
  );
  const keys = new Set(configs.flatMap((settings) => [...settings.keys()]).filter((key) => /^(data|training)\./.test(key)));
  const unlike = [...keys].filter((key) => new Set(configs.map((settings) => settings.get(key))).size > 1);
  return unlike.length === 0 ? [] : [`not the same in all rows: ${unlike.join(', ')}`];
}

function noteData([first]: readonly Experiment[]): string[] {
  if (first === undefined) return [];
  const { kind, synthetic, counts } = first.environment.dataset;
  if (synthetic) return ['SYNTHETIC reviews, made by gatelab: no figure says anything about IMDB, and the articles\' are left out'];
  if (kind !== 'imdb') return ['the reviews are not IMDB\'s, so the articles\' figures are left out'];
  if (hasArticlesData(first)) return [];
  return [
    `only ${formatCount(counts.train + counts.validation)} training and ${formatCount(counts.test)} test reviews of IMDB's `
      + `${formatCount(articlesReviews.train)} each, so the articles' figures are left out`,
  ];
}

/** What the test part is like, which all runs share: accuracies are read beside it. */
function noteTestPart(experiments: readonly Experiment[]): string[] {
  const datasets = experiments.map(({ environment }) => environment.dataset);
  const dataset = datasets.find((candidate) => countTestClasses(candidate) !== null) ?? datasets[0]; // before 0.2 no run counted them
  if (dataset === undefined) return [];
  const { counts } = dataset, classCounts = countTestClasses(dataset);
  const [names = []] = experiments.map(({ summary }) => classesOf(summary));
  const majority = classCounts === null ? null : describeMajority(classCounts, names);
  return [majority === null ? null : `the labels are uneven: ${majority}`, describeResolution(counts.test)].filter((note) => note !== null);
}

/** [classes] test reviews of each; null of a run that did not count them. */
function countTestClasses({ classCounts, positives, counts }: Environment['dataset']): readonly number[] | null {
  if (classCounts !== undefined) return classCounts.test;
  return positives === undefined ? null : [counts.test - positives.test, positives.test];
}

function noteArticles(rows: readonly ComparisonRow[]): string[] {
  const has = rows.some(({ bestTestAccuracy: { articles } }) => articles !== null);
  return has
    ? [
        "the articles' times are those of a GPU they do not name; they do not say how their best epoch was chosen, so their accuracy "
          + "stands beside both of ours",
      ]
    : [];
}

function noteVersions(rows: readonly ComparisonRow[]): string[] {
  const versions = [...new Set(listCounted(rows).map(({ environment }) => environment.versions.gatelab))].sort();
  return versions.length < 2 ? [] : [`the runs were made with different versions of gatelab: ${versions.join(', ')}`];
}

/** What a reader of a comparison must know besides its figures. Plain texts, to be escaped by whoever shows them. */
export function createNotes(table: NotedTable): string[] {
  const { rows, beside, differences } = table;
  const experiments = rows.flatMap((row) => row.experiments);
  return [
    ...noteData(experiments),
    ...noteTestPart(experiments),
    ...noteLeftOut(rows),
    ...noteSeeds(rows, differences),
    ...noteBaselines(rows),
    ...noteDepartures(rows),
    ...noteUnmeasured(rows),
    ...noteUnlike(rows),
    ...(haveOneMachine(listCounted([...rows, ...beside]).filter(isNeuralExperiment))
      ? []
      : ['times and memory were measured on different machines, engines or threads']),
    ...noteVersions([...rows, ...beside]),
    ...notePredictions(table),
    ...noteChance(differences),
    ...noteArticles(rows),
    'best test accuracy is of the epoch that is best on the test set itself; test accuracy at best validation is of the epoch that is '
      + 'best on reviews held out of the training part',
    `convergence epoch: ${convergenceDefinition}`,
  ];
}
