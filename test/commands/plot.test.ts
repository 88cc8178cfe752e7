import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { plot } from '../../src/commands/plot.ts';
import { sixModels, writeMadeRun } from '../experiment/made-runs.ts';
import type { MadeRun } from '../experiment/made-runs.ts';
import { makeTemporaryFolder } from '../experiment/temporary-folder.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder, runCli } from '../support/cli.ts';

const folder = makeTemporaryFolder();
const write = (name: string, run: Parameters<typeof writeMadeRun>[1] = {}): string => writeMadeRun(join(folder, name), run);
const refuse = (line: string): void => { throw new Error(line); };

describe('plot', () => {
  it('writes SVG and PNG into the folder it is started in, under the next free number', async () => {
    const cwd = createWorkFolder();
    writeFileSync(join(cwd, 'curves-1.png'), '');
    expect(await runCli(cwd, 'plot', write('first', { epochs: 2 }))).toEqual({
      status: 0,
      stdout: 'written to curves-2.svg and curves-2.png\n',
      stderr: '',
    });
    expect(existsSync(join(cwd, 'curves-2.png'))).toBe(true);
    expect(readFileSync(join(cwd, 'curves-2.svg'), 'utf8')).toContain('Convergence on IMDB: 22,500 training, 25,000 test reviews');
  });

  it.each(['picture', 'picture.svg', 'picture.PNG'])('writes both endings for --out %s', async (out) => {
    const files = await plot({ folders: [write(`for-${out}`)], out: join(folder, out) }, refuse);
    expect(files).toEqual([join(folder, 'picture.svg'), join(folder, 'picture.png')]);
    expect(files.every((file) => existsSync(file))).toBe(true);
  });

  it('draws linear models as lines across, and beside others in the picture of models', async () => {
    const [gru, svm] = [write('curved'), write('straight', { model: { type: 'nb-svm' }, epochs: 1, better: 0.03 })];
    const [svg = ''] = await plot({ folders: [gru, svm], out: join(folder, 'both') }, refuse);
    expect(readFileSync(svg, 'utf8')).toContain('>NB-SVM (linear)</text>');
    const [models = ''] = await plot({ folders: [gru, svm], chart: 'models', out: join(folder, 'models') }, refuse);
    expect(readFileSync(models, 'utf8')).toContain('Test accuracy on IMDB: 22,500 training, 25,000 test reviews');
  });

  it('leaves runs without a figure out of the models, and says so', async () => {
    const lines: string[] = [];
    const half = join(folder, 'half');
    mkdirSync(half);
    write('half/finished');
    write('half/stopped', { seed: 2, ending: { status: 'interrupted' } });
    await plot({ folders: [half], chart: 'models', out: join(folder, 'finished') }, (line) => lines.push(line));
    expect(lines).toEqual([
      expect.stringMatching(/stopped is left out: it is interrupted, and only completed runs have a figure to compare$/),
    ]);
    await expect(plot({ folders: [join(half, 'stopped')], chart: 'models', out: join(folder, 'none') }, refuse)).rejects.toThrow(
      /stopped: it is interrupted, and only completed runs/,
    );
  });

  it('says that data is synthetic', async () => {
    const [svg = ''] = await plot({ folders: [write('sample', { synthetic: true })], out: join(folder, 'synthetic') }, refuse);
    expect(readFileSync(svg, 'utf8')).toContain('SYNTHETIC reviews, not IMDB');
  });

  it('warns of what the picture does not show', async () => {
    const lines: string[] = [];
    const folders = [write('here'), write('there', { seed: 2, epochs: 5, environment: { cpu: 'Another CPU' } })];
    await plot({ folders, out: join(folder, 'warned') }, (line) => lines.push(line));
    expect(lines).toEqual([
      'times were measured on different machines, engines or threads: compare by epoch only',
      'LSTM: drawn up to epoch 5, which all of its 2 runs have',
    ]);
  });

  it('takes what there is in a folder, and says what it left out', async () => {
    const all = join(folder, 'all');
    mkdirSync(all);
    const add = (name: string, run: MadeRun = {}): string => write(`all/${name}`, run);
    add('gru-1', { model: { cell: 'gru' }, ending: { status: 'interrupted' }, epochs: 2 });
    add('gru-2', { model: { cell: 'gru' } });
    add('lstm-1');
    add('nb-svm-1', { model: { type: 'nb-svm' }, epochs: 1 });
    add('rnn-1', { model: { cell: 'rnn' }, epochs: 0, ending: { status: 'running' } });
    add('sample-1', { synthetic: true });
    writeFileSync(join(add('torn'), 'summary.json'), '{');
    mkdirSync(join(all, 'comparison'));
    add('comparison/lstm-seed1');
    const lines: string[] = [];
    const [svg = ''] = await plot({ folders: [all], out: join(folder, 'taken') }, (line) => lines.push(line.replaceAll(`${all}/`, '')));
    expect(lines).toEqual([
      'torn is left out: it cannot be read (torn/summary.json: not valid JSON; was it edited by hand?)',
      'rnn-1 is left out: it has no finished epoch yet',
      'sample-1 is left out: sample-1 was trained on synthetic data and gru-1 on real data',
      'gru-1 is left out: gru-2 has the same config and seed',
      'comparison holds 1 more run, which is left out; name that folder too if they belong here',
    ]);
    expect(readFileSync(svg, 'utf8')).toMatch(/GRU[^]*LSTM|LSTM[^]*GRU/);
    await expect(plot({ folders: [all, join(all, 'sample-1')], out: join(folder, 'named') }, () => undefined)).resolves.toHaveLength(2);
  });

  it('draws 60 folders as six models', async () => {
    const folders = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((seed) =>
      sixModels.map((run, k) => write(`many-${k}-${seed}`, { ...run, seed })),
    );
    const [svg = ''] = await plot({ folders, out: join(folder, 'many') }, refuse);
    const drawn = readFileSync(svg, 'utf8');
    expect(drawn).toContain('means over 10 seeds; bands from the lowest to the highest seed');
    expect([...drawn.matchAll(/aria-roledescription="line mark"/g)]).toHaveLength(6 * 6); // in each of six panels
  });

  it.each<[string, () => string[], string | RegExp]>([
    ['what is no run', () => ['nowhere'], 'nowhere: not a folder; name a run, or a folder of runs, for example experiments/published'],
    [
      'real and synthetic data',
      () => [write('real'), write('made-up', { synthetic: true })],
      /made-up was trained on synthetic data and .*real on real data; keep them apart$/,
    ],
    [
      'two runs of the same config and seed',
      () => [write('one'), write('other')],
      /^.*one and .*other have the same config and seed; name one of them$/,
    ],
    [
      'a linear model alone',
      () => [write('linear', { model: { type: 'nb-svm' }, epochs: 1 })],
      /linear: a linear model has no epochs to draw; add --chart models for a picture of its accuracy$/,
    ],
  ])('refuses %s in one line, and writes nothing', async (_, folders, line) => {
    const out = join(folder, 'never');
    await expect(plot({ folders: folders(), out }, refuse)).rejects.toThrow(line);
    expect(existsSync(`${out}.svg`)).toBe(false);
  });

  it.each<[string[], number, RegExp]>([
    [[], 2, /^gatelab: .+\n$/],
    [['a', '--out', 'pictures/'], 2, /^gatelab: --out takes a file name, for example curves\.svg\n$/],
    [
      [write('lost'), '--out', 'pictures/a.svg'],
      1,
      /^gatelab: pictures\/a\.svg: cannot be written: a part of the path does not exist \(ENOENT\)\n$/,
    ],
  ])('%j ends in one line', async (args, status, line) => {
    const result = await callCli(createWorkFolder(), 'plot', ...args);
    expect(result.stderr).toMatch(line);
    expect(result).toMatchObject({ status, stdout: '' });
  });
});
