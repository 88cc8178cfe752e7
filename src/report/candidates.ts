import type { AnyConfig } from '../experiment-schema.ts';
import type { Evidence } from './comparison.ts';
import { turnDifference } from './comparison-differences.ts';
import type { PairedDifference } from './comparison-differences.ts';
import type { ComparisonRow } from './comparison-rows.ts';
import type { Estimate } from './estimate.ts';

/** A model that there are runs of, and that could be trained on other texts. */
export interface Candidate {
  /** As tables name it, with what sets it apart from others. */
  readonly label: string;
  /** Of its first run. */
  readonly config: AnyConfig;
  /** Test accuracy at best validation. */
  readonly accuracy: Estimate;
  /** Of a training, on the machine of the runs: its median epoch times its epochs. */
  readonly trainingSeconds: number;
  /** Parameters of its first run, whose vocabulary is of other texts. */
  readonly parameters: number;
  /** Reviews that it was trained on. */
  readonly trained: number;
}

/** @returns the most accurate first */
export function listCandidates({ rows }: Pick<Evidence, 'rows'>): Candidate[] {
  return rows.flatMap(createCandidate).toSorted((a, b) => b.accuracy.mean - a.accuracy.mean);
}

function createCandidate({ label, experiments: [run], testAccuracyAtBestValidation, epochSeconds }: ComparisonRow): Candidate[] {
  const accuracy = testAccuracyAtBestValidation.measured, seconds = epochSeconds.measured?.mean;
  if (run === undefined || accuracy === null || seconds === undefined) return [];
  const { config, summary: { parameters, epochs }, environment: { dataset: { counts } } } = run;
  return [{ label, config, accuracy, trainingSeconds: seconds * epochs, parameters: parameters.total, trained: counts.train }];
}

/** How much more accurate the first is than the second; null where the runs do not tell. */
export function compareCandidates({ differences }: Evidence, first: Candidate, second: Candidate): PairedDifference | null {
  for (const difference of differences) {
    if (difference.first === first.label && difference.second === second.label) return difference;
    if (difference.first === second.label && difference.second === first.label) return turnDifference(difference);
  }
  return null;
}

/** Why a candidate is out, in words; null where it fits. */
export type FindProblem = (candidate: Candidate) => string | null;

export interface Choice {
  /** Null where none fits. */
  readonly chosen: Candidate | null;
  /** Whether it reaches the accuracy that is wanted; true where none is. */
  readonly reaches: boolean;
  /** What was looked at and does not fit, with the reason. */
  readonly refused: readonly { readonly candidate: Candidate; readonly problem: string }[];
}

/**
 * The most accurate candidate that fits, or the quickest to train of those that the runs do not tell from it. Where an accuracy is
 * wanted, the quickest of those that reach it, if any does.
 * @param candidates of listCandidates
 * @param findProblem is asked of as few as will do, each once, since it may have to measure
 */
export function chooseCandidate(
  evidence: Evidence, candidates: readonly Candidate[], findProblem: FindProblem, wanted: number | null,
): Choice {
  const problems = new Map<Candidate, string | null>();
  const fits = (candidate: Candidate): boolean => {
    if (!problems.has(candidate)) problems.set(candidate, findProblem(candidate));
    return problems.get(candidate) === null;
  };
  const quickest = (some: readonly Candidate[]): Candidate[] => some.toSorted((a, b) => a.trainingSeconds - b.trainingSeconds);
  const enough = wanted === null ? undefined : quickest(candidates.filter(({ accuracy }) => accuracy.mean >= wanted)).find(fits);
  const best = enough ?? candidates.find(fits) ?? null;
  const isLevel = (other: Candidate): boolean => best !== null && compareCandidates(evidence, other, best)?.outcome === 'noise';
  const level = best === null || best === enough ? [] : quickest(candidates.filter((other) => other !== best && isLevel(other)));
  const chosen = level.filter(({ trainingSeconds }) => trainingSeconds < (best?.trainingSeconds ?? 0)).find(fits) ?? best;
  return {
    chosen, reaches: wanted === null || (chosen !== null && chosen.accuracy.mean >= wanted),
    refused: [...problems].flatMap(([candidate, problem]) => (problem === null ? [] : [{ candidate, problem }])),
  };
}
