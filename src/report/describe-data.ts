import type { Experiment } from '../experiment/load.ts';
import { formatCount } from '../terminal/format.ts';

/** What runs that stand side by side were trained and tested on, in a line; empty of no run. */
export function describeData([first]: readonly Experiment[]): string {
  if (first === undefined) return '';
  const { kind, synthetic, counts } = first.environment.dataset;
  const name = synthetic ? 'SYNTHETIC reviews, not IMDB' : { imdb: 'IMDB', file: 'own reviews', csv: 'own reviews', sample: 'the sample' }[kind];
  return `${name}: ${formatCount(counts.train)} training, ${formatCount(counts.test)} test reviews`;
}

/** Whether times can be compared: one kind of CPU, engine and number of threads. */
export function haveOneMachine(experiments: readonly Experiment[]): boolean {
  return new Set(experiments.map(({ environment: { cpu, threads, engine } }) => JSON.stringify([cpu, threads, engine]))).size <= 1;
}
