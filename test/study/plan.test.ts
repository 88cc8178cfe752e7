import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { comparisonFormats } from '../../src/report/comparison-formats.ts';
import { comparedConfigs, comparedRuns, defaultSeeds } from '../../src/command-line/commands.js';
import { parseConfigs } from '../../src/commands/compare.ts';
import { isSettled, parseSeeds, planRuns } from '../../src/study/plan.ts';
import { UsageError } from '../../src/errors.ts';
import { markFailed } from '../../src/study/runner.ts';
import { readSummary } from '../../src/experiment/load.ts';
import { nameModel } from '../../src/experiment-schema.ts';
import { writeMadeRun } from '../experiment/made-runs.ts';
import type { MadeRun } from '../experiment/made-runs.ts';
import { makeTemporaryFolder, userErrorOf } from '../experiment/temporary-folder.ts';
import { formatOf } from '../../src/report/output-format.ts';

const root = makeTemporaryFolder();
const plan = (configs: string[], into = join(root, 'none'), set: string[] = []) => planRuns({ configs, seeds: [1, 2], set, into });

describe('a plan', () => {
  it('takes the first seed of every model first', () => {
    expect(plan(['lstm.yaml', 'gru']).map(({ folder, config }) => [folder.name, config.seed, nameModel(config)])).toEqual([
      ['lstm-seed1', 1, 'LSTM'], ['gru-seed1', 1, 'GRU'], ['lstm-seed2', 2, 'LSTM'], ['gru-seed2', 2, 'GRU'],
    ]);
    expect(existsSync(join(root, 'none'))).toBe(false);
  });

  it('has the articles\' three and the other recurrent models by default, with the same settings but for the model', () => {
    const configs = comparedConfigs;
    expect(configs.slice(0, 6)).toEqual(['lstm.yaml', 'bilstm.yaml', 'gru.yaml', 'rnn.yaml', 'birnn.yaml', 'bigru.yaml']);
    const shared = plan(configs.slice(0, 6)).map(({ config: { data, training, model } }) =>
      JSON.stringify([data, training, { ...model, cell: '', bidirectional: '' }]),
    );
    expect(new Set(shared).size).toBe(1);
  });

  it('fits a linear model once, which no seed changes, and has as many runs as help says', () => {
    expect(plan(['lstm', 'nb-svm']).map(({ folder }) => folder.name)).toEqual(['lstm-seed1', 'nb-svm-seed1', 'lstm-seed2']);
    const runs = planRuns({ configs: comparedConfigs, seeds: parseSeeds(defaultSeeds), set: [], into: join(root, 'none') });
    expect(runs).toHaveLength(comparedRuns);
  });

  it('asks of a linear model only what it has', () => {
    const [gru, words] = plan(['gru.yaml', 'bag-of-words.yaml'], join(root, 'none'), ['training.epochs=2', 'data.limit=100']);
    expect(gru?.set).toEqual(['training.epochs=2', 'data.limit=100', 'seed=1']);
    expect(words?.set).toEqual(['data.limit=100', 'seed=1']);
    expect(userErrorOf(() => plan(['bag-of-words.yaml'], join(root, 'none'), ['training.epoch=2']), root)).toMatch(
      /^--set training.epoch=2: /,
    );
  });

  it('asks of a Transformer only what it has, and of a cell what no other model knows', () => {
    const [gru, attending] = plan(['gru.yaml', 'transformer.yaml'], join(root, 'none'), ['model.hiddenSize=8', 'model.heads=2', 'model.layers=1']);
    expect(gru?.set).toEqual(['model.hiddenSize=8', 'model.layers=1', 'seed=1']);
    expect(attending?.set).toEqual(['model.heads=2', 'model.layers=1', 'seed=1']);
    expect(userErrorOf(() => plan(['gru.yaml'], join(root, 'none'), ['model.heads=2']), root)).toMatch(/^--set model.heads=2: /);
  });

  it.each<[string, MadeRun, boolean]>([
    ['completed', {}, true],
    ['completed with fewer epochs than are asked for', { epochs: 3, training: { epochs: 3 } }, false],
    ['diverged, which it would again', { epochs: 2, ending: { status: 'diverged' } }, true],
    ['failed', { epochs: 2, ending: { status: 'failed' } }, false],
    ['interrupted', { epochs: 2, ending: { status: 'interrupted' } }, false],
    ['left running by a process that was killed', { epochs: 2, ending: { status: 'running' } }, false],
  ])('does not train again what would give nothing new: a run that is %s', (name, run, settled) => {
    const into = join(root, name);
    mkdirSync(into);
    writeMadeRun(join(into, 'gru-seed1'), { model: { cell: 'gru' }, ...run });
    expect(plan(['gru.yaml'], into).map(isSettled)).toEqual([settled, false]);
  });
});

it.each<[string, () => unknown, string]>([
  ['a word', () => parseSeeds('1,x'), '--seeds takes whole numbers from 0 to 4294967295, for example --seeds 1,2,3; got "x"'],
  ['a negative seed', () => parseSeeds('-1'), '--seeds takes whole numbers from 0 to 4294967295, for example --seeds 1,2,3; got "-1"'],
  ['a seed too large', () => parseSeeds('4294967296'), '--seeds takes whole numbers from 0 to 4294967295, for example --seeds 1,2,3; got '
    + '"4294967296"'],
  ['no seed', () => parseSeeds(''), '--seeds takes whole numbers from 0 to 4294967295, for example --seeds 1,2,3; got ""'],
  ['a seed twice', () => parseSeeds('1,01'), '--seeds names 1 twice'],
  ['no config', () => parseConfigs(', '), '--configs takes config files, for example --configs lstm.yaml,bilstm.yaml'],
  ['a config twice', () => plan(['gru', 'gru.yaml']), '--configs: gru and gru.yaml would both train in tmp/none/gru-seed1; name one of '
    + 'them, or rename a file'],
  ['a seed of its own', () => plan(['gru'], undefined, ['seed=4']), '--set seed=4: --seeds names the seeds'],
  ['an ending nobody knows', () => formatOf('a.pdf\u001b', comparisonFormats), '--out a.pdf\\u001b: the ending says the format: .txt, '
    + '.md, .csv, .json'],
])('%s is a usage error in one line', (_, action, line) => {
  expect(userErrorOf(action, root)).toBe(line);
  expect(action).toThrow(UsageError);
});

describe('experiment folders', () => {
  it('of a process that was killed say so, and keep the rest', async () => {
    const path = writeMadeRun(join(root, 'killed'), { epochs: 2, ending: { status: 'running' } });
    const { status: _, ...before } = readSummary(path);
    await markFailed({ name: 'killed', path }, 'killed by SIGKILL');
    expect(readSummary(path)).toEqual({ ...before, status: 'failed', failure: 'killed by SIGKILL' });
  });

  it('that another process is writing, or that have no summary yet, are left alone', async () => {
    const path = writeMadeRun(join(root, 'written'), { epochs: 2, ending: { status: 'running' } });
    writeFileSync(join(path, 'lock'), JSON.stringify({ host: 'another machine', pid: 1, started: '' }));
    await markFailed({ name: 'written', path }, 'no reason');
    expect(readSummary(path).status).toBe('running');
    mkdirSync(join(root, 'empty'));
    await markFailed({ name: 'empty', path: join(root, 'empty') }, 'no reason');
    expect(existsSync(join(root, 'empty/summary.json'))).toBe(false);
  });
});
