/** How well a trial did within a rung's epochs, by validation alone; null of one that diverged or failed. */
export type Score = { readonly accuracy: number; readonly loss: number } | null;

/** Trials by number, each with its scores from the first rung to the last that it has reached. */
export type Scores = readonly (readonly Score[])[];

/** A trial to be trained to the end of a rung. */
export interface Job {
  readonly trial: number;
  readonly rung: number;
}

export interface HalvingPlan {
  readonly rungs: number;
  /** One in so many goes on from each rung to the next. */
  readonly factor: number;
  readonly trials: number;
}

/** Of a number divided several times. */
const ROUNDING = 1e-9;

/**
 * Epochs after which trials are compared, the last first divided by the factor: 1, 3, 9 for 1 to 9 by 3. None is below the least.
 * @returns rising, one at least
 */
export function listRungs({ minEpochs, maxEpochs, factor }: { minEpochs: number; maxEpochs: number; factor: number }): number[] {
  const rungs: number[] = [];
  for (let epochs = maxEpochs; epochs > minEpochs - ROUNDING; epochs /= factor) rungs.unshift(Math.round(epochs));
  return rungs;
}

/** The better first; of equals the one with the lower loss, then the earlier. */
function compareScores(a: Score, b: Score): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  return b.accuracy - a.accuracy || a.loss - b.loss;
}

/** A trial that has reached the end of a rung. */
interface Arrival {
  readonly trial: number;
  readonly score: Score;
}

/** Trials that go on from a rung, in order. @param arrivals in the order in which they reached it */
function promote(arrivals: readonly Arrival[], factor: number): number[] {
  const ranked: Arrival[] = [], promoted = new Set<number>();
  for (const arrival of arrivals) {
    const place = ranked.findIndex(({ score }) => compareScores(arrival.score, score) < 0);
    ranked.splice(place === -1 ? ranked.length : place, 0, arrival);
    for (const { trial, score } of ranked.slice(0, Math.floor(ranked.length / factor))) if (score !== null) promoted.add(trial);
  }
  return [...promoted];
}

/**
 * The jobs that are certain and not done, by successive halving as one worker does it asynchronously (Li et al. 2020, "A system for
 * massively parallel hyperparameter tuning", algorithm 2): whenever a trial has reached a rung, those in the upper 1/factor of what has
 * reached it go on. What reaches a rung, and in which order, follows from the scores of the rung below in the order in which they were
 * reached there, and from nothing else. So the jobs are the same whoever finishes first: with several workers, a trial that is slow holds
 * back what is decided after it, and workers take what is certain in the meantime.
 * @param guess of a job whose score is not there; without it nothing is decided after that job
 * @returns those of the highest rung first
 */
function listDue(scores: Scores, { rungs, factor, trials }: HalvingPlan, guess?: (trial: number) => Score): Job[] {
  const due: Job[][] = [];
  let reached = Array.from({ length: trials }, (_, trial) => trial);
  for (let rung = 0; rung < rungs; rung++) {
    due.unshift(reached.filter((trial) => scores[trial]?.[rung] === undefined).map((trial) => ({ trial, rung })));
    const decided: Arrival[] = [];
    for (const trial of reached) {
      const own = scores[trial]?.[rung], score = own === undefined ? guess?.(trial) : own;
      if (score === undefined) break;
      decided.push({ trial, score });
    }
    reached = promote(decided, factor);
  }
  return due.flat();
}

/**
 * What to train next: the first job that is certain and not under way.
 * @returns null where there is none, or none before one under way ends
 */
export function chooseJob(scores: Scores, plan: HalvingPlan, underWay: readonly Job[] = []): Job | null {
  return listDue(scores, plan).find(({ trial, rung }) => !underWay.some((one) => one.trial === trial && one.rung === rung)) ?? null;
}

/** The jobs to come as far as they can be known, those under way too: as if all that is not known yet did worse than what is. */
export function forecastJobs(scores: Scores, plan: HalvingPlan): Job[] {
  return listDue(scores, plan, (trial) => ({ accuracy: -1, loss: trial }));
}
