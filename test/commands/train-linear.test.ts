import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadExperiment } from '../../src/experiment/load.ts';
import type { EpochRecord } from '../../src/experiment/records.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder, finished, startCli } from '../support/cli.ts';

const train = (config: string, name: string, ...more: string[]): string[] =>
  ['train', '--config', config, '--set', 'data.source=sample', '--name', name, ...more];

interface LogLine { readonly event: string; readonly strength?: number; readonly validationAccuracy?: number }

const readLog = (folder: string): LogLine[] =>
  readFileSync(join(folder, 'log.jsonl'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as LogLine);

const timeless = (record: EpochRecord): EpochRecord => ({ ...record, epochSeconds: 0, examplesPerSecond: 0, peakRssBytes: 0 });

describe.each([
  ['bag-of-words.yaml', 'bag', /^model {6}bag of words \(presence\), logistic regression$/m],
  ['nb-svm.yaml', 'nb', /^model {6}NB-SVM on words and pairs of words, smoothing 1, interpolation 0.25$/m],
])('a run of %s', (config, name, model) => {
  const cwd = createWorkFolder();
  const folder = join(cwd, 'experiments', name);
  let output: Awaited<ReturnType<typeof callCli>> | null = null;
  beforeAll(async () => { output = await callCli(cwd, ...train(config, name)); });

  it('prints a line for each value of C and fills an experiment folder like any other', () => {
    expect(output).toMatchObject({ status: 0, stderr: '' });
    expect(output?.stdout).toMatch(model);
    expect(output?.stdout.match(/^C [\d.]+ +validation [\d.]+ [\d.]+ % {2}gap [\d.e-]+ after \d+ passes? {2}[\d.]+ s$/gm)).toHaveLength(
      config === 'nb-svm.yaml' ? 5 : 6,
    );
    expect(readdirSync(folder).sort()).toEqual([
      'calibration.json',
      'checkpoints',
      'config.yaml',
      'environment.json',
      'log.jsonl',
      'metrics.csv',
      'metrics.jsonl',
      'predictions.csv.gz',
      'summary.json',
    ]);
    const { summary, epochs, environment } = loadExperiment(folder);
    expect(summary).toMatchObject({ status: 'completed', synthetic: true, epochs: 1, bestEpoch: 1, convergenceEpoch: 1, seed: 1 });
    expect(summary.parameters).toEqual({ total: summary.parameters.head, embedding: 0, recurrent: 0, head: summary.parameters.head });
    expect(summary.parameters.total).toBeGreaterThan(50);
    expect(epochs).toMatchObject([{ epoch: 1, testAccuracy: summary.testAccuracyAtBestValidation, learningRate: null }]);
    expect(environment).toMatchObject({ engine: 'javascript', threads: 1, versions: { tfjs: null, tensorflow: null } });
  });

  it('learns the sample as far as words without their order can', () => {
    const { testAccuracy } = loadExperiment(folder).epochs[0]!;
    expect(testAccuracy).toBeGreaterThan(0.74);
    expect(testAccuracy).toBeLessThan(config === 'nb-svm.yaml' ? 0.97 : 0.86);
  });

  it('keeps the value of C that is best on validation, the first of equals, and logs them all', () => {
    const candidates = readLog(folder).filter(({ event }) => event === 'candidate');
    const best = Math.max(...candidates.map(({ validationAccuracy }) => validationAccuracy!));
    const { summary, epochs } = loadExperiment(folder);
    expect(summary.strength).toBe(candidates.find(({ validationAccuracy }) => validationAccuracy === best)?.strength);
    expect(epochs[0]?.validationAccuracy).toBe(best);
  });

  it('gives the same figures when trained again from the config it wrote', async () => {
    await callCli(cwd, 'train', '--config', join('experiments', name, 'config.yaml'), '--name', 'again', '--quiet');
    expect(loadExperiment(join(cwd, 'experiments', 'again')).epochs.map(timeless)).toEqual(loadExperiment(folder).epochs.map(timeless));
  });
});

describe('a linear run beside the others', () => {
  const cwd = createWorkFolder();

  it('stops at Ctrl-C after a pass, and begins anew with --resume', async () => {
    const endless = ['--set', 'training.tolerance=1e-300', '--set', 'training.strengths=[1]', '--set', 'data.limit=100'];
    const child = startCli(cwd, ...train('nb-svm.yaml', 'stopped', ...endless, '--set', 'training.maxPasses=1000000'));
    let sent = false;
    const { status, stdout: printed, stderr } = await finished(child, (stdout) => {
      if (!sent && stdout.includes('features ')) { sent = true; child.kill('SIGINT'); }
    });
    expect({ status, stderr }).toEqual({ status: 130, stderr: 'gatelab: stopping after this pass; once more to stop at once\n' });
    expect(printed.trimEnd().split('\n').at(-1)).toBe('Stopped. To start it again: gatelab train --resume experiments/stopped');
    expect(printed).not.toMatch(/^status /m); // nothing was measured yet
    const folder = join(cwd, 'experiments', 'stopped');
    expect(loadExperiment(folder)).toMatchObject({ epochs: [], summary: { status: 'interrupted', epochs: 0 } });

    const stored = readFileSync(join(folder, 'config.yaml'), 'utf8');
    writeFileSync(join(folder, 'config.yaml'), stored.replace('1e-300', '1e-6'));
    const resumed = await callCli(cwd, 'train', '--resume', join('experiments', 'stopped'));
    expect(resumed).toMatchObject({ status: 0, stderr: '' });
    expect(resumed.stdout).toMatch(
      /^experiments.stopped has no state to go on from, since a linear model trains in a minute; starting from the beginning$/m,
    );
    expect(loadExperiment(folder).summary).toMatchObject({ status: 'completed', epochs: 1, strength: 1 });
    const { stdout } = await callCli(cwd, 'train', '--resume', join('experiments', 'stopped'));
    expect(stdout).toBe(`${join('experiments', 'stopped')} is finished\n`);
  });

  it('warns of a value of C that the passes did not suffice for', async () => {
    const { status, stderr } = await callCli(
      cwd,
      ...train('bag-of-words.yaml', 'short', '--set', 'training.maxPasses=1', '--set', 'training.strengths=[1]', '--quiet'),
    );
    expect(status).toBe(0);
    expect(stderr).toMatch(/^gatelab: C 1: the duality gap is still [\d.e-]+ after 1 passes; raise training.maxPasses\n$/);
  });

  it('needs no validation part for one value of C', async () => {
    const { status } = await callCli(
      cwd,
      ...train('bag-of-words.yaml', 'sure', '--set', 'data.validationFraction=0', '--set', 'training.strengths=[0.1]', '--quiet'),
    );
    expect(status).toBe(0);
    expect(loadExperiment(join(cwd, 'experiments', 'sure')).summary).toMatchObject({
      bestEpoch: null,
      testAccuracyAtBestValidation: null,
      strength: 0.1,
    });
  });

  it('is a line across the curves, and refused where nothing else is named', async () => {
    const linear = join('experiments', 'sure');
    expect(await callCli(cwd, 'plot', linear)).toEqual({
      status: 1,
      stdout: '',
      stderr: `gatelab: ${linear}: a linear model has no epochs to draw; add --chart models for a picture of its accuracy\n`,
    });
    await callCli(
      cwd,
      'train',
      '--config',
      'sample.yaml',
      '--name',
      'gru',
      '--quiet',
      '--set',
      'training.epochs=1',
      '--set',
      'data.maxLength=20',
    );
    const { status, stderr } = await callCli(cwd, 'plot', linear, join('experiments', 'gru'), '--out', 'both');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(existsSync(join(cwd, 'both.svg'))).toBe(true);
  });

  it('is refused by inspect', async () => {
    expect(await callCli(cwd, 'inspect', '--config', 'nb-svm.yaml')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^gatelab: .*nb-svm\.yaml: its model\.type is nb-svm, a linear model; name the config of a neural one, for example gru\.yaml\n$/,
      ) as string,
    });
  });
});
