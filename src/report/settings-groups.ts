import { nameModel } from '../experiment-schema.ts';
import { isNeuralExperiment } from '../experiment/load.ts';
import type { Experiment } from '../experiment/load.ts';
import { describeSetting, findDepartures } from './departures.ts';

/** Runs that belong in one table. */
export interface SettingsGroup {
  /** What all of its models have and the articles' do not, `embeddingDropoutRate 0.5, headDropoutRate 0.5`; null of the main table. */
  readonly settings: string | null;
  /** In the order given. */
  readonly experiments: readonly Experiment[];
}

const LEAST_MODELS = 2;

/**
 * Sets apart what several models have in common and the articles' do not: a table of its own beside the main one, which keeps the
 * runs with the articles' settings, single models that depart from them, and the baselines. Without any run with the articles'
 * settings there is nothing to stand beside, and all is one table.
 */
export function splitBySettings(experiments: readonly Experiment[]): readonly [SettingsGroup, ...SettingsGroup[]] {
  const bySettings = new Map<string, Experiment[]>();
  for (const run of experiments.filter(isNeuralExperiment)) {
    const settings = nameDepartures(run);
    bySettings.set(settings, [...(bySettings.get(settings) ?? []), run]);
  }
  const apart = bySettings.has('') ? [...bySettings].filter(([settings, runs]) => settings !== '' && countModels(runs) >= LEAST_MODELS) : [];
  const gone = new Set(apart.flatMap(([, runs]) => runs));
  return [
    { settings: null, experiments: experiments.filter((run) => !gone.has(run)) },
    ...apart.map(([settings, runs]) => ({ settings, experiments: runs })),
  ];
}

/** Empty where they are the articles'. */
function nameDepartures({ config }: Experiment): string {
  return findDepartures(config).map(describeSetting).join(', ');
}

function countModels(runs: readonly Experiment[]): number {
  return new Set(runs.map(({ config }) => nameModel(config))).size;
}
