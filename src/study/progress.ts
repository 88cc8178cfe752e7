import { computeMean } from '../measure/statistics.ts';
import { readClockSeconds } from '../measure/clock.ts';
import { displayPath } from '../files/paths.ts';
import { countEpochs, isNeural } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { printable } from '../files/escape.ts';
import { readSummary } from '../experiment/load.ts';
import { computeLayerCosts, sumCosts } from '../training/layer-costs.ts';
import { formatClock, formatPercent } from '../terminal/format.ts';
import type { Screen } from '../terminal/screen.ts';
import type { PlannedRun, RunEnd } from './plan.ts';
import type { RunProgress } from './process.ts';

/** A run as far as the time it takes goes. */
export interface TimedRun {
  /** Runs of one config take about as long. */
  readonly name: string;
  readonly epochs: number;
  /** Of an epoch, in a unit that all runs share: what is not known of one config yet is estimated from the others by it. */
  readonly work: number;
}

/** Estimates when a study ends, from the epochs seen so far, evaluation and all. */
export interface StudyClock {
  /** A run begins. @param epochsDone before; null for a new run */
  begin(run: TimedRun, epochsDone: number | null): void;
  /** @param share of the current epoch's steps, 0 to 1 */
  note(epochsDone: number, share: number): void;
  /** NaN while nothing is known. @param later the runs after the current one, with the epochs each has to go */
  secondsLeft(later: readonly TimedRun[]): number;
}

interface Current extends TimedRun {
  readonly epochsDone: number;
  readonly share: number;
  /** When the epoch's time is counted from, and the share done then; null before the first sign of the run. */
  readonly since: { readonly time: number; readonly share: number } | null;
  /** Whether the epoch began in this process. */
  readonly isWhole: boolean;
}

/** @param now seconds, on a clock that never goes back */
export function createStudyClock(now: () => number = readClockSeconds): StudyClock {
  const seen = new Map<string, { readonly work: number; readonly seconds: readonly number[] }>();
  let current: Current = { name: '', epochs: 0, work: 0, epochsDone: 0, share: 0, since: null, isWhole: true };

  const extrapolate = ({ since, share }: Current): number =>
    since === null || share <= since.share ? Number.NaN : (now() - since.time) / (share - since.share);
  const secondsPerEpoch = ({ name, work }: TimedRun): number => {
    const own = seen.get(name);
    if (own !== undefined) return computeMean(own.seconds);
    const here = extrapolate(current);
    if (name === current.name && !Number.isNaN(here)) return here;
    const rates = [...seen.values()].map((other) => computeMean(other.seconds) / other.work);
    return work * (rates.length === 0 ? here / current.work : computeMean(rates));
  };
  return {
    begin(run, epochsDone) {
      current = { ...run, epochsDone: epochsDone ?? 0, share: 0, since: null, isWhole: epochsDone === null };
    },
    note(epochsDone, share) {
      const { name, work, since, isWhole } = current;
      const isNext = epochsDone > current.epochsDone;
      // A run that goes on may have begun its epoch before: that epoch's time says nothing.
      if (isNext && isWhole && since !== null)
        seen.set(name, { work, seconds: [...(seen.get(name)?.seconds ?? []), now() - since.time] });
      current = {
        ...current, epochsDone, share, isWhole: isWhole || isNext,
        since: isNext ? { time: now(), share: 0 } : since ?? { time: now(), share }, // the time to start the process is no part of an epoch
      };
    },
    secondsLeft: (later) => {
      const here = (current.epochs - current.epochsDone - current.share) * secondsPerEpoch(current);
      return later.filter(({ work }) => work > 0).reduce((sum, run) => sum + run.epochs * secondsPerEpoch(run), here);
    },
  };
}

/** One view of all trainings: a bar over all epochs where there is a terminal, else a line an epoch; all on standard error. */
export interface Overview {
  begin(run: PlannedRun): void;
  note: (progress: RunProgress) => void;
  /** What a run's process has to say. */
  say(run: PlannedRun, line: string): void;
  end(end: RunEnd): void;
}

const toTimed = ({ name, config }: PlannedRun): TimedRun => ({ name, epochs: countEpochs(config), work: countWork(config) });
const epochsBefore = ({ stored }: PlannedRun): number => stored?.summary?.epochs ?? 0;

/** Share of a batch's tokens that are distinct in real reviews, roughly: the first layer reads these alone. */
const DISTINCT_SHARE = 0.2;

/** Tokens of the longest review that a config reads, near enough: texts of the memory task are all about as long. */
export function countTokens({ data: { source, distance, maxLength } }: AnyConfig): number {
  return source === 'recall' ? Math.max(1, distance) : maxLength;
}

/** Multiply-adds of training on a review of the greatest length; 0 of a baseline, which takes seconds. */
export function countWork(config: AnyConfig): number {
  if (!isNeural(config)) return 0;
  const tokens = countTokens(config);
  return sumCosts(computeLayerCosts(config, config.data.vocabularySize, { rows: 1, tokens, distinctTokens: DISTINCT_SHARE * tokens }))
    .trainingMultiplyAdds.exact;
}

/** @param runs those to be trained, in order */
export function createOverview(runs: readonly PlannedRun[], { bar, onWarning }: Screen): Overview {
  const clock = createStudyClock();
  const total = runs.reduce((sum, run) => sum + countEpochs(run.config), 0);
  let at = -1, before = 0, startedAt = 0;
  const print = (line: string): void => { bar.clear(); process.stderr.write(`${line}\n`); };
  const toGo = runs.map((run): TimedRun => ({ ...toTimed(run), epochs: countEpochs(run.config) - epochsBefore(run) }));
  const later = (): TimedRun[] => toGo.slice(at + 1);
  const draw = (run: PlannedRun, epochs: number, step: string): void => {
    const epoch = Math.min(Math.floor(epochs) + 1, countEpochs(run.config));
    bar.update({
      label: `run ${at + 1}/${runs.length}`, done: before + epochs, total, time: `${formatClock(clock.secondsLeft(later()))} left`,
      notes: [printable(run.folder.name), `epoch ${epoch}/${countEpochs(run.config)}`], extras: step === '' ? [] : [step],
    });
  };
  return {
    begin(run) {
      at += 1;
      startedAt = performance.now();
      clock.begin(toTimed(run), run.stored === null ? null : epochsBefore(run));
      if (bar.enabled) draw(run, epochsBefore(run), '');
      else {
        const done = run.stored === null ? '' : `, after ${describeEpochs(epochsBefore(run))}`;
        print(`run ${at + 1} of ${runs.length}: ${displayPath(run.folder.path)}${done}`);
      }
    },
    note({ epoch, step, steps, isEpochDone }) {
      const run = runs[at];
      if (run === undefined) return;
      const done = isEpochDone ? epoch : epoch - 1, share = steps === 0 ? 0 : step / steps;
      clock.note(done, share);
      if (bar.enabled) draw(run, done + share, steps === 0 ? '' : `step ${step}/${steps}`);
      else if (isEpochDone) print(`  epoch ${epoch}/${countEpochs(run.config)}  ${formatClock(clock.secondsLeft(later()))} left in all`);
    },
    say: (run, line) => { onWarning(`${printable(run.folder.name)}: ${printable(line, Infinity)}`); },
    end(end) {
      before += countEpochs(end.run.config);
      print(renderEnd(end, (performance.now() - startedAt) / 1000));
    },
  };
}

/** What became of a run, in a line. */
function renderEnd({ run, status, reason }: RunEnd, seconds: number): string {
  const name = printable(run.folder.name);
  if (status === 'failed') return `${name}: failed: ${printable(reason ?? 'unknown reason', Infinity)}`;
  if (status === 'not begun') return `${name}: stopped before it began`;
  const { epochs, testAccuracyAtBestValidation, bestTestAccuracy } = readSummary(run.folder.path);
  const accuracy = testAccuracyAtBestValidation ?? bestTestAccuracy;
  const shown = accuracy === null ? '' : `, ${formatPercent(accuracy)} of the test reviews right`;
  return `${name}: ${status} after ${describeEpochs(epochs)} in ${formatClock(seconds)}${shown}`;
}

function describeEpochs(count: number): string {
  return `${count} ${count === 1 ? 'epoch' : 'epochs'}`;
}
