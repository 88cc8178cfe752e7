import { computeMean } from '../measure/statistics.ts';
import { readClockSeconds } from '../measure/clock.ts';
import { computeMakespan } from './makespan.ts';

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
  begin(run: TimedRun, epochsDone: number | null): RunTimer;
  /** NaN while nothing is known. @param later the runs after those under way, with the epochs each has to go */
  secondsLeft(later: readonly TimedRun[]): number;
}

/** Of one run. */
export interface RunTimer {
  /** @param share of the current epoch's steps, 0 to 1 */
  readonly note: (epochsDone: number, share: number) => void;
  readonly end: () => void;
}

interface TimerState extends TimedRun {
  readonly epochsDone: number;
  readonly share: number;
  /** When the epoch's time is counted from, and the share done then; null before the first sign of the run. */
  readonly since: { readonly time: number; readonly share: number } | null;
  /** Whether the epoch began in this process. */
  readonly isWhole: boolean;
}

/**
 * @param jobs how many runs are under way at a time
 * @param now seconds, on a clock that never goes back
 */
export function createStudyClock(jobs: number, now: () => number = readClockSeconds): StudyClock {
  const seen = new Map<string, { readonly work: number; readonly seconds: readonly number[] }>();
  const underWay = new Map<RunTimer, TimerState>();

  /** Of an epoch, by how far the run is in the one that it is at. */
  const extrapolate = ({ since, share }: TimerState): number[] =>
    (since === null || share <= since.share ? [] : [(now() - since.time) / (share - since.share)]);
  const secondsPerEpoch = ({ name, work }: TimedRun): number => {
    const own = seen.get(name);
    if (own !== undefined) return computeMean(own.seconds);
    const states = [...underWay.values()].filter((state) => state.work > 0);
    const here = states.filter((state) => state.name === name).flatMap(extrapolate);
    if (here.length > 0) return computeMean(here);
    const rates = [...seen.values()].map((other) => computeMean(other.seconds) / other.work);
    const known = rates.length > 0 ? rates : states.flatMap((state) => extrapolate(state).map((seconds) => seconds / state.work));
    return known.length === 0 ? Number.NaN : work * computeMean(known);
  };
  return {
    begin(run, epochsDone) {
      const timer: RunTimer = {
        note: (done, share) => {
          const state = underWay.get(timer);
          if (state === undefined) return;
          const { name, work, since, isWhole } = state, isNext = done > state.epochsDone;
          // A run that goes on may have begun its epoch before: that epoch's time says nothing.
          if (isNext && isWhole && since !== null)
            seen.set(name, { work, seconds: [...(seen.get(name)?.seconds ?? []), now() - since.time] });
          underWay.set(timer, {
            ...state, epochsDone: done, share, isWhole: isWhole || isNext,
            // the time to start the process is no part of an epoch
            since: isNext ? { time: now(), share: 0 } : since ?? { time: now(), share },
          });
        },
        end: () => { underWay.delete(timer); },
      };
      underWay.set(timer, { ...run, epochsDone: epochsDone ?? 0, share: 0, since: null, isWhole: epochsDone === null });
      return timer;
    },
    secondsLeft(later) {
      const running = [...underWay.values()].filter(({ work }) => work > 0)
        .map((state) => (state.epochs - state.epochsDone - state.share) * secondsPerEpoch(state));
      return computeMakespan(running, later.filter(({ work }) => work > 0).map((run) => run.epochs * secondsPerEpoch(run)), jobs);
    },
  };
}
