import { afterEach, describe, expect, it, vi } from 'vitest';

import { renderCurves } from '../../src/report/curves.ts';
import { makeEpoch, makeEpochs } from '../experiment/examples.ts';

const warned = vi.spyOn(console, 'warn');
afterEach(() => { expect(warned).not.toHaveBeenCalled(); });

const textsOf = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!);
const countPoints = (svg: string): number => [...svg.matchAll(/aria-roledescription="point"/g)].length;

describe('the curves of a run', () => {
  it.each([1, 2, 3, 20])('of %d epochs have a point for each epoch and part in both panels', async (count) => {
    const svg = await renderCurves(makeEpochs(count), 'gru-1');
    expect(svg).toMatch(/^<svg [^>]*width="\d+"/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(countPoints(svg)).toBe(count * 3 * 2);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['gru-1', 'loss (cross-entropy, nats)', 'accuracy', 'epoch', 'training', 'validation', 'test', '1']));
  });

  it('leave validation out where there is none', async () => {
    const svg = await renderCurves(makeEpochs(3, { validationLoss: null, validationAccuracy: null }), 'gru-1');
    expect(countPoints(svg)).toBe(3 * 2 * 2);
    expect(textsOf(svg)).not.toContain('validation');
  });

  it('mark the best epoch and the convergence epoch, and say what the marks mean', async () => {
    const accuracies = [0.8, 0.869, 0.86, 0.872];
    const records = accuracies.map((testAccuracy, i) => makeEpoch(i + 1, { testAccuracy, validationAccuracy: [0.7, 0.8, 0.9, 0.85][i]! }));
    const svg = await renderCurves(records, 'gru-1');
    expect(svg).toContain('solid line: epoch 3, best on validation');
    expect(svg).toContain('dashed line: epoch 2, test accuracy within 0.5 points of its best');
    expect([...svg.matchAll(/mark-rule role-mark/g)]).toHaveLength(4);
  });

  it('leave a gap where a loss was not a number', async () => {
    const svg = await renderCurves([makeEpoch(1), makeEpoch(2, { trainLoss: NaN, testLoss: Infinity })], 'gru-1');
    expect(countPoints(svg)).toBe(2 * 3 * 2 - 2);
    const lost = await renderCurves([makeEpoch(1, { trainLoss: NaN, testLoss: NaN, validationLoss: null, validationAccuracy: null })], 'gru-1');
    expect(countPoints(lost)).toBe(2);
    expect(lost).not.toMatch(/NaN|Infinity/);
  });

  it('write their title as text, whatever it holds', async () => {
    expect(await renderCurves(makeEpochs(1), 'a <script>&"b"')).toContain('a &lt;script&gt;&amp;"b"');
  });

  it('refuse a run without an epoch', async () => {
    await expect(renderCurves([], 'gru-1')).rejects.toThrow(new RangeError('renderCurves: there is no epoch to draw'));
  });
});
