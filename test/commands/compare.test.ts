import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import { acceptedData } from '../../src/typed-command.js';
import { loadExperiment, readSummary } from '../../src/experiment/load.ts';
import { sixModels, writeMadeRun } from '../experiment/made-runs.ts';
import type { MadeRun } from '../experiment/made-runs.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder, finished, startCli } from '../support/cli.ts';
import { fingerprintRun } from '../support/run-fingerprint.ts';

const tiny = [
  'data.source=sample',
  'data.limit=40',
  'data.maxLength=12',
  'model.embeddingSize=4',
  'model.hiddenSize=3',
  'training.batchSize=8',
].map((key) => `--set=${key}`);
const compareTiny = (configs: string, epochs: number, ...more: string[]): string[] => [
  'compare',
  '--configs',
  configs,
  '--seeds',
  '1',
  ...tiny,
  `--set=training.epochs=${epochs}`,
  ...more,
];
const runIn = (cwd: string, name: string): string => join(cwd, 'experiments/comparison', name);

/** The process that trains in a folder, once it has done some epochs. */
async function findTrainer(folder: string, epochs: number): Promise<number> {
  for (;;) {
    const metrics = join(folder, 'metrics.jsonl'), lock = join(folder, 'lock');
    if (existsSync(metrics) && existsSync(lock) && readFileSync(metrics, 'utf8').split('\n').length > epochs) {
      return (JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }).pid;
    }
    await sleep(20);
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('compare', () => {
  it('marks a training that is killed and goes on; started again, it does only what is missing', async () => {
    const cwd = createWorkFolder();
    const first = startCli(cwd, ...compareTiny('gru,rnn', 16));
    const ended = finished(first);
    process.kill(await findTrainer(runIn(cwd, 'gru-seed1'), 1), 'SIGKILL');
    const { status, stdout, stderr } = await ended;
    expect(status).toBe(1);
    const reason = 'killed by SIGKILL, as the system does when memory runs out';
    expect(stderr).toContain(`gru-seed1: failed: ${reason}\n`);
    expect(stderr).toMatch(/^run 2 of 2: experiments\/comparison\/rnn-seed1$/m);
    expect(stdout).toMatch(/^GRU +\(failed: 1\) +failed /m);
    expect(stdout).toContain(`· GRU, seed 1: failed after`);
    expect(readSummary(runIn(cwd, 'gru-seed1'))).toMatchObject({ status: 'failed', failure: reason });
    expect(existsSync(join(runIn(cwd, 'gru-seed1'), 'lock'))).toBe(false);

    const before = statSync(join(runIn(cwd, 'rnn-seed1'), 'summary.json')).mtimeMs;
    const again = await callCli(cwd, ...compareTiny('gru,rnn', 16, '--format', 'json', '--out', 'table.md', '--out', 'table.csv'));
    expect(again.status).toBe(0);
    expect(again.stderr).toMatch(/^run 1 of 1: experiments\/comparison\/gru-seed1, after \d+ epochs?$/m);
    expect(statSync(join(runIn(cwd, 'rnn-seed1'), 'summary.json')).mtimeMs).toBe(before);
    const { tables } = JSON.parse(again.stdout) as { tables: { rows: { model: string; seeds: number[] }[] }[] };
    expect(tables.flatMap(({ rows }) => rows).map(({ model, seeds }) => [model, seeds])).toEqual([['GRU', [1]], ['RNN', [1]]]);
    expect(readFileSync(join(cwd, 'table.md'), 'utf8')).toMatch(/^\| GRU \| 1 \| /m);
    expect(readFileSync(join(cwd, 'table.csv'), 'utf8')).toMatch(/^GRU,,1,1,completed,true,/m);

    const alone = await callCli(cwd, 'train', '--config', 'gru', ...tiny, '--set=training.epochs=16', '--name', 'alone', '--quiet');
    expect(alone.status).toBe(0);
    expect(fingerprintRun(runIn(cwd, 'gru-seed1'))).toEqual(fingerprintRun(join(cwd, 'experiments/alone')));
  });

  it('lets the current run keep what it has at the first Ctrl-C, says what to type, and goes on from there', async () => {
    const cwd = createWorkFolder();
    const child = startCli(cwd, ...compareTiny('rnn,gru', 5000));
    const ended = finished(child);
    const pid = await findTrainer(runIn(cwd, 'rnn-seed1'), 2);
    child.kill('SIGINT');
    const { status, stdout, stderr } = await ended;
    expect(status).toBe(130);
    expect(isAlive(pid)).toBe(false);
    expect(stderr).toContain('gatelab: stopping after this step; once more to stop at once\n');
    expect(stderr).toMatch(/^rnn-seed1: interrupted after \d+ epochs in /m);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      `gatelab: Stopped with 0 of 2 runs complete. To go on: gatelab compare ${compareTiny('rnn,gru', 5000).slice(1).join(' ')}`,
    );
    expect(stdout).toBe(''); // a table of what is complete, and nothing is
    const { epochs } = readSummary(runIn(cwd, 'rnn-seed1'));
    const again = startCli(cwd, ...compareTiny('rnn,gru', 5000));
    const stopped = finished(again);
    await findTrainer(runIn(cwd, 'rnn-seed1'), epochs + 1);
    again.kill('SIGTERM');
    expect(await stopped).toMatchObject({
      status: 143,
      stderr: expect.stringContaining(`run 1 of 2: experiments/comparison/rnn-seed1, after ${epochs} epochs\n`) as string,
    });
  });

  it('ends with its training at once at the second Ctrl-C, and the training ends by itself when its parent is killed', async () => {
    const cwd = createWorkFolder();
    const twice = startCli(cwd, ...compareTiny('rnn', 100_000));
    const ended = finished(twice);
    const pid = await findTrainer(runIn(cwd, 'rnn-seed1'), 2);
    twice.kill('SIGINT');
    twice.kill('SIGTERM');
    expect([130, 143]).toContain((await ended).status);
    await expect.poll(() => isAlive(pid), { timeout: 200_000 }).toBe(false);

    const killed = startCli(cwd, ...compareTiny('gru', 100_000));
    const gone = finished(killed);
    const orphan = await findTrainer(runIn(cwd, 'gru-seed1'), 2);
    killed.kill('SIGKILL');
    await gone;
    await expect.poll(() => isAlive(orphan), { timeout: 200_000 }).toBe(false);
    expect(readSummary(runIn(cwd, 'gru-seed1')).status).toBe('interrupted');
  });

  it('marks a run whose folder cannot be made, and goes on with the others', async () => {
    const cwd = createWorkFolder();
    mkdirSync(join(cwd, 'experiments/comparison'), { recursive: true });
    writeFileSync(join(cwd, 'experiments/comparison/gru-seed1'), 'a file');
    const { status, stdout, stderr } = await callCli(cwd, ...compareTiny('gru,rnn', 1));
    expect(status).toBe(1);
    const reason = 'failed: experiments/comparison/gru-seed1: is a file, not a folder; move it away';
    expect(stderr).toContain(`gru-seed1: ${reason}\nrun 2 of 2: `);
    expect(stderr).toContain(`gatelab: experiments/comparison/gru-seed1 is not in the table: ${reason}\n`);
    expect(stdout).toMatch(/^RNN +/m);
    expect(readSummary(runIn(cwd, 'rnn-seed1')).status).toBe('completed');
  });

  it('makes the table again from folders, without training', async () => {
    const cwd = createWorkFolder();
    const write = (name: string, run: MadeRun): string => writeMadeRun(join(cwd, name), run);
    const inFolder = join(cwd, 'runs');
    mkdirSync(inFolder);
    writeFileSync(join(inFolder, 'notes.txt'), '');
    for (const seed of [1, 2, 10]) write(`runs/gru-${seed}`, { ...sixModels[4], seed, predictions: 20 });
    write('lstm', { ...sixModels[2], predictions: 20 });
    const { status, stdout, stderr } = await callCli(cwd, 'compare', '--from', 'runs', 'lstm', '--format', 'csv');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n').map((line) => line.split(',completed')[0])).toEqual([
      expect.stringMatching(/^model,/),
      'LSTM,,1,1',
      'GRU,,"1, 2, 10",3',
      '',
    ]);
    expect(readdirSync(cwd).sort()).toEqual(['lstm', 'runs']);
  });

  it.each<[string[], number, string]>([
    [['--from', '.', '--seeds', '1'], 2, '--from trains nothing, so it takes no --seeds; omit one of the two'],
    [['--seeds', '1,2', '--seeds', '1'], 2, '--seeds names 1 twice'],
    [
      ['--configs', 'lstn'],
      1,
      '--config: no such file: looked for lstn, CONFIGS/lstn, lstn.yaml and CONFIGS/lstn.yaml; did you mean lstm.yaml?',
    ],
    [['--data', 'nowhere.tar.gz'], 1, `nowhere.tar.gz: no such file or folder; --data takes ${acceptedData}`],
    [['--into', 'file', '--set', 'data.source=sample'], 1, 'file: is a file, not a folder; move it away'],
  ])('%j ends in one line, and nothing is trained', async (args, status, line) => {
    const cwd = createWorkFolder();
    writeFileSync(join(cwd, 'file'), '');
    const result = await callCli(cwd, 'compare', ...args);
    expect(result.stderr.replaceAll(join(import.meta.dirname, '../../configs'), 'CONFIGS').split('\n')).toEqual([`gatelab: ${line}`, '']);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(existsSync(join(cwd, 'experiments'))).toBe(false);
  });

  it('refuses a run whose folder was begun with another config, or with other reviews, before anything is trained', async () => {
    const cwd = createWorkFolder();
    mkdirSync(join(cwd, 'runs'));
    writeMadeRun(join(cwd, 'runs/gru-seed1'), { model: { cell: 'gru', hiddenSize: 64 } });
    writeMadeRun(join(cwd, 'runs/rnn-seed1'), { model: { cell: 'rnn' }, ending: { status: 'interrupted' } });
    const refuse = async (...args: string[]): Promise<string> =>
      (await callCli(cwd, 'compare', '--into', 'runs', '--seeds', '1', ...args)).stderr;
    expect(await refuse('--configs', 'rnn,gru')).toBe(
      'gatelab: runs/gru-seed1 cannot go on with another config: model.hiddenSize is 64 there and 128 here; keep the new runs in another '
        + 'folder with --into, or rename or remove runs\n',
    );
    writeFileSync(
      join(cwd, 'reviews.csv'),
      `review,sentiment\n${Array.from({ length: 8 }, (_, row) => `text ${row},${row % 2 === 0 ? 'positive' : 'negative'}\n`).join('')}`,
    );
    expect(await refuse('--configs', 'rnn', '--data', 'reviews.csv')).toMatch(
      /^gatelab: runs\/rnn-seed1 was trained on other reviews: SHA-256 abc… there and [0-9a-f]{12}… here; name the same data with --data, keep the new runs in another folder with --into, or rename or remove runs\n$/,
    );
    expect(loadExperiment(join(cwd, 'runs/rnn-seed1')).summary.status).toBe('interrupted');
  });
});
