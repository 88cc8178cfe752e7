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

/** Trials by their scores at a rung, the best first. */
export function rankTrials(scores: Scores, rung: number): { readonly trial: number; readonly score: Score }[] {
  return scores.flatMap((own, trial) => {
    const score = own[rung];
    return score === undefined ? [] : [{ trial, score }];
  }).sort((a, b) => compareScores(a.score, b.score));
}

/**
 * What to train next, by asynchronous successive halving (Li et al. 2020, "A system for massively parallel hyperparameter tuning",
 * algorithm 2): from the highest rung down, the best trial that is in the upper 1/factor of its rung and has not gone on; else a new
 * trial. It depends on nothing but the scores that are there, so that a search that was stopped goes on with the same trials.
 * @returns null when all trials are there and none is left to go on
 */
export function chooseJob(scores: Scores, { rungs, factor, trials }: HalvingPlan): Job | null {
  for (let rung = rungs - 2; rung >= 0; rung--) {
    const ranked = rankTrials(scores, rung);
    const next = ranked.slice(0, Math.floor(ranked.length / factor))
      .find(({ trial, score }) => score !== null && scores[trial]?.[rung + 1] === undefined);
    if (next !== undefined) return { trial: next.trial, rung: rung + 1 };
  }
  for (let trial = 0; trial < trials; trial++) if ((scores[trial]?.length ?? 0) === 0) return { trial, rung: 0 };
  return null;
}

/** The jobs to come as far as they can be known: as if all that is not known yet did worse than what is. */
export function forecastJobs(scores: Scores, plan: HalvingPlan): Job[] {
  const jobs: Job[] = [], known = Array.from({ length: plan.trials }, (_, trial) => [...(scores[trial] ?? [])]);
  for (let job = chooseJob(known, plan); job !== null; job = chooseJob(known, plan)) {
    jobs.push(job);
    known[job.trial]?.push({ accuracy: -1, loss: job.trial });
  }
  return jobs;
}
