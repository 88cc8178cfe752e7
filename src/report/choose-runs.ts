import { UserError } from '../errors.ts';
import { loadExperiment } from '../experiment/load.ts';
import type { Experiment } from '../experiment/load.ts';
import { findOtherReviews } from '../experiment/same-reviews.ts';
import { displayPath, kindOf } from '../files/paths.ts';
import { findRuns, PUBLISHED_FOLDER } from '../experiment/find-runs.ts';
import type { FoundRun } from '../experiment/find-runs.ts';
import { identifyModel } from './model-labels.ts';

/**
 * Refuses runs that cannot stand in one picture or table: synthetic beside real, different data sets or parts of them.
 * @throws UserError that names two folders
 */
export function checkSameReviews(experiments: readonly Experiment[]): void {
  const [first, ...others] = experiments;
  if (first === undefined) return;
  const { synthetic, counts } = first.environment.dataset;
  const unlike = others.find(({ environment: { dataset } }) => dataset.synthetic !== synthetic);
  if (unlike !== undefined) {
    const [made, real] = synthetic ? [first, unlike] : [unlike, first];
    throw new UserError(`${made.path} was trained on synthetic data and ${real.path} on real data; keep them apart`);
  }
  const other = experiments[findOtherReviews(experiments.map(({ environment }) => environment.dataset))];
  if (other !== undefined) throw new UserError(`${first.path} and ${other.path} were trained on different data sets; keep them apart`);
  const sized = others.find(({ environment: { dataset } }) => dataset.counts.test !== counts.test);
  if (sized !== undefined) {
    throw new UserError(
      `${first.path} was tested on ${counts.test} reviews and ${sized.path} on ${sized.environment.dataset.counts.test}; keep them apart`,
    );
  }
}

/**
 * Experiment folders, and those within the folders that are none. The default one may be missing, and then there are no runs.
 * @param onLeftOut takes a line for each run that was found and is no evidence
 * @throws UserError when a folder that is asked for holds no run, or a run that is named itself is damaged or not on IMDB
 */
export function loadPublished(from: readonly string[], onLeftOut: (line: string) => void): Experiment[] {
  const folders = from.filter((folder) => folder !== PUBLISHED_FOLDER || kindOf(folder) !== 'missing');
  return folders.length === 0 ? [] : chooseRuns(folders, { refuse: refuseOtherData, onLeftOut });
}

function refuseOtherData({ environment: { dataset } }: Experiment): string | null {
  if (dataset.kind === 'imdb') return null;
  return `it was trained on ${dataset.synthetic ? 'synthetic reviews' : 'other reviews than IMDB'}, and the articles' claims are about `
    + `IMDB`;
}

/** A run and whether it was named itself: one that was is never left out, but refused with the reason. */
interface Candidate extends FoundRun {
  readonly experiment: Experiment;
}

export interface ChoiceOptions {
  /** Says why a run cannot be taken at all, for example because it has nothing to draw; null where it can. */
  readonly refuse: (experiment: Experiment) => string | null;
  readonly onLeftOut: (line: string) => void;
}

/**
 * The runs of some folders that can stand side by side. Of what was found in a folder, and not named itself, that which cannot is left
 * out with a line: damaged folders, older runs of the same config and seed, runs on other reviews than most.
 * @throws UserError where nothing is left, or runs that were named themselves cannot stand together
 */
export function chooseRuns(folders: readonly string[], { refuse, onLeftOut }: ChoiceOptions): Experiment[] {
  const { runs, deeper } = findRuns(folders);
  const reasons: string[] = [];
  const leaveOut = (path: string, reason: string): void => { reasons.push(`${displayPath(path)} is left out: ${reason}`); };
  const loaded = runs.flatMap((run) => load(run, leaveOut));
  const usable = loaded.filter(({ experiment, isNamed, path }) => keepUnless(refuse(experiment), isNamed, path, leaveOut));
  const chosen = leaveOutTwins(leaveOutStrangers(usable, leaveOut), leaveOut);
  if (chosen.length === 0) throw new UserError(reasons.join('; '));
  reasons.forEach(onLeftOut);
  for (const { path, runs: count } of deeper) {
    onLeftOut(
      `${displayPath(path)} holds ${count === 1 ? '1 more run, which is' : `${count} more runs, which are`} left out; name that folder `
        + `too if they belong here`,
    );
  }
  return chosen.map(({ experiment }) => experiment);
}

type LeaveOut = (path: string, reason: string) => void;

function load(run: FoundRun, leaveOut: LeaveOut): Candidate[] {
  try {
    return [{ ...run, experiment: loadExperiment(run.path) }];
  } catch (error) {
    if (run.isNamed || !(error instanceof UserError)) throw error;
    leaveOut(run.path, `it cannot be read (${error.message})`);
    return [];
  }
}

function keepUnless(reason: string | null, isNamed: boolean, path: string, leaveOut: LeaveOut): boolean {
  if (reason === null) return true;
  if (isNamed) throw new UserError(`${displayPath(path)}: ${reason}`);
  leaveOut(path, reason);
  return false;
}

/** Keeps the runs on the same reviews as those that were named, or else as most: real reviews before synthetic ones. */
function leaveOutStrangers(candidates: readonly Candidate[], leaveOut: LeaveOut): readonly Candidate[] {
  const groups: Candidate[][] = [];
  for (const candidate of candidates) {
    const group = groups.find((one) => findDifference([...one, candidate]) === null);
    if (group === undefined) groups.push([candidate]);
    else group.push(candidate);
  }
  const rank = (group: readonly Candidate[]): number[] =>
    [Number(group.some(({ isNamed }) => isNamed)), Number(group[0]?.experiment.environment.dataset.synthetic !== true), group.length];
  const [kept = [], ...others] = groups.toSorted((a, b) => compareInTurn(rank(b), rank(a)));
  for (const stranger of others.flat()) {
    const difference = findDifference([...kept, stranger]) ?? 'it was trained on other reviews';
    if (stranger.isNamed) throw new UserError(difference);
    leaveOut(stranger.path, difference.replace(/; keep them apart$/, ''));
  }
  return candidates.filter((candidate) => kept.includes(candidate));
}

/** Why these cannot stand side by side; null where they can. */
function findDifference(candidates: readonly Candidate[]): string | null {
  try {
    checkSameReviews(candidates.map(({ experiment }) => experiment));
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** The first difference decides. */
function compareInTurn(a: readonly number[], b: readonly number[]): number {
  return a.map((value, k) => value - (b[k] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/** Of runs with the same config and seed keeps the one that was named, went furthest, or is the newest. */
function leaveOutTwins(candidates: readonly Candidate[], leaveOut: LeaveOut): readonly Candidate[] {
  const kept = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const key = `${identifyModel(candidate.experiment.config)} ${candidate.experiment.config.seed}`;
    const other = kept.get(key);
    if (other?.isNamed === true && candidate.isNamed) continue; // whoever sets them side by side refuses them both
    const [better, worse] =
      other === undefined || compareInTurn(rankTwin(candidate), rankTwin(other)) > 0 ? [candidate, other] : [other, candidate];
    kept.set(key, better);
    if (worse !== undefined) leaveOut(worse.path, `${displayPath(better.path)} has the same config and seed`);
  }
  const keptOnes = new Set(kept.values());
  return candidates.filter((candidate) => keptOnes.has(candidate) || candidate.isNamed);
}

function rankTwin({ isNamed, experiment: { summary, environment } }: Candidate): number[] {
  return [Number(isNamed), Number(summary.status === 'completed'), summary.epochs, Date.parse(environment.startedAt)];
}
