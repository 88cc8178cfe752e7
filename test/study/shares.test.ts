import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { planRuns } from '../../src/study/plan.ts';
import { describeExcess, divideThreads, estimateMemory } from '../../src/study/shares.ts';
import { writeMadeRun } from '../experiment/made-runs.ts';
import { makeTemporaryFolder } from '../experiment/temporary-folder.ts';
import { mkdirSync } from 'node:fs';

const into = join(makeTemporaryFolder(), 'runs');
const plan = (configs: string[]) => planRuns({ configs, seeds: [1, 2], set: ['training.epochs=9'], into });

it('divides the cores, one at least, unless it is told how many threads', () => {
  const cores = availableParallelism();
  expect([divideThreads(undefined, 1), divideThreads(3, 1), divideThreads(3, 2)]).toEqual([undefined, 3, 3]);
  expect([divideThreads(undefined, cores), divideThreads(undefined, 64 * cores)]).toEqual([1, 1]);
});

it('adds up the runs that take most, and says so in a line where they exceed what is free', () => {
  const [one, two] = [estimateMemory(plan(['gru', 'transformer', 'nb-svm']), 1, 0), estimateMemory(plan(['gru', 'transformer', 'nb-svm']), 2, 0)];
  expect(two).toBe(2 * one); // two Transformers
  expect(one).toBeGreaterThan(estimateMemory(plan(['gru']), 1, 0));
  expect(describeExcess(plan(['gru']), 2, 2 ** 20)).toMatch(/^2 runs side by side take about [\d.]+ .iB of memory, and 1 MiB is free; give fewer --jobs/);
  expect([describeExcess(plan(['gru']), 2, 2 ** 50), describeExcess(plan(['gru']), 1, 2 ** 20)]).toEqual([null, null]);
});

it('goes by what a run of the same config took', () => {
  mkdirSync(into);
  writeMadeRun(join(into, 'gru-seed1'), { model: { cell: 'gru' }, epochs: 2, training: { epochs: 9 }, ending: { status: 'interrupted' } });
  const [run] = plan(['gru']);
  expect(estimateMemory(plan(['gru']), 2, 0)).toBe(2 * (run?.stored?.summary?.peakRssBytes ?? Number.NaN));
});
