import { computeRanks, correlateGroups, correlateRanks, permutationPValue } from '../measure/ranks.ts';
import type { Experiment } from '../experiment/load.ts';
import { chooseJob } from '../study/halving.ts';
import type { Score } from '../study/halving.ts';
import { listValues, readSearchRecord, readTrial } from '../study/search-record.ts';
import type { SearchRecord, Trial } from '../study/search-record.ts';
import { typedCommand } from '../typed-command.js';

/** A trial that has reached the first rung. */
export interface TrialResult extends Trial {
  readonly scores: readonly Score[];
  readonly run: Experiment;
  /** Best validation accuracy of all its epochs; null of one that diverged before it had any. */
  readonly validationAccuracy: number | null;
  /** The epoch of that. */
  readonly bestEpoch: number | null;
}

/** How much one key mattered. */
export interface Importance {
  readonly key: string;
  /** Spearman's ρ with validation accuracy, of numbers; the correlation ratio η of ranks, of words. NaN where nothing varies. */
  readonly strength: number;
  readonly statistic: 'ρ' | 'η';
  /** How often chance alone gives as much, by permutation. */
  readonly pValue: number;
}

/** A search's runs, ranked. */
export interface SearchResult {
  readonly record: SearchRecord;
  /** The winner first. */
  readonly trials: readonly TrialResult[];
  /** Trials that have reached each rung. */
  readonly reached: readonly number[];
  /** By the scores of the first rung, where all trials had as many epochs; the strongest first. */
  readonly importances: readonly Importance[];
  /** Whether nothing is left to train. */
  readonly isComplete: boolean;
}

/** @param folder where a search's runs lie @throws UserError where it is none of a search, or a run is damaged */
export function loadSearch(folder: string): SearchResult {
  const record = readSearchRecord(folder);
  const states = record.trials.map((_, trial) => readTrial(folder, record, trial));
  const trials = record.trials.flatMap((trial, k): TrialResult[] => {
    const { scores = [], run = null } = states[k] ?? {};
    return run === null || scores.length === 0 ? [] : [{ ...trial, scores, run, ...findBest(run) }];
  });
  const scores = states.map((state) => state.scores), plan = { rungs: record.rungs.length, factor: record.factor, trials: scores.length };
  return {
    record, trials: trials.sort(compareTrials), reached: record.rungs.map((_, rung) => scores.filter((own) => own.length > rung).length),
    importances: rankKeys(record, trials), isComplete: chooseJob(scores, plan) === null,
  };
}

function findBest({ epochs, summary: { bestEpoch } }: Experiment): Pick<TrialResult, 'validationAccuracy' | 'bestEpoch'> {
  return { validationAccuracy: epochs.find(({ epoch }) => epoch === bestEpoch)?.validationAccuracy ?? null, bestEpoch };
}

/** By validation alone; of equals the one that went further. */
function compareTrials(a: TrialResult, b: TrialResult): number {
  return (b.validationAccuracy ?? -1) - (a.validationAccuracy ?? -1) || b.scores.length - a.scores.length || a.name.localeCompare(b.name);
}

function rankKeys({ space }: SearchRecord, trials: readonly TrialResult[]): Importance[] {
  const ys = computeRanks(trials.map(({ scores: [first] }) => first?.accuracy ?? -1)); // the lowest of one that diverged
  return Object.keys(space).map((key): Importance => {
    const xs = trials.map(({ values }) => values[key] ?? null), numbers = xs.filter((x) => typeof x === 'number');
    const isNumeric = numbers.length === xs.length;
    const statistic = (of: readonly number[]): number => (isNumeric ? correlateRanks(numbers, of) : correlateGroups(xs.map(String), of));
    return { key, strength: statistic(ys), statistic: isNumeric ? 'ρ' : 'η', pValue: permutationPValue(ys, statistic) };
  }).sort((a, b) => (Math.abs(b.strength) || 0) - (Math.abs(a.strength) || 0));
}

/** `learningRate 0.003, cell lstm` */
export function describeValues({ values }: Trial): string {
  return Object.entries(values).map(([key, chosen]) => `${key.slice(key.lastIndexOf('.') + 1)} ${String(chosen)}`).join(', ');
}

/** What trains a trial's config to the last rung. */
export function trainCommand({ config, set, rungs, seed, hasEpochs }: SearchRecord, trial: Trial): string {
  const keys = [...set, ...listValues(trial), ...(hasEpochs ? [`training.epochs=${rungs.at(-1) ?? 0}`] : []), `seed=${seed}`];
  return typedCommand('train', ['--config', config, ...keys.flatMap((key) => ['--set', key.replace(/"([\w.-]+)"$/, '$1')])]);
}
