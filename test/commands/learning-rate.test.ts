import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { renderRates } from '../../src/commands/learning-rate.ts';
import { rateAt } from '../../src/training/rate-range.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder } from '../support/cli.ts';

const small = [
  'learning-rate', '--config', 'sample.yaml', '--engine', 'portable', '--steps', '20', '--set', 'data.limit=60', 'data.maxLength=10',
];

describe('learning-rate', () => {
  it('prints the losses and draws them, and makes no experiment', async () => {
    const folder = createWorkFolder();
    const { status, stdout } = await callCli(folder, ...small, '--out', 'rates.png');
    expect(status).toBe(0);
    expect(stdout).toContain('configs/sample.yaml: GRU\n\nstep    rate    loss  averaged\n   1  1.0e-6  0.');
    expect(stdout).toMatch(/\nwritten to rates\.svg and rates\.png\n$/);
    expect(readFileSync(join(folder, 'rates.svg'), 'utf8')).toContain('Learning-rate range test of GRU');
    expect(existsSync(join(folder, 'experiments'))).toBe(false);
  });

  it('gives every step as JSON', async () => {
    const { stdout } = await callCli(createWorkFolder(), ...small, '--json');
    const { model, points } = JSON.parse(stdout) as { model: string; points: { rate: number }[] };
    expect([model, points.length, points[0]?.rate, points.at(-1)?.rate]).toEqual(['GRU', 20, 1e-6, 1]);
  });

  it.each([
    [['--from', '0'], '--from takes a rate above 0 and at most 1000, for example 1e-5; got "0"'],
    [['--to', 'fast'], '--to takes a rate above 0 and at most 1000, for example 1e-5; got "fast"'],
    [['--from', '1', '--to', '0.1'], '--from must be below --to; got 1 and 0.1'],
    [['--steps', '5'], '--steps takes a whole number'],
    [['--set', 'model.type=nb-svm'], 'nb-svm'],
    [['--out', 'pictures/'], '--out takes a file name, for example curves.svg'],
  ])('says in one line what is wrong with %j', async (given, message) => {
    const { status, stderr } = await callCli(createWorkFolder(), 'learning-rate', '--config', 'sample.yaml', ...given);
    expect(status).toBeGreaterThan(0);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(message);
  });

  it('fits 80 columns, whatever it advises', () => {
    const range = { from: 1e-6, to: 1, steps: 100 };
    for (const fall of [0, 1]) {
      const points = Array.from({ length: 100 }, (_, k) => {
        const loss = k < 50 ? 0.7 : 0.7 - fall * (k - 50) / 100;
        return { step: k + 1, rate: rateAt(range, k + 1), loss, smoothed: loss };
      });
      for (const line of renderRates(points, range, 'configs/gru.yaml: GRU', 80).split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(80);
    }
  });
});
