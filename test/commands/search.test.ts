import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { loadExperiment } from '../../src/experiment/load.ts';
import { createWorkFolder, finished, startCli } from '../support/cli.ts';

const search = `question: q
base: gru
set:
  {data.source: sample, data.limit: 100, data.maxLength: 12, model.embeddingSize: 4, model.layers: 1, training.batchSize: 8}
search:
  trials: 4
  budget: {minEpochs: 1, maxEpochs: 2, factor: 2}
  space: {training.learningRate: {min: 1e-3, max: 1e-1, scale: log}, model.hiddenSize: {min: 2, max: 4}}
`;

it('a search that is stopped goes on with the same trials, trains none again, and ends with a winner', async () => {
  const cwd = createWorkFolder(), file = join(cwd, 'tiny.yaml');
  writeFileSync(file, search);
  const runIn = (name: string): string => join(cwd, 'experiments/tiny', name);
  const start = (): ReturnType<typeof startCli> => startCli(cwd, 'study', '--config', file, '--format', 'json');
  const first = start(), ended = finished(first);
  while (!existsSync(join(runIn('trial-0002-seed1'), 'config.yaml'))) await sleep(20);
  first.kill('SIGINT');
  const { status, stderr } = await ended;
  expect(stderr).toMatch(/Stopped\. To go on: .*study/);
  expect(status).toBe(130);
  const before = statSync(join(runIn('trial-0001-seed1'), 'environment.json')).mtimeMs;
  const { status: end, stdout, stderr: said } = await finished(start());
  expect(end).toBe(0);
  expect(said).toMatch(/^run \d+ of \d+: .*trial-0004-seed1$/m);
  expect(statSync(join(runIn('trial-0001-seed1'), 'environment.json')).mtimeMs).toBe(before);
  const { winner, reached, trials, isComplete } = JSON.parse(stdout) as {
    winner: { train: string }; reached: number[]; isComplete: boolean; trials: { run: string; epochs: number }[];
  };
  expect([reached[0], isComplete, trials.length]).toEqual([4, true, 4]);
  expect(reached[1]).toBeGreaterThanOrEqual(2);
  expect(winner.train).toContain('training.epochs=2');
  for (const { run, epochs } of trials) expect(loadExperiment(runIn(run)).epochs).toHaveLength(epochs);
  const { stdout: again } = await finished(startCli(cwd, 'study', '--from', 'experiments/tiny', '--format', 'json'));
  expect(again).toBe(stdout);
  expect(readFileSync(join(cwd, 'experiments/tiny/search.json'), 'utf8')).toContain('trial-0004');
});
