import { articlesSettings } from '../articles/table.ts';
import { flattenConfig } from '../config/flatten.ts';
import { isRecurrent } from '../config/model-types.ts';
import type { AnyConfig } from '../config/model-types.ts';

/** A setting in which a config is not the articles'. */
export interface Departure {
  /** Dotted, `training.epochs`. */
  readonly key: string;
  readonly value: unknown;
  readonly articles: number;
}

/** Where a recurrent model departs from the hyper-parameters that all models of the articles share. The baselines have none of them. */
export function findDepartures(config: AnyConfig): Departure[] {
  if (!isRecurrent(config)) return [];
  const settings = new Map(flattenConfig(config));
  return Object.entries(articlesSettings)
    .filter(([key, articles]) => settings.get(key) !== articles)
    .map(([key, articles]) => ({ key, value: settings.get(key), articles }));
}

/** `model.headDropoutRate`, 0.5 → `headDropoutRate 0.5` */
export function describeSetting({ key, value }: Pick<Departure, 'key' | 'value'>): string {
  return `${key.slice(key.indexOf('.') + 1)} ${String(value)}`;
}

/** The departures that all of these have alike. */
export function findCommonDepartures([first, ...others]: readonly AnyConfig[]): Departure[] {
  if (first === undefined) return [];
  const theirs = others.map(findDepartures);
  return findDepartures(first).filter(({ key, value }) => theirs.every((departures) => departures.some((other) => other.key === key && other.value === value)));
}
