import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readEnvironment, readSummary } from '../../src/experiment/load.ts';
import { createWorkFolder, finished, runCli, startCli } from '../support/cli.ts';
import { fingerprintRun } from '../support/run-fingerprint.ts';

const tiny = 'data.source: sample, data.limit: 100, data.maxLength: 12, model.embeddingSize: 4, model.layers: 1, training.batchSize: 8';
const study = `question: Which cell?
set: {${tiny}, training.epochs: 2, model.hiddenSize: 3}
grid: {config: [gru, rnn]}
seeds: [1]
`;
const search = `question: Which rate?
base: gru
set: {${tiny}}
search:
  trials: 3
  budget: {minEpochs: 1, maxEpochs: 2, factor: 2}
  space: {training.learningRate: {min: 1e-3, max: 1e-1, scale: log}, model.hiddenSize: {min: 2, max: 4}}
`;
const long = study.replace('training.epochs: 2', 'training.epochs: 5000').replace('seeds: [1]', 'seeds: [1, 2]');

function write(cwd: string, text: string): string {
  const file = join(cwd, 'own.yaml');
  writeFileSync(file, text);
  return file;
}

/** What each run of a folder computed. */
function fingerprints(folder: string): Record<string, unknown> {
  const runs = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'summary.json')));
  return Object.fromEntries(runs.map((name) => [name, fingerprintRun(join(folder, name))]));
}

describe('with --jobs 2', () => {
  it.each([['a study', study, 2], ['a search', search, 3]])('%s has the runs and the bits that it has with one', async (_, text, runs) => {
    const cwd = createWorkFolder(), file = write(cwd, text);
    const alone = await runCli(cwd, 'study', '--config', file, '--into', 'alone', '--format', 'json');
    const together = await runCli(cwd, 'study', '--config', file, '--into', 'together', '--format', 'json', '--jobs', '2');
    expect([alone.status, together.status]).toEqual([0, 0]);
    expect(Object.keys(fingerprints(join(cwd, 'alone')))).toHaveLength(runs);
    expect(fingerprints(join(cwd, 'together'))).toEqual(fingerprints(join(cwd, 'alone')));
    expect(together.stderr).toMatch(/^run 1 of .*\nrun 2 of /m); // which began before the first had ended
    expect(together.stderr).toMatch(/^ {2}[a-z0-9-]+-seed1: epoch 1\/\d {2}.* left in all$/m);
  });

  it('stops all after their steps at Ctrl-C, begins no other, and says what to type', async () => {
    const cwd = createWorkFolder(), file = write(cwd, long);
    const names = ['gru-seed1', 'rnn-seed1'], runIn = (name: string): string => join(cwd, 'experiments/own', name);
    const hasEpochs = (name: string): boolean => existsSync(join(runIn(name), 'metrics.jsonl'))
      && readFileSync(join(runIn(name), 'metrics.jsonl'), 'utf8').split('\n').length > 2;
    const child = startCli(cwd, 'study', '--config', file, '--jobs', '2'), ended = finished(child);
    while (!names.every(hasEpochs)) await sleep(20);
    child.kill('SIGINT');
    const { status, stderr } = await ended;
    expect(status).toBe(130);
    expect(stderr).toContain('gatelab: stopping after this step of each run; once more to stop at once\n');
    for (const name of names) {
      expect(stderr).toMatch(new RegExp(`^${name}: interrupted after \\d+ epochs in `, 'm'));
      expect(readSummary(runIn(name)).status).toBe('interrupted');
      expect([existsSync(join(runIn(name), 'lock')), readEnvironment(runIn(name)).threads]).toEqual([false, expect.any(Number)]);
    }
    expect(stderr).toMatch(/Stopped with 0 of 4 runs complete\. To go on: .*--jobs 2\n$/);
    expect(existsSync(runIn('gru-seed2'))).toBe(false);
  });

  it('marks a run that is killed, and loses none of the others', async () => {
    const cwd = createWorkFolder(), file = write(cwd, study.replace('training.epochs: 2', 'training.epochs: 40'));
    const lock = join(cwd, 'experiments/own/gru-seed1/lock'), metrics = join(cwd, 'experiments/own/gru-seed1/metrics.jsonl');
    const child = startCli(cwd, 'study', '--config', file, '--jobs', '2', '--format', 'json'), ended = finished(child);
    while (!existsSync(metrics) || readFileSync(metrics, 'utf8') === '') await sleep(20);
    process.kill((JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }).pid, 'SIGKILL');
    const { status, stdout, stderr } = await ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/^gru-seed1: failed: killed by SIGKILL/m);
    expect((JSON.parse(stdout) as { missing: string[] }).missing).toEqual(['gru-seed1']);
  });
});
