
import type { Experiment } from '../experiment/load.ts';
import { findPredictions, loadPredictions, predictLabels } from '../experiment/predictions.ts';
import {
  computeMean, computeDifferenceInterval, computeDifferencePValue, computePairedError, computeUnpairedError, computeMcnemar,
} from '../measure/statistics.ts';
import { isBaseline, isCounted, listCounted } from './comparison-rows.ts';
import type { RowPair, ComparisonRow } from './comparison-rows.ts';
import { createEstimate } from './estimate.ts';
import type { Estimate } from './estimate.ts';

/** Two models by test accuracy at best validation. */
export interface PairedDifference {
  readonly first: string;
  readonly second: string;
  /** First minus second over the seeds both have, as a fraction. */
  readonly difference: Estimate;
  /** 95 %, Student's t over the pairs, and never narrower than the test set can tell; null with fewer than two. */
  readonly interval: readonly [number, number] | null;
  /** McNemar's exact test on the test predictions of each seed both have; two-sided. */
  readonly mcnemar: readonly { readonly seed: number; readonly onlyFirst: number; readonly onlySecond: number; readonly pValue: number }[];
  /** Which one is more accurate; `noise` when the interval holds 0, `open` when there is none to tell by. */
  readonly outcome: 'first' | 'second' | 'noise' | 'open';
  /** Two-sided, by the seeds and the test set as the interval is; NaN without one. */
  readonly pValue: number;
}

/** Which test reviews a run gets right. */
export interface TestOutcome {
  /** [reviews] 1 where it is right. */
  readonly right: Uint8Array;
  /** Runs with the same number were tested on the same reviews in the same order. */
  readonly reviews: number;
}

/** By run; a run without predictions has none. */
export type TestOutcomes = ReadonlyMap<Experiment, TestOutcome>;

/**
 * What the counted runs of a table say of each test review. Reads the predictions of each once and keeps a byte a review.
 * @throws UserError when a file is damaged
 */
export function loadTestOutcomes(rows: readonly ComparisonRow[]): TestOutcomes {
  const runs = listCounted(rows);
  const known: (readonly string[])[] = [];
  return new Map(runs.filter(hasPredictions).map((run) => {
    const predictions = loadPredictions(run.path);
    const { reviewIds, labels } = predictions;
    const right = predictLabels(predictions).map((label, row) => (label === labels[row] ? 1 : 0));
    const same = known.findIndex((ids) => areSame(ids, reviewIds));
    if (same < 0) known.push(reviewIds);
    return [run, { right, reviews: same < 0 ? known.length - 1 : same }];
  }));
}

function hasPredictions({ path }: Experiment): boolean {
  return findPredictions(path) !== null;
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, row) => id === b[row]);
}

/**
 * Each two rows that have test accuracies at best validation of the same seeds, in the table's order; then each row and its twin.
 * @param twins of findTwins
 */
export function createDifferences(rows: readonly ComparisonRow[], twins: readonly RowPair[], outcomes: TestOutcomes): PairedDifference[] {
  const pairs = rows.flatMap((first, k) => rows.slice(k + 1).map((second): RowPair => [first, second]));
  return [...pairs, ...twins].flatMap(([first, second]) => comparePair(first, second, outcomes) ?? []);
}

function readOutcome(interval: PairedDifference['interval']): PairedDifference['outcome'] {
  if (interval === null) return 'open';
  if (interval[0] > 0) return 'first';
  return interval[1] < 0 ? 'second' : 'noise';
}

interface SeedPair {
  readonly seed: number;
  readonly first: Experiment;
  readonly second: Experiment;
  readonly accuracies: readonly [number, number];
}

/** Over the seeds that both have; null where they share none. */
export function comparePair(first: ComparisonRow, second: ComparisonRow, outcomes: TestOutcomes): PairedDifference | null {
  const pairs = findPairs(first, second);
  const differences = pairs.map(({ accuracies: [one, other] }) => one - other);
  const difference = createEstimate(differences);
  if (difference === null) return null;
  const testError = computeTestError(pairs, outcomes), interval = computeDifferenceInterval(differences, testError);
  return {
    first: first.label, second: second.label, difference, interval,
    mcnemar: pairs.flatMap((pair) => testPair(pair, outcomes) ?? []),
    outcome: readOutcome(interval), pValue: computeDifferencePValue(differences, testError),
  };
}

/** How far chance in the choice of test reviews may move the mean difference: by each review where both kept their predictions. */
function computeTestError(pairs: readonly SeedPair[], outcomes: TestOutcomes): number {
  const tested = pairs.map(({ first, second }) => [outcomes.get(first), outcomes.get(second)] as const);
  const [reviews] = tested.map(([one]) => one?.reviews);
  const isPaired = reviews !== undefined && tested.every((pair) => pair.every((outcome) => outcome?.reviews === reviews));
  if (isPaired) return computePairedError(averageDifferences(tested.map(([one, other]) => [one?.right ?? [], other?.right ?? []])));
  const accuracies = [0, 1].map((k) => computeMean(pairs.map((pair) => pair.accuracies[k] ?? Number.NaN)));
  return computeUnpairedError(
    [accuracies[0] ?? Number.NaN, accuracies[1] ?? Number.NaN],
    pairs[0]?.first.environment.dataset.counts.test ?? 0,
  );
}

/** Of each review: right by the first less right by the second, a mean over the pairs. */
function averageDifferences(pairs: readonly (readonly [ArrayLike<number>, ArrayLike<number>])[]): Float64Array {
  const means = new Float64Array(pairs[0]?.[0].length ?? 0);
  for (const [first, second] of pairs) {
    for (let row = 0; row < means.length; row++) means[row] = (means[row] ?? 0) + ((first[row] ?? 0) - (second[row] ?? 0)) / pairs.length;
  }
  return means;
}

/** By the seeds of both; a baseline, whose fit does not depend on its seed, meets every seed of the other. */
function findPairs(first: ComparisonRow, second: ComparisonRow): SeedPair[] {
  const { seeds } = isBaseline(first) ? second : first;
  return (isBaseline(first) && isBaseline(second) ? seeds.slice(0, 1) : seeds).flatMap((seed) => {
    const [one, other] = [findRun(first, seed), findRun(second, seed)];
    const [a = null, b = null] = [one, other].map((run) => run?.summary.testAccuracyAtBestValidation);
    return one === undefined || other === undefined || a === null || b === null
      ? []
      : [{ seed, first: one, second: other, accuracies: [a, b] }];
  });
}

function findRun(row: ComparisonRow, seed: number): Experiment | undefined {
  const counted = row.experiments.filter(isCounted);
  return isBaseline(row) ? counted[0] : counted.find(({ config }) => config.seed === seed);
}

/** @returns null where one has no predictions, or they are of other reviews */
function testPair({ seed, first, second }: SeedPair, outcomes: TestOutcomes): PairedDifference['mcnemar'][number] | null {
  const [a, b] = [outcomes.get(first), outcomes.get(second)];
  if (a === undefined || b?.reviews !== a.reviews) return null;
  const { onlyFirst, onlySecond } = countDiscordant(a.right, b.right);
  return { seed, onlyFirst, onlySecond, pValue: computeMcnemar(onlyFirst, onlySecond) };
}

/** Reviews that one gets right and the other wrong. */
function countDiscordant(first: Uint8Array, second: Uint8Array): { onlyFirst: number; onlySecond: number } {
  let onlyFirst = 0, onlySecond = 0;
  for (let row = 0; row < first.length; row++) {
    const difference = (first[row] ?? 0) - (second[row] ?? 0);
    if (difference > 0) onlyFirst += 1;
    if (difference < 0) onlySecond += 1;
  }
  return { onlyFirst, onlySecond };
}

const turned = { first: 'second', second: 'first', noise: 'noise', open: 'open' } as const;

/** The same difference, second minus first. */
export function turnDifference({ first, second, difference, interval, mcnemar, outcome, pValue }: PairedDifference): PairedDifference {
  return {
    pValue,
    first: second, second: first, outcome: turned[outcome],
    difference: { ...difference, mean: -difference.mean },
    interval: interval === null ? null : [-interval[1], -interval[0]],
    mcnemar: mcnemar.map(({ onlyFirst, onlySecond, ...rest }) => ({ ...rest, onlyFirst: onlySecond, onlySecond: onlyFirst })),
  };
}
