import { basename, dirname, resolve } from 'node:path';
import { selectRows } from '../data/dataset.ts';
import { renderNotes } from '../data/findings.ts';
import { corpusOptionsOf, findLocalData, openCorpus } from '../data/open-corpus.ts';
import { isBuiltIn } from '../data/settings.ts';
import type { DataConfig } from '../data/settings.ts';
import { tableOptionsOf } from '../data/table/options.ts';
import type { TokenizedCorpus } from '../data/tokenized-corpus.ts';
import { loadTokenizedCorpus } from '../data/token-cache.ts';
import { setUpEngine } from '../engine/setup.ts';
import { UserError } from '../errors.ts';
import { findDataProblem } from '../experiment-config.ts';
import { areSameReviews, describeOtherReviews, type ReviewsIdentity } from '../experiment/same-reviews.ts';
import { displayPath, kindOf } from '../files/paths.ts';
import { describeWaysOut, isSettled } from '../study/plan.ts';
import type { PlannedRun } from '../study/plan.ts';
import { tryAll } from '../study/problems.ts';
import type { PlacedProblem } from '../study/problems.ts';
import type { TrainingRequest } from '../study/runner.ts';
import { describeExcess, divideThreads } from '../study/shares.ts';
import type { Screen } from '../terminal/screen.ts';

/** How the runs of a study are trained, as it is typed. */
export interface RunOptions {
  readonly data: string | undefined;
  readonly jobs: number | undefined;
  readonly threads: number | undefined;
}

/** Runs side by side, and the threads of each. */
export function shareOut({ jobs = 1, threads }: Pick<RunOptions, 'jobs' | 'threads'>): Pick<TrainingRequest, 'jobs' | 'threads'> {
  return { jobs, threads: divideThreads(threads, jobs) };
}

/**
 * @param made the folder that the runs are kept in, which is there by the time that files are written
 * @throws UserError where a file to be written has no place, which would else show after the last training
 */
export function checkOutputs(files: readonly string[], made: string | null): void {
  for (const file of files) {
    if (kindOf(file) === 'folder') throw new UserError(`--out ${displayPath(file)}: is a folder; name a file in it`);
    const folder = dirname(resolve(file)), willBe = made !== null && folder === resolve(made);
    if (kindOf(folder) === 'folder' || willBe) continue;
    throw new UserError(`--out ${displayPath(file)}: there is no folder ${displayPath(folder)}; make it first`);
  }
}

/** What is asked of the reviews besides what each config says. */
export interface ReviewNeeds {
  /** Where a mistake was made that shows with the reviews; by default the config and its run. */
  readonly placeOf?: (run: PlannedRun, line: string) => PlacedProblem;
  /** Whether runs are judged by reviews that are held out. */
  readonly needsValidation?: boolean;
}

/**
 * Reads and encodes the reviews and builds the engine once, so that each training starts at once.
 * @throws UserError as `checkReviews`
 */
export async function prepareRuns(
  plan: readonly PlannedRun[], options: RunOptions, screen: Screen, needs: ReviewNeeds = {},
): Promise<TrainingRequest> {
  const dataPathOf = await checkReviews(plan, options.data, screen, needs);
  if (!plan.every(isSettled)) await prepareEngine(screen);
  screen.bar.clear();
  const request = { ...shareOut(options), dataPathOf };
  warnOfMemory(plan, request, screen);
  return request;
}

/** Says so where runs side by side take more memory than is free. */
export function warnOfMemory(plan: readonly PlannedRun[], { jobs }: Pick<TrainingRequest, 'jobs'>, { onWarning }: Screen): void {
  const excess = describeExcess(plan, jobs);
  if (excess !== null) onWarning(excess);
}

/**
 * Reads the reviews of all that is to be trained, and holds each run to them.
 * @returns where the reviews of a run are
 * @throws UserError when they are not there, when a run wants more or others than there are, and when one that is there was trained on
 * others
 */
export async function checkReviews(
  plan: readonly PlannedRun[], data: string | undefined, screen: Screen, needs: ReviewNeeds = {},
): Promise<TrainingRequest['dataPathOf']> {
  const due = plan.filter((run) => !isSettled(run));
  const locations = new Map<string, string>();
  for (const name of new Set(due.map(nameReading))) {
    const ofKind = (runs: readonly PlannedRun[]): readonly PlannedRun[] => runs.filter((run) => nameReading(run) === name);
    const [first] = ofKind(due);
    if (first === undefined) continue;
    const kind = first.config.data.source;
    const source = await openCorpus({ ...screen, ...corpusOptionsOf(first.config.data), dataPath: data, allowSampleFallback: false });
    for (const tokenizer of new Set(ofKind(due).map(({ config }) => config.data.tokenizer))) {
      const reviews = await loadTokenizedCorpus(source, { ...screen, tokenizer });
      ofKind(plan).forEach((run) => {
        checkSame(run, reviews);
      });
      checkEnough(ofKind(due), reviews, needs);
      renderNotes(source, reviews.notes).forEach(screen.onWarning);
    }
    if (!isBuiltIn(kind)) locations.set(kind, source.location);
  }
  screen.bar.clear();
  return ({ config }) => locations.get(config.data.source);
}

/** The same for a dry run, which downloads nothing. @throws UserError as checkReviews */
export async function tryReviews(
  plan: readonly PlannedRun[], data: string | undefined, screen: Screen, needs: ReviewNeeds,
): Promise<void> {
  const isHere = ({ config }: PlannedRun): boolean => config.data.source !== 'imdb' || data !== undefined || findLocalData() !== null;
  await checkReviews(plan.filter(isHere), data, screen, needs);
  if (plan.every(isHere)) return;
  screen.onWarning('IMDB is not here yet: whether its reviews are enough for each run shows once it is downloaded');
}

/** Holds a config's limits and its held-out share to the reviews, and its training to their classes. */
function checkEnough(
  runs: readonly PlannedRun[], reviews: TokenizedCorpus, { placeOf = nameRun, needsValidation = false }: ReviewNeeds,
): void {
  const distinct = new Map(runs.map((run) => [JSON.stringify({ ...run.config, seed: 0 }), run]));
  const holdsOut = new Map<string, boolean | UserError>(); // by what is selected, which most runs share
  tryAll([...distinct.values()], ({ config }) => {
    const { limit, trainLimit, splitSeed, validationFraction } = config.data;
    const selection = JSON.stringify([limit, trainLimit, splitSeed, validationFraction]);
    const hasValidation = holdsOut.get(selection) ?? trySelection(reviews, config.data);
    holdsOut.set(selection, hasValidation);
    if (hasValidation instanceof UserError) throw hasValidation;
    const problem = findDataProblem(config, { classes: reviews.classes.length, hasValidation });
    if (problem !== null) throw new UserError(problem);
    if (needsValidation && !hasValidation) throw new UserError('a search judges by validation, and these reviews have no such part');
  }, { nameOf: ({ name }) => name, placeOf });
}

/** @returns whether there is a validation part, or why the reviews are not enough */
function trySelection(reviews: TokenizedCorpus, data: DataConfig): boolean | UserError {
  try {
    return selectRows(reviews, data).validation.length > 0;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function nameRun({ configName }: PlannedRun, line: string): PlacedProblem {
  return { place: basename(configName), text: line };
}

/** Equal for runs that read the same reviews, whatever they make of them. */
function nameReading({ config: { data } }: PlannedRun): string {
  return JSON.stringify([data.source, tableOptionsOf(data), data.distance]);
}

function checkSame({ folder, stored }: PlannedRun, reviews: ReviewsIdentity): void {
  const before = stored?.environment.dataset;
  if (before === undefined || areSameReviews(before, reviews)) return;
  throw new UserError(
    `${displayPath(folder.path)} was trained on other reviews: ${describeOtherReviews(before, reviews)}; name the same data with --data, `
      + describeWaysOut(dirname(folder.path)),
  );
}

/** Where it cannot be built, each training says so and takes the portable engine. */
async function prepareEngine(screen: Screen): Promise<void> {
  try {
    await setUpEngine(screen);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}
