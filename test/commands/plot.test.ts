import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { plot } from '../../src/commands/plot.ts';
import { sixModels, writeMadeRun } from '../experiment/made-runs.ts';
import { makeTemporaryFolder } from '../experiment/temporary-folder.ts';
import { createWorkFolder, runCli } from '../support/cli.ts';

const folder = makeTemporaryFolder();
const write = (name: string, run: Parameters<typeof writeMadeRun>[1] = {}): string => writeMadeRun(join(folder, name), run);
const refuse = (line: string): void => { throw new Error(line); };

describe('plot', () => {
  it('writes SVG and PNG into the folder it is started in, under the next free number', async () => {
    const cwd = createWorkFolder();
    writeFileSync(join(cwd, 'curves-1.png'), '');
    expect(await runCli(cwd, 'plot', write('first', { epochs: 2 }))).toEqual({ status: 0, stdout: 'written to curves-2.svg and curves-2.png\n', stderr: '' });
    expect(existsSync(join(cwd, 'curves-2.png'))).toBe(true);
    expect(readFileSync(join(cwd, 'curves-2.svg'), 'utf8')).toContain('Convergence on IMDB: 22,500 training, 25,000 test reviews');
  });

  it.each(['picture', 'picture.svg', 'picture.PNG'])('writes both endings for --out %s', async (out) => {
    const files = await plot({ folders: [write(`for-${out}`)], out: join(folder, out) }, refuse);
    expect(files).toEqual([join(folder, 'picture.svg'), join(folder, 'picture.png')]);
    expect(files.every((file) => existsSync(file))).toBe(true);
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

  it('draws 60 folders with less than 2 s of work', async () => {
    const folders = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((seed) => sixModels.map((run, k) => write(`many-${k}-${seed}`, { ...run, seed })));
    const before = process.cpuUsage();
    await plot({ folders, out: join(folder, 'many') }, refuse);
    const { user, system } = process.cpuUsage(before); // and not the clock, which other tests slow down
    expect((user + system) / 1e6).toBeLessThan(2);
  });

  it.each<[string, () => string[], string | RegExp]>([
    ['what is no run', () => ['nowhere'], 'nowhere: is not a folder; name a run, or a folder of runs, for example experiments/published'],
    ['real and synthetic data', () => [write('real'), write('made-up', { synthetic: true })], /made-up was trained on synthetic data and .*real on real data; keep them apart$/],
    ['a folder twice', () => [write('twice'), join(folder, 'twice')], /^.*twice and .*twice have the same config and seed; name one of them$/],
  ])('refuses %s in one line, and writes nothing', async (_, folders, line) => {
    const out = join(folder, 'never');
    await expect(plot({ folders: folders(), out }, refuse)).rejects.toThrow(line);
    expect(existsSync(`${out}.svg`)).toBe(false);
  });

  it.each<[string[], number, RegExp]>([
    [[], 2, /^gatelab: .+\n$/],
    [['a', '--out', 'pictures/'], 2, /^gatelab: --out takes a file name, for example curves\.svg\n$/],
    [[write('lost'), '--out', 'pictures/a.svg'], 1, /^gatelab: pictures\/a\.svg: cannot be written: a part of the path is not there \(ENOENT\)\n$/],
  ])('%j ends in one line', async (args, status, line) => {
    const result = await runCli(createWorkFolder(), 'plot', ...args);
    expect(result.stderr).toMatch(line);
    expect(result).toMatchObject({ status, stdout: '' });
  });
});
