import { nameModel } from '../experiment-schema.ts';
import { isNeuralExperiment } from '../experiment/load.ts';
import type { Experiment } from '../experiment/load.ts';
import { describeSetting, findDepartures } from './departures.ts';
import { checkSameReviews } from './choose-runs.ts';
import { createDifferences, loadTestOutcomes } from './comparison-differences.ts';
import type { TestOutcomes, PairedDifference } from './comparison-differences.ts';
import { createNotes } from './comparison-notes.ts';
import { createRows, findTwins } from './comparison-rows.ts';
import type { Estimate, Figure } from './estimate.ts';
import type { ComparisonRow } from './comparison-rows.ts';

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
  const apart = bySettings.has('')
    ? [...bySettings].filter(([settings, runs]) => settings !== '' && countModels(runs) >= LEAST_MODELS)
    : [];
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

export type { Estimate, Figure };

/** One table of models. */
export interface Comparison {
  /** What its models share and the articles' do not, `headDropoutRate 0.5`; null of the main one. */
  readonly settings: string | null;
  /** In the articles' order: LSTM, BiLSTM, GRU, then the others, then the baselines. */
  readonly rows: readonly ComparisonRow[];
  readonly differences: readonly PairedDifference[];
  /** What a reader must know besides: runs left out and why, different machines, few seeds. */
  readonly notes: readonly string[];
}

/** The main table, then those of other settings. */
export type Comparisons = readonly [Comparison, ...Comparison[]];

/** The runs behind a table, those too that count in no mean. */
export function listExperiments({ rows }: Comparison): readonly Experiment[] {
  return rows.flatMap(({ experiments }) => experiments);
}

/**
 * Sets runs side by side, the models in the rows, their seeds in the figures; models that share other settings than the articles'
 * in a table of their own, each beside the same model of the main one. Reads the runs' test predictions, nothing else.
 * @throws UserError when runs cannot stand beside each other, two have the same config and seed, or predictions are damaged
 */
export function createComparisons(experiments: readonly Experiment[]): Comparisons {
  checkSameReviews(experiments);
  const [main, ...others] = splitBySettings(experiments);
  const mainRows = createRows(main.experiments);
  const groups = others.map((group) => ({ settings: group.settings, rows: createRows(group.experiments) }));
  const outcomes = loadTestOutcomes([...mainRows, ...groups.flatMap(({ rows }) => rows)]);
  const first = compareRows({ settings: null, rows: mainRows }, null, outcomes);
  return [first, ...groups.map((group) => compareRows(group, first, outcomes))];
}

/** Every two models of all runs, whatever their settings, with no two labels the same. */
export type Evidence = Pick<Comparison, 'rows' | 'differences'>;

/**
 * What runs show, for whoever asks about particular models: all of them in one list, however many tables they make.
 * @throws UserError as createComparisons
 */
export function createEvidence(experiments: readonly Experiment[]): Evidence {
  checkSameReviews(experiments);
  const rows = createRows(experiments);
  return { rows, differences: createDifferences(rows, [], loadTestOutcomes(rows)) };
}

function compareRows(
  { settings, rows }: Pick<Comparison, 'settings' | 'rows'>,
  main: Comparison | null,
  outcomes: TestOutcomes,
): Comparison {
  const twins = findTwins(rows, main?.rows ?? []);
  const differences = createDifferences(rows, twins, outcomes);
  const notes = createNotes({ rows, beside: twins.map(([, twin]) => twin), differences, outcomes });
  return { settings, rows, differences, notes: notes.filter((note) => main?.notes.includes(note) !== true) };
}
