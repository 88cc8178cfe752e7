import { flattenConfig } from '../config/flatten.ts';
import { displayPath } from '../config/paths.ts';
import { printable } from '../config/quote.ts';
import { isRecurrent } from '../config/model-types.ts';
import type { AnyConfig } from '../config/model-types.ts';
import { isRecurrentExperiment } from '../experiment/load.ts';
import type { Experiment } from '../experiment/load.ts';
import { convergenceDefinition } from '../experiment/summary.ts';
import { documentsSettings } from '../measure/documents-table.ts';
import type { ComparisonRow, PairedDifference } from './comparison.ts';
import type { TestOutcomes } from './comparison-differences.ts';
import { isCounted } from './comparison-rows.ts';
import { haveOneMachine } from './describe-data.ts';

const LONGEST_REASON = 300;
const CONFIDENCE_MISSES = 0.05;

/** `after 3 epochs: killed by SIGKILL` */
function describeEnd({ summary: { epochs, failure, divergence } }: Experiment): string {
  const after = `after ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`;
  if (divergence !== undefined) return `${after}: the loss was ${divergence.loss} in batch ${divergence.batch} of epoch ${divergence.epoch}`;
  return failure === undefined ? after : `${after}: ${printable(failure, LONGEST_REASON)}`;
}

function noteLeftOut(rows: readonly ComparisonRow[]): string[] {
  return rows.flatMap(({ label, experiments }) => experiments.filter((run) => !isCounted(run)).map((run) =>
    `${label}, seed ${run.config.seed}: ${run.summary.status} ${describeEnd(run)}; in no mean (${displayPath(run.path)})`));
}

function noteSeeds(rows: readonly ComparisonRow[], differences: readonly PairedDifference[]): string[] {
  const counts = new Set(rows.map(({ seeds }) => seeds.length).filter((runs) => runs > 0));
  const lone = differences.filter(({ interval }) => interval === null).length;
  return [
    ...(counts.size > 1 ? ['the models have different numbers of runs; a difference is over the seeds that both have'] : []),
    ...(lone > 0 ? [`${lone === differences.length ? 'two models share' : `${lone} pairs of models share`} one seed only, so nothing says how much of their difference is chance`] : []),
  ];
}

function noteChance(differences: readonly PairedDifference[]): string[] {
  const tested = differences.filter(({ interval }) => interval !== null).length;
  if (tested < 2) return [];
  return [`of ${tested} intervals of 95 %, some ${(tested * CONFIDENCE_MISSES).toFixed(1)} miss 0 by chance alone where no models differ`];
}

function notePredictions(rows: readonly ComparisonRow[], outcomes: TestOutcomes): string[] {
  const counted = rows.flatMap(({ experiments }) => experiments.filter(isCounted));
  const without = counted.filter((run) => !outcomes.has(run));
  const others = new Set([...outcomes.values()].map(({ reviews }) => reviews)).size;
  return [
    ...without.map(({ path }) => `${displayPath(path)} has no predictions.csv, so it is in no McNemar's test`),
    ...(others > 1 ? ["not all runs were tested on the same reviews; McNemar's test is between those that were"] : []),
  ];
}

function settingsOf(config: AnyConfig): ReadonlyMap<string, unknown> {
  return new Map(flattenConfig(config));
}

/** Where a row has other settings than the figures beside it were measured with. */
function noteDepartures(rows: readonly ComparisonRow[]): string[] {
  const labels = new Map<string, string[]>();
  for (const { label, experiments: [run], bestTestAccuracy: { documents } } of rows) {
    if (run === undefined || documents === null) continue;
    const settings = settingsOf(run.config);
    const other = Object.entries(documentsSettings).filter(([key, value]) => settings.get(key) !== value);
    const text = other.map(([key, value]) => `${key} ${String(settings.get(key))} (theirs ${value})`).join(', ');
    if (text !== '') labels.set(text, [...(labels.get(text) ?? []), label]);
  }
  return [...labels].map(([text, models]) => `not the documents' settings, ${models.join(', ')}: ${text}`);
}

/** Settings besides the model's own that are not the same in all rows of recurrent models; the baselines have settings of their own. */
function noteUnlike(rows: readonly ComparisonRow[]): string[] {
  const configs = rows.flatMap(({ experiments: [run] }) => (run === undefined || !isRecurrent(run.config) ? [] : [settingsOf(run.config)]));
  const keys = new Set(configs.flatMap((settings) => [...settings.keys()]).filter((key) => /^(data|training)\./.test(key)));
  keys.delete('training.checkpointSeconds');
  const unlike = [...keys].filter((key) => new Set(configs.map((settings) => settings.get(key))).size > 1);
  return unlike.length === 0 ? [] : [`not the same in all rows: ${unlike.join(', ')}`];
}

function noteData([first]: readonly Experiment[]): string[] {
  if (first === undefined) return [];
  const { kind, synthetic } = first.environment.dataset;
  if (synthetic) return ['SYNTHETIC reviews, made by gatelab: no figure says anything about IMDB, and the documents\' are left out'];
  return kind === 'imdb' ? [] : ['the reviews are not IMDB\'s, so the documents\' figures are left out'];
}

function noteDocuments(rows: readonly ComparisonRow[]): string[] {
  const has = rows.some(({ bestTestAccuracy: { documents } }) => documents !== null);
  return has ? ['the documents\' times are those of a GPU they do not name; they do not say how their best epoch was chosen, so their accuracy stands beside both of ours'] : [];
}

/** What a reader of a comparison must know besides its figures. Plain texts, to be escaped by whoever shows them. */
export function createNotes(rows: readonly ComparisonRow[], differences: readonly PairedDifference[], outcomes: TestOutcomes): string[] {
  const experiments = rows.flatMap((row) => row.experiments);
  return [
    ...noteData(experiments),
    ...noteLeftOut(rows),
    ...noteSeeds(rows, differences),
    ...noteDepartures(rows),
    ...noteUnlike(rows),
    ...(haveOneMachine(experiments.filter(isCounted).filter(isRecurrentExperiment)) ? [] : ['times and memory were measured on different machines, engines or threads']),
    ...notePredictions(rows, outcomes),
    ...noteChance(differences),
    ...noteDocuments(rows),
    'best test accuracy is of the epoch that is best on the test set itself; test accuracy at best validation is of the epoch that is best on reviews held out of the training part',
    `convergence epoch: ${convergenceDefinition}`,
  ];
}
