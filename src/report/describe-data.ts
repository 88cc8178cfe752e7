import type { Experiment } from '../experiment/load.ts';
import type { Environment } from '../experiment/records.ts';
import { formatCount } from '../terminal/format.ts';

/** What runs that stand side by side were trained and tested on, in a line; empty of no run. */
export function describeData([first]: readonly Experiment[]): string {
  if (first === undefined) return '';
  const { dataset } = first.environment;
  return `${nameData(dataset)}: ${formatCount(dataset.counts.train)} training, ${formatCount(dataset.counts.test)} test reviews`;
}

/** `IMDB`; of synthetic reviews that they are none of it. */
export function nameData({ kind, synthetic }: Pick<Environment['dataset'], 'kind' | 'synthetic'>): string {
  return synthetic ? 'SYNTHETIC reviews, not IMDB' : { imdb: 'IMDB', file: 'own reviews', csv: 'own reviews', sample: 'the sample' }[kind];
}

/** Whether times can be compared: one kind of CPU, engine and number of threads. */
export function haveOneMachine(experiments: readonly Experiment[]): boolean {
  return new Set(experiments.map(({ environment: { cpu, threads, engine } }) => JSON.stringify([cpu, threads, engine]))).size <= 1;
}
