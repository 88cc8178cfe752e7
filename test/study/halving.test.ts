import { describe, expect, it } from 'vitest';
import { chooseJob, forecastJobs, listRungs } from '../../src/study/halving.ts';
import type { HalvingPlan, Job, Score } from '../../src/study/halving.ts';
import { createRandomStream } from '../../src/random.ts';

/** All jobs of a search, one after the other. @param accuracyOf of a trial at a rung; null where it diverges */
function runSearch(plan: HalvingPlan, accuracyOf: (trial: number, rung: number) => number | null): { jobs: Job[]; scores: Score[][] } {
  const scores = Array.from({ length: plan.trials }, (): Score[] => []), jobs: Job[] = [];
  for (let job = chooseJob(scores, plan); job !== null; job = chooseJob(scores, plan)) {
    const accuracy = accuracyOf(job.trial, job.rung);
    jobs.push(job);
    scores[job.trial]?.push(accuracy === null ? null : { accuracy, loss: 1 - accuracy });
  }
  return { jobs, scores };
}

describe('chooseJob', () => {
  it('takes the order of the worked example of Li et al. (2020): nine trials, one worker, factor 3', () => {
    const better = new Map([[1, 0.6], [6, 0.7], [8, 0.8]]);
    const { jobs } = runSearch({ rungs: 3, factor: 3, trials: 9 }, (trial) => better.get(trial + 1) ?? 0.5 - trial / 100);
    expect(jobs.map(({ trial, rung }) => `${trial + 1}@${rung}`)).toEqual(
      ['1@0', '2@0', '3@0', '1@1', '4@0', '5@0', '6@0', '6@1', '7@0', '8@0', '8@1', '8@2', '9@0'],
    );
  });

  it('trains every trial once to each rung that it reaches, and as many go on as one in the factor', () => {
    const plan: HalvingPlan = { rungs: 4, factor: 3, trials: 81 }, random = createRandomStream({ seed: 1, purpose: 'sample' });
    const quality = Array.from({ length: plan.trials }, () => random.uniform());
    const { jobs, scores } = runSearch(plan, (trial, rung) => (quality[trial] ?? 0) + random.uniform() / 3 ** rung / 10);
    expect(new Set(jobs.map(({ trial, rung }) => `${trial}@${rung}`)).size).toBe(jobs.length);
    const reached = [0, 1, 2, 3].map((rung) => scores.filter((own) => own.length > rung).length);
    expect(reached[0]).toBe(81);
    for (const rung of [1, 2, 3]) expect(reached[rung]).toBeGreaterThanOrEqual(Math.floor((reached[rung - 1] ?? 0) / 3));
    const best = quality.indexOf(Math.max(...quality));
    expect(scores[best]).toHaveLength(4);
    const epochs = jobs.reduce((sum, { rung }) => sum + 3 ** rung - (rung === 0 ? 0 : 3 ** (rung - 1)), 0);
    expect(epochs).toBeLessThan((81 * 27) / 4);
  });

  it('never takes on a trial that diverged, and goes on after one that did later', () => {
    const diverges = (trial: number, rung: number): boolean => trial === 0 || (trial === 1 && rung === 1);
    const { jobs, scores } = runSearch({ rungs: 2, factor: 2, trials: 4 }, (trial, rung) => (diverges(trial, rung) ? null : 0.5));
    expect(jobs.filter(({ trial }) => trial === 0)).toHaveLength(1);
    expect(scores.map((own) => own.length)).toEqual([1, 2, 2, 1]);
  });

  it('breaks a tie of accuracies by the loss', () => {
    const scores: Score[][] = [[{ accuracy: 0.5, loss: 0.7 }], [{ accuracy: 0.5, loss: 0.6 }]];
    expect(chooseJob(scores, { rungs: 2, factor: 2, trials: 2 })).toEqual({ trial: 1, rung: 1 });
  });

  it('is a random search where there is one rung', () => {
    const { jobs } = runSearch({ rungs: 1, factor: 1, trials: 3 }, () => 0.5);
    expect(jobs.map(({ trial, rung }) => [trial, rung])).toEqual([[0, 0], [1, 0], [2, 0]]);
  });

  it('goes on with the same jobs wherever it was stopped, and forecasts no fewer than halving takes', () => {
    const plan: HalvingPlan = { rungs: 3, factor: 3, trials: 9 };
    expect(forecastJobs([], plan).map(({ rung }) => rung).toSorted()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2]);
  });
});

describe('a search with several workers', () => {
  const plan: HalvingPlan = { rungs: 4, factor: 3, trials: 60 };
  const name = ({ trial, rung }: Job): string => `${trial}@${rung}`;

  /** Workers whose jobs end in an order drawn by chance. @returns the jobs as they began */
  function runTogether(workers: number, seed: number, accuracyOf: (trial: number, rung: number) => number | null): Job[] {
    const random = createRandomStream({ seed, purpose: 'sample', index: 1 });
    const scores = Array.from({ length: plan.trials }, (): Score[] => []), underWay: Job[] = [], begun: Job[] = [];
    for (;;) {
      while (underWay.length < workers) {
        const job = chooseJob(scores, plan, underWay);
        if (job === null) break;
        underWay.push(job);
        begun.push(job);
      }
      const [ended] = underWay.splice(Math.floor(random.uniform() * underWay.length), 1);
      if (ended === undefined) return begun;
      const accuracy = accuracyOf(ended.trial, ended.rung);
      scores[ended.trial]?.push(accuracy === null ? null : { accuracy, loss: 1 - accuracy });
    }
  }

  it.each([1, 2, 3])('trains the same as one, whatever the order in which they finish: seed %d', (seed) => {
    const random = createRandomStream({ seed, purpose: 'sample' });
    const accuracies = Array.from({ length: plan.trials }, () => Array.from({ length: plan.rungs }, () => random.uniform()));
    const accuracyOf = (trial: number, rung: number): number | null => (trial % 7 === 3 ? null : accuracies[trial]?.[rung] ?? null);
    const alone = runSearch(plan, accuracyOf).jobs.map(name);
    expect(alone.length).toBeGreaterThan(plan.trials * 1.3);
    for (const workers of [2, 3, 8]) {
      const together = runTogether(workers, seed, accuracyOf).map(name);
      expect(together).not.toEqual(alone);
      expect(together.toSorted()).toEqual(alone.toSorted());
    }
  });

  it('takes what is certain while a slow one holds back what is decided after it', () => {
    const good = { accuracy: 0.9, loss: 0 }, bad = { accuracy: 0.1, loss: 1 }, slow = { trial: 0, rung: 0 };
    expect(chooseJob([[], [good], [bad]], { rungs: 2, factor: 2, trials: 4 }, [slow])).toEqual({ trial: 3, rung: 0 });
    expect(chooseJob([[], [good], [bad], [bad]], { rungs: 2, factor: 2, trials: 4 }, [slow])).toBeNull();
    expect(chooseJob([[bad], [good], [bad], [bad]], { rungs: 2, factor: 2, trials: 4 })).toEqual({ trial: 1, rung: 1 });
  });
});

it.each([
  [{ minEpochs: 1, maxEpochs: 9, factor: 3 }, [1, 3, 9]], [{ minEpochs: 1, maxEpochs: 10, factor: 3 }, [1, 3, 10]],
  [{ minEpochs: 2, maxEpochs: 10, factor: 3 }, [3, 10]], [{ minEpochs: 1, maxEpochs: 3, factor: 2 }, [2, 3]],
])('compares trials of %j after %j epochs', (budget, rungs) => {
  expect(listRungs(budget)).toEqual(rungs);
});
