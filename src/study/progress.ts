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
  /** @param later those expected after it, in order */
  begin(run: PlannedRun, later: readonly PlannedRun[]): void;
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

export interface OverviewOptions {
  /** What a run that has ended reached, within a line; of a study its test accuracy. */
  readonly describeFigure: (run: PlannedRun) => string;
}

export function createOverview(
  { bar, onWarning }: Screen, { describeFigure }: OverviewOptions = { describeFigure: describeTestAccuracy },
): Overview {
  const clock = createStudyClock();
  let at = 0, before = 0, startedAt = 0, run: PlannedRun | null = null, later: readonly PlannedRun[] = [];
  const print = (line: string): void => { bar.clear(); process.stderr.write(`${line}\n`); };
  const toGo = (one: PlannedRun): TimedRun => ({ ...toTimed(one), epochs: countEpochs(one.config) - epochsBefore(one) });
  const left = (): string => formatClock(clock.secondsLeft(later.map(toGo)));
  const draw = ({ config, folder }: PlannedRun, epochs: number, step: string): void => {
    const epoch = Math.min(Math.floor(epochs) + 1, countEpochs(config));
    const total = later.reduce((sum, one) => sum + countEpochs(one.config), before + countEpochs(config));
    bar.update({
      label: `run ${at}/${at + later.length}`, done: before + epochs, total, time: `${left()} left`,
      notes: [printable(folder.name), `epoch ${epoch}/${countEpochs(config)}`], extras: step === '' ? [] : [step],
    });
  };
  return {
    begin(next, after) {
      at += 1;
      [run, later] = [next, after];
      startedAt = performance.now();
      clock.begin(toTimed(next), next.stored === null ? null : epochsBefore(next));
      if (bar.enabled) draw(next, epochsBefore(next), '');
      else {
        const done = next.stored === null ? '' : `, after ${describeEpochs(epochsBefore(next))}`;
        print(`run ${at} of ${at + later.length}: ${displayPath(next.folder.path)}${done}`);
      }
    },
    note({ epoch, step, steps, isEpochDone }) {
      if (run === null) return;
      const done = isEpochDone ? epoch : epoch - 1, share = steps === 0 ? 0 : step / steps;
      clock.note(done, share);
      if (bar.enabled) draw(run, done + share, steps === 0 ? '' : `step ${step}/${steps}`);
      else if (isEpochDone) print(`  epoch ${epoch}/${countEpochs(run.config)}  ${left()} left in all`);
    },
    say: ({ folder }, line) => { onWarning(`${printable(folder.name)}: ${printable(line, Infinity)}`); },
    end(end) {
      before += countEpochs(end.run.config);
      print(renderEnd(end, (performance.now() - startedAt) / 1000, describeFigure));
    },
  };
}

/** What became of a run, in a line. */
function renderEnd({ run, status, reason }: RunEnd, seconds: number, describeFigure: OverviewOptions['describeFigure']): string {
  const name = printable(run.folder.name);
  if (status === 'failed') return `${name}: failed: ${printable(reason ?? 'unknown reason', Infinity)}`;
  if (status === 'not begun') return `${name}: stopped before it began`;
  const figure = describeFigure(run);
  return `${name}: ${status} after ${describeEpochs(readSummary(run.folder.path).epochs)} in ${formatClock(seconds)}${
    figure === '' ? '' : `, ${figure}`}`;
}

function describeTestAccuracy({ folder }: PlannedRun): string {
  const { testAccuracyAtBestValidation, bestTestAccuracy } = readSummary(folder.path);
  const accuracy = testAccuracyAtBestValidation ?? bestTestAccuracy;
  return accuracy === null ? '' : `${formatPercent(accuracy)} of the test reviews right`;
}

function describeEpochs(count: number): string {
  return `${count} ${count === 1 ? 'epoch' : 'epochs'}`;
}
