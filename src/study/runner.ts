import { dirname, join } from 'node:path';

import { kindOf } from '../files/paths.ts';
import { UserError } from '../errors.ts';
import { isFinished } from '../experiment/continuation.ts';
import { describeUnknownCommit, readGitState } from '../experiment/environment.ts';
import { createRoot, ensureExperimentFolder, withExperimentLock } from '../experiment/folder.ts';
import type { ExperimentFolder } from '../experiment/folder.ts';
import { readSummary } from '../experiment/load.ts';
import type { Summary } from '../experiment/records.ts';
import type { Screen } from '../terminal/screen.ts';
import { isSettled } from './plan.ts';
import type { PlannedRun, RunEnd } from './plan.ts';
import { startTraining } from './process.ts';
import type { ProcessEnd } from './process.ts';
import { createOverview } from './progress.ts';
import type { OverviewOptions, ShownRun } from './progress.ts';
import { catchStopSignals, isStopCode } from './stop-signals.ts';
import { createExperimentWriter } from '../experiment/writer.ts';

export interface TrainingRequest {
  /** Where the reviews of a config's `data.source` are; none for those built in. */
  readonly dataPathOf: (run: PlannedRun) => string | undefined;
  /** Of each training; all cores where it is not given. */
  readonly threads: number | undefined;
  /** Trainings side by side. */
  readonly jobs: number;
}

export interface RunsEnd {
  readonly ends: readonly RunEnd[];
  /** As of catchStopSignals. */
  readonly stopCode: number | null;
}

/** Runs to be trained, of which the next may depend on what became of those before. */
export interface RunQueue {
  /** @returns null when there is none left, or none before one under way ends */
  next(): PlannedRun | null;
  /** Takes note of what became of one that `next` gave. */
  end(end: RunEnd): void;
  /** Those expected after the ones that `next` gave. */
  later(): readonly PlannedRun[];
}

/** Trains what is not settled, as trainQueue. */
export async function trainRuns(plan: readonly PlannedRun[], request: TrainingRequest, screen: Screen): Promise<RunsEnd> {
  const due = plan.filter((run) => !isSettled(run));
  for (const root of new Set(due.map(({ folder }) => dirname(folder.path)))) createRoot(root); // without it no run can be kept
  let begun = 0;
  const { ends, stopCode } = due.length === 0 ? { ends: [], stopCode: null }
    : await trainQueue({ next: () => due[begun++] ?? null, end: () => undefined, later: () => due.slice(begun) }, request, screen);
  const trained = new Map(ends.map((end) => [end.run, end]));
  return { ends: plan.map((run) => trained.get(run) ?? describeUntrained(run)), stopCode };
}

/**
 * Trains runs side by side, as many as there are jobs, each in a process of its own. One that fails is marked, and the rest go on.
 * The first Ctrl-C lets those under way keep what they have, and begins no other; the second ends all processes at once.
 */
export async function trainQueue(queue: RunQueue, request: TrainingRequest, screen: Screen, view?: OverviewOptions): Promise<RunsEnd> {
  const unknownCommit = describeUnknownCommit(readGitState());
  if (unknownCommit !== null) screen.onWarning(unknownCommit);
  const overview = createOverview(screen, request.jobs, view);
  const underWay = new Set<Promise<void>>(), stops = new Set<() => void>(), ends: RunEnd[] = [];
  const signals = catchStopSignals(() => {
    screen.onWarning(`stopping after this step${underWay.size > 1 ? ' of each run' : ''}; once more to stop at once`);
    for (const stop of stops) stop();
  });
  const begin = (run: PlannedRun): void => {
    const shown = overview.begin(run, queue.later());
    const training = trainInItsFolder(run, request, shown, stops, signals.isStopRequested).then((end) => {
      underWay.delete(training);
      ends.push(end);
      queue.end(end);
      shown.end(end);
    });
    underWay.add(training);
  };
  const fill = (): void => {
    while (underWay.size < request.jobs && !signals.isStopRequested()) {
      const run = queue.next();
      if (run === null) {
        overview.wait(queue.later());
        return;
      }
      begin(run);
    }
  };
  fill();
  while (underWay.size > 0) {
    await Promise.race(underWay);
    fill();
  }
  screen.bar.clear();
  signals.release();
  return { ends, stopCode: signals.exitCode() };
}

async function trainInItsFolder(
  run: PlannedRun, request: TrainingRequest, shown: ShownRun, stops: Set<() => void>, isStopped: () => boolean,
): Promise<RunEnd> {
  try {
    ensureExperimentFolder(run.folder);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { run, status: 'failed', reason: error.message };
  }
  const { ended, stop } = startTraining(trainArguments(run, request), { onProgress: shown.note, onLine: shown.say });
  stops.add(stop);
  const how = await ended;
  stops.delete(stop);
  return concludeRun(run, how, isStopped());
}

function trainArguments(run: PlannedRun, { dataPathOf, threads }: TrainingRequest): string[] {
  const data = dataPathOf(run);
  return [
    `--resume=${run.folder.path}`, `--config=${run.configName}`, ...run.set.map((key) => `--set=${key}`), '--quiet',
    ...(data === undefined ? [] : [`--data=${data}`]), ...(threads === undefined ? [] : [`--threads=${threads}`]),
  ];
}

/** By how the process ended; what it could not write itself is written for it. */
async function concludeRun(run: PlannedRun, { exitCode, reason }: ProcessEnd, isStopped: boolean): Promise<RunEnd> {
  const summary = readSummaryIfThere(run);
  if (exitCode === 0 && summary !== null) return { run, status: summary.status, reason: null };
  if (exitCode === 1 && summary?.status === 'diverged') return { run, status: 'diverged', reason: null };
  if (isStopped || isStopCode(exitCode)) {
    return { run, status: describeStopped(run, summary), reason: null };
  }
  if (summary?.failure !== reason) await markFailed(run.folder, reason);
  return { run, status: 'failed', reason };
}

/** The signal may have come when all was done. */
function describeStopped({ config }: PlannedRun, summary: Summary | null): RunEnd['status'] {
  if (summary === null) return 'not begun';
  return isFinished({ summary }, config) ? 'completed' : 'interrupted';
}

function readSummaryIfThere({ folder }: PlannedRun): Summary | null {
  return kindOf(join(folder.path, 'summary.json')) === 'file' ? readSummary(folder.path) : null;
}

function describeUntrained(run: PlannedRun): RunEnd {
  return { run, status: run.stored?.summary?.status ?? (isSettled(run) ? 'completed' : 'not begun'), reason: null };
}

/**
 * Says in a run's summary that it failed, for a process that died before it could. What it kept stays, so it can go on.
 * Leaves a folder alone that has no summary yet, or that another process is writing.
 */
export async function markFailed(folder: ExperimentFolder, reason: string): Promise<void> {
  try {
    await withExperimentLock(folder, () => undefined, () => {
      if (kindOf(join(folder.path, 'summary.json')) === 'file') {
        const summary = readSummary(folder.path);
        createExperimentWriter(folder, summary).writeSummary({ ...summary, status: 'failed', failure: reason });
      }
      return Promise.resolve();
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error; // the reason is shown in any case
  }
}
