import type { Experiment } from '../experiment/load.ts';
import type { Environment } from '../experiment/records.ts';
import { formatCount } from '../terminal/format.ts';
import { articlesMeasure, articlesReviews, articlesSettings } from '../articles/articles.ts';
import { flattenConfig } from '../config/layer.ts';
import { isNeural, isRecurrent } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';

/** What runs that stand side by side were trained and tested on, in a line; empty of no run. */
export function describeData([first]: readonly Experiment[]): string {
  if (first === undefined) return '';
  const { dataset } = first.environment;
  return `${nameData(dataset)}: ${formatCount(dataset.counts.train)} training, ${formatCount(dataset.counts.test)} test reviews`;
}

/** `IMDB`; of synthetic reviews that they are none of it. */
export function nameData({ kind, synthetic }: Pick<Environment['dataset'], 'kind' | 'synthetic'>): string {
  if (kind === 'recall') return 'a SYNTHETIC memory task, not IMDB';
  return synthetic ? 'SYNTHETIC reviews, not IMDB' : { imdb: 'IMDB', file: 'own reviews', csv: 'own reviews', sample: 'the sample' }[kind];
}

/** Whether times can be compared: one kind of CPU, engine and number of threads. */
export function haveOneMachine(experiments: readonly Experiment[]): boolean {
  return new Set(experiments.map(({ environment: { cpu, threads, engine } }) => JSON.stringify([cpu, threads, engine]))).size <= 1;
}

/** A setting in which a config is not the articles'. */
export interface Departure {
  /** Dotted, `training.epochs`. */
  readonly key: string;
  readonly value: unknown;
  readonly articles: number | null;
}

/**
 * Where a model departs from the hyper-parameters that all models of the articles share: those of the model itself are compared of
 * models of their type alone. The baselines have none of them.
 */
export function findDepartures(config: AnyConfig): Departure[] {
  if (!isNeural(config)) return [];
  const settings = new Map(flattenConfig(config));
  const isTheirs = isRecurrent(config);
  return Object.entries(articlesSettings)
    .filter(([key, articles]) => settings.get(key) !== articles && (isTheirs || !key.startsWith('model.')))
    .map(([key, articles]) => ({ key, value: settings.get(key), articles }));
}

/** `model.headDropoutRate`, 0.5 → `headDropoutRate 0.5` */
export function describeSetting({ key, value }: Pick<Departure, 'key' | 'value'>): string {
  return `${key.slice(key.indexOf('.') + 1)} ${String(value)}`;
}

/** `training.epochs 5 (theirs 20), data.limit 200 (theirs none)` */
export function describeDepartures(departures: readonly Departure[]): string {
  return departures.map(({ key, value, articles }) => `${key} ${String(value)} (theirs ${articles ?? 'none'})`).join(', ');
}

/** Whether a run read all of IMDB's reviews, as the articles did. */
export function hasArticlesData({ environment: { dataset: { kind, counts } } }: Pick<Experiment, 'environment'>): boolean {
  return kind === 'imdb' && counts.train + counts.validation === articlesReviews.train && counts.test === articlesReviews.test;
}

/** Whether a run's figures can be set against the articles': the same reviews, size of model and length of training. */
export function isMeasuredByArticles(run: Pick<Experiment, 'config' | 'environment'>): boolean {
  return hasArticlesData(run) && !findDepartures(run.config).some(({ key }) => articlesMeasure.includes(key));
}

/** The departures that all of these have alike. */
export function findCommonDepartures([first, ...others]: readonly AnyConfig[]): Departure[] {
  if (first === undefined) return [];
  const theirs = others.map(findDepartures);
  return findDepartures(first).filter(({ key, value }) =>
    theirs.every((departures) => departures.some((other) => other.key === key && other.value === value)),
  );
}
