import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { loadExperiment } from '../../src/experiment/load.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder, finished, runCli, startCli, withoutAnnouncements } from '../support/cli.ts';

const quick = ['--set', 'data.limit=60', '--set', 'training.epochs=2', '--set', 'model.hiddenSize=4', '--set', 'data.maxLength=20'];
const sample = ['train', '--config', 'sample.yaml', ...quick];

afterEach(() => { vi.unstubAllEnvs(); });

describe('train', () => {
  it('trains, prints plain lines without a terminal, and fills an experiment folder', async () => {
    const cwd = createWorkFolder();
    const { status, stdout, stderr } = await runCli(cwd, ...sample);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    expect(stdout).toMatch(/^data +SYNTHETIC, not IMDB: 54 training, 6 validation, 60 test reviews/m);
    expect(
      stdout.match(
        /^epoch [12]\/2 {2}train [\d.]+ [\d.]+ % {2}validation [\d.]+ [\d.]+ % {2}test [\d.]+ [\d.]+ % {2}[\d.]+ s {2}[\d,]+ reviews\/s$/gm,
      ),
    ).toHaveLength(2);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`written to ${join('experiments', 'sample-1')}`);

    const folder = join(cwd, 'experiments', 'sample-1');
    expect(readdirSync(folder).sort()).toEqual([
      'calibration.json',
      'checkpoints',
      'config.yaml',
      'curves.svg',
      'environment.json',
      'log.jsonl',
      'metrics.csv',
      'metrics.jsonl',
      'predictions.csv.gz',
      'summary.json',
    ]);
    expect(readdirSync(join(folder, 'checkpoints')).sort()).toEqual([expect.stringMatching(/^best-[12]-0$/), 'last-1-0', 'last-2-0']);
    const { summary, epochs: records, environment } = loadExperiment(folder);
    expect(summary).toMatchObject({ status: 'completed', synthetic: true, dataset: 'sample', epochs: 2, seed: 1 });
    expect(records.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(environment.dataset).toMatchObject({ kind: 'sample', synthetic: true, counts: { train: 54, validation: 6, test: 60 } });
    expect(summary.peakRssBytes).toBeGreaterThan(summary.baselineRssBytes!);
    expect(summary.baselineRssBytes).toBeGreaterThan(50e6);
  });

  it('gives the same metrics, times aside, when trained again from the config it wrote', async () => {
    const cwd = createWorkFolder();
    await callCli(cwd, ...sample, '--name', 'first', '--quiet');
    await callCli(cwd, 'train', '--config', join('experiments', 'first', 'config.yaml'), '--name', 'second', '--quiet');
    const [first, second] = ['first', 'second'].map((name) => {
      const { epochs: records } = loadExperiment(join(cwd, 'experiments', name));
      return records.map((record) => ({ ...record, epochSeconds: 0, examplesPerSecond: 0, peakRssBytes: 0 }));
    });
    expect(second).toEqual(first);
    expect(first).toHaveLength(2);
    const configs = ['first', 'second'].map((name) => readFileSync(join(cwd, 'experiments', name, 'config.yaml'), 'utf8'));
    expect(parse(configs[1] ?? '')).toEqual(parse(configs[0] ?? ''));
  });

  it('prints nothing but the folder with --quiet', async () => {
    const cwd = createWorkFolder();
    expect(await callCli(cwd, ...sample, '--quiet', '--name', 'silent')).toEqual({
      status: 0,
      stdout: `${join('experiments', 'silent')}\n`,
      stderr: '',
    });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ...(['SIGUSR1', 'SIGUSR2'] as const).map((signal) => [signal, 128 + constants.signals[signal]] as const),
  ] as const)('finishes the step at %s, keeps what there is, and exits %i', async (signal, code) => {
    const cwd = createWorkFolder();
    const child = startCli(cwd, ...sample, '--set', 'training.epochs=5000', '--name', 'stopped');
    let sent = false;
    const {
      status,
      stdout: printed,
      stderr,
    } = await finished(child, (stdout) => {
      if (!sent && stdout.includes('epoch    2/5000')) {
        sent = true;
        child.kill(signal);
      }
    });
    expect(status).toBe(code);
    expect(withoutAnnouncements(stderr)).toBe('gatelab: stopping after this step; once more to stop at '
      + 'once\n'); // and not where the debugger listens
    expect(printed.trimEnd().split('\n').at(-1)).toBe('Stopped. To go on: gatelab train --resume experiments/stopped');
    expect(printed).toMatch(/^status +interrupted/m);
    const { summary, epochs: records } = loadExperiment(join(cwd, 'experiments', 'stopped'));
    expect(summary.status).toBe('interrupted');
    expect(records.length).toBeGreaterThanOrEqual(2);
    expect(summary.epochs).toBe(records.length);
    expect(existsSync(join(cwd, 'experiments', 'stopped', 'curves.svg'))).toBe(true);
  });

  it('reads the reviews before it fetches and builds an engine', async () => {
    const cwd = createWorkFolder();
    writeFileSync(join(cwd, 'bad.csv'), 'review,sentiment\nGood.,positive\nFine.,positive\n');
    vi.stubEnv('XDG_CACHE_HOME', cwd);
    vi.stubEnv('PATH', '');
    const train = async (data: string): Promise<string> =>
      (await runCli(cwd, 'train', '--config', 'gru.yaml', '--engine', 'native', '--data', data)).stderr;
    writeFileSync(
      join(cwd, 'good.csv'),
      `review,sentiment\n${Array.from({ length: 40 }, (_, i) => `a film like number `
        + `${i},${i % 2 === 0 ? 'positive' : 'negative'}\n`).join('')}`,
    );
    expect(await train('bad.csv')).toMatch(/^gatelab: bad\.csv: the column "sentiment" holds the one class "positive" [^\n]*\n$/);
    expect(await train('good.csv')).toMatch(/^gatelab: [^\n]*(missing|engine)[^\n]*\n$/);
    expect(await train('none.csv')).toMatch(/^gatelab: none.csv: no such file or folder; [^\n]*\n$/);
    expect((await runCli(cwd, 'train', '--config', 'nb-svm.yaml', '--data', 'bad.csv')).stderr).toMatch(/^gatelab: bad\.csv: the column /);
  });

  it('goes on to its end when nobody reads its output any more', async () => {
    const cwd = createWorkFolder();
    const child = startCli(cwd, ...sample, '--name', 'unread');
    const { status, stderr } = await finished(child, () => { child.stdout?.destroy(); });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(loadExperiment(join(cwd, 'experiments', 'unread')).summary.status).toBe('completed');
    expect(existsSync(join(cwd, 'experiments', 'unread', 'lock'))).toBe(false);
  });
});
