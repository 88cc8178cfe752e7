import { flattenConfig } from '../config/flatten.ts';
import { isRecurrent } from '../config/model-types.ts';
import type { AnyConfig } from '../config/model-types.ts';
import { documentsSettings } from '../measure/documents-table.ts';

/** A setting in which a config is not the documents'. */
export interface Departure {
  /** Dotted, `training.epochs`. */
  readonly key: string;
  readonly value: unknown;
  readonly documents: number;
}

/** Where a recurrent model departs from the hyper-parameters that all models of the documents share. The baselines have none of them. */
export function findDepartures(config: AnyConfig): Departure[] {
  if (!isRecurrent(config)) return [];
  const settings = new Map(flattenConfig(config));
  return Object.entries(documentsSettings)
    .filter(([key, documents]) => settings.get(key) !== documents)
    .map(([key, documents]) => ({ key, value: settings.get(key), documents }));
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
