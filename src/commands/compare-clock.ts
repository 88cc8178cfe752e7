import { computeMean } from '../measure/averages.ts';
import { readClockSeconds } from '../measure/clock.ts';

/** A run as far as the time it takes goes. */
export interface TimedRun {
  /** Runs of one config take about as long. */
  readonly configName: string;
  readonly epochs: number;
  /** Of an epoch, in a unit that all runs share: what is not known of one config yet is estimated from the others by it. */
  readonly work: number;
}

/** Estimates when a comparison ends, from the epochs seen so far, evaluation and all. */
export interface ComparisonClock {
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
export function createComparisonClock(now: () => number = readClockSeconds): ComparisonClock {
  const seen = new Map<string, { readonly work: number; readonly seconds: readonly number[] }>();
  let current: Current = { configName: '', epochs: 0, work: 0, epochsDone: 0, share: 0, since: null, isWhole: true };

  const extrapolate = ({ since, share }: Current): number =>
    since === null || share <= since.share ? Number.NaN : (now() - since.time) / (share - since.share);
  const secondsPerEpoch = ({ configName, work }: TimedRun): number => {
    const own = seen.get(configName);
    if (own !== undefined) return computeMean(own.seconds);
    const here = extrapolate(current);
    if (configName === current.configName && !Number.isNaN(here)) return here;
    const rates = [...seen.values()].map((other) => computeMean(other.seconds) / other.work);
    return work * (rates.length === 0 ? here / current.work : computeMean(rates));
  };
  return {
    begin(run, epochsDone) {
      current = { ...run, epochsDone: epochsDone ?? 0, share: 0, since: null, isWhole: epochsDone === null };
    },
    note(epochsDone, share) {
      const { configName, work, since, isWhole } = current;
      const isNext = epochsDone > current.epochsDone;
      // A run that goes on may have begun its epoch before: that epoch's time says nothing.
      if (isNext && isWhole && since !== null) seen.set(configName, { work, seconds: [...(seen.get(configName)?.seconds ?? []), now() - since.time] });
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
