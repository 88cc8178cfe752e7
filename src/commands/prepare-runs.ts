import { dirname } from 'node:path';
import { renderNotes } from '../data/findings.ts';
import { corpusOptionsOf, openCorpus } from '../data/open-corpus.ts';
import { isBuiltIn } from '../data/settings.ts';
import { tableOptionsOf } from '../data/table/options.ts';
import { loadTokenizedCorpus } from '../data/token-cache.ts';
import { setUpEngine } from '../engine/setup.ts';
import { UserError } from '../errors.ts';
import { areSameReviews, describeOtherReviews, type ReviewsIdentity } from '../experiment/same-reviews.ts';
import { displayPath } from '../files/paths.ts';
import { describeWaysOut, isSettled } from '../study/plan.ts';
import type { PlannedRun } from '../study/plan.ts';
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
 * Reads and encodes the reviews and builds the engine once, so that each training starts at once.
 * @throws UserError when they are not there, or a run that is there was trained on others
 */
export async function prepareRuns(plan: readonly PlannedRun[], options: RunOptions, screen: Screen): Promise<TrainingRequest> {
  const request = { ...shareOut(options), dataPathOf: await prepareData(plan, options.data, screen) };
  warnOfMemory(plan, request, screen);
  return request;
}

/** Says so where runs side by side take more memory than is free. */
export function warnOfMemory(plan: readonly PlannedRun[], { jobs }: Pick<TrainingRequest, 'jobs'>, { onWarning }: Screen): void {
  const excess = describeExcess(plan, jobs);
  if (excess !== null) onWarning(excess);
}

/** @returns where the reviews of a run are */
async function prepareData(
  plan: readonly PlannedRun[], data: string | undefined, screen: Screen,
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
        checkReviews(run, reviews);
      });
      renderNotes(source, reviews.notes).forEach(screen.onWarning);
    }
    if (!isBuiltIn(kind)) locations.set(kind, source.location);
  }
  if (due.length > 0) await prepareEngine(screen);
  screen.bar.clear();
  return ({ config }) => locations.get(config.data.source);
}

/** Equal for runs that read the same reviews, whatever they make of them. */
function nameReading({ config: { data } }: PlannedRun): string {
  return JSON.stringify([data.source, tableOptionsOf(data), data.distance]);
}

function checkReviews({ folder, stored }: PlannedRun, reviews: ReviewsIdentity): void {
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
