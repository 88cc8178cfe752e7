import { computeMean } from '../measure/averages.ts';

/** A run as far as the time it takes goes. */
export interface TimedRun {
  /** Runs of one config take about as long. */
  readonly configName: string;
  readonly epochs: number;
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

/** @param now seconds, on a clock that never goes back */
export function createComparisonClock(now: () => number = () => performance.now() / 1000): ComparisonClock {
  const seen = new Map<string, number[]>();
  let current: TimedRun = { configName: '', epochs: 0 };
  let done = 0, share = 0, epochStarted = now(), isWhole = true;

  const secondsPerEpoch = (configName: string): number => {
    const own = seen.get(configName);
    if (own !== undefined) return computeMean(own);
    if (configName === current.configName && share > 0) return (now() - epochStarted) / share;
    const others = [...seen.values()].map(computeMean);
    return others.length > 0 ? computeMean(others) : share > 0 ? (now() - epochStarted) / share : Number.NaN;
  };
  return {
    begin(run, epochsDone) {
      current = run;
      done = epochsDone ?? 0;
      isWhole = epochsDone === null;
      share = 0;
      epochStarted = now();
    },
    note(epochsDone, shareNow) {
      if (epochsDone > done) {
        // A run that goes on may have begun its epoch before: that epoch's time says nothing.
        if (isWhole) seen.set(current.configName, [...(seen.get(current.configName) ?? []), now() - epochStarted]);
        isWhole = true;
        epochStarted = now();
      }
      done = epochsDone;
      share = shareNow;
    },
    secondsLeft: (later) => {
      const here = (current.epochs - done - share) * secondsPerEpoch(current.configName);
      return later.reduce((sum, { configName, epochs }) => sum + epochs * secondsPerEpoch(configName), here);
    },
  };
}
