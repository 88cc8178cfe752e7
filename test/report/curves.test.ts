import { afterEach, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';

import { renderCurves } from '../../src/report/curves.ts';
import { experimentSchema } from '../../src/experiment-schema.ts';
import { environment, makeEpoch, makeEpochs } from '../experiment/examples.ts';
import { placeLabels } from '../../src/report/end-labels.ts';

const warned = vi.spyOn(console, 'warn');
afterEach(() => { expect(warned).not.toHaveBeenCalled(); });

const run = {
  name: 'gru-1',
  config: experimentSchema.parse({ seed: 7, model: { cell: 'gru' } }),
  dataset: environment.dataset,
  parameters: 5_367_554,
};

const textsOf = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!);
const countPoints = (svg: string): number => [...svg.matchAll(/aria-roledescription="point"/g)].length;

describe('the curves of a run', () => {
  it.each([1, 2, 3, 20])('of %d epochs have a point for each epoch and part in both panels', async (count) => {
    const svg = await renderCurves(makeEpochs(count), run);
    expect(svg).toMatch(/^<svg [^>]*width="\d+"/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(countPoints(svg)).toBe(count * 3 * 2);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['gru-1: GRU, 5,367,554 parameters, seed '
      + '7', 'Loss (cross-entropy, nats)', 'Accuracy', 'epoch', 'training', 'validation', 'test', '1']));
  });

  it('leave validation out where there is none', async () => {
    const svg = await renderCurves(makeEpochs(3, { validationLoss: null, validationAccuracy: null }), run);
    expect(countPoints(svg)).toBe(3 * 2 * 2);
    expect(textsOf(svg)).not.toContain('validation');
  });

  it('mark the best epoch and the convergence epoch, and say what the marks mean', async () => {
    const accuracies = [0.8, 0.869, 0.86, 0.872];
    const records = accuracies.map((testAccuracy, i) => makeEpoch(i + 1, { testAccuracy, validationAccuracy: [0.7, 0.8, 0.9, 0.85][i]! }));
    const svg = await renderCurves(records, run);
    expect(textsOf(svg).filter((text) => text === 'epoch 3: best on validation')).toHaveLength(2);
    expect(textsOf(svg).filter((text) => text === 'epoch 2: converged')).toHaveLength(2);
    expect(svg).toContain('converged: the first epoch with a test accuracy within 0.5 points of the best');
    expect([...svg.matchAll(/<line [^>]*stroke-width="1.5"/g)]).toHaveLength(4);
  });

  it('say what they are of: model, size, seed and reviews', async () => {
    const svg = await renderCurves(makeEpochs(2), run);
    expect(textsOf(svg)).toContain('gru-1: GRU, 5,367,554 parameters, seed 7');
    expect(svg).toContain('IMDB: 22,500 training, 2,500 validation, 25,000 test reviews');
    const made = { ...environment.dataset, synthetic: true, counts: { train: 200, validation: 0, test: 100 } };
    expect(await renderCurves(makeEpochs(2), { ...run, dataset: made })).toContain(
      'SYNTHETIC reviews, not IMDB: 200 training, 100 test reviews',
    );
  });

  it('show the dashes of each line beside its name', async () => {
    const svg = await renderCurves(makeEpochs(5), run);
    const dashesOf = (tag: RegExp): string[] => [...new Set([...svg.matchAll(tag)].map(([, dash]) => dash!))].sort();
    const drawn = dashesOf(/aria-roledescription="line mark"[^>]*stroke-dasharray="([^"]*)"/g);
    expect(drawn).toHaveLength(3);
    expect(dashesOf(/<line [^>]*x2="22"[^>]*stroke-dasharray="([^"]*)"/g)).toEqual(drawn);
  });

  it('leave a gap where a loss was not a number', async () => {
    const svg = await renderCurves([makeEpoch(1), makeEpoch(2, { trainLoss: NaN, testLoss: Infinity })], run);
    expect(countPoints(svg)).toBe(2 * 3 * 2 - 2);
    const lost = await renderCurves([makeEpoch(1, { trainLoss: NaN, testLoss: NaN, validationLoss: null, validationAccuracy: null })], run);
    expect(countPoints(lost)).toBe(2);
    expect(lost).not.toMatch(/NaN|Infinity/);
  });

  it('write their title as text, whatever it holds', async () => {
    expect(await renderCurves(makeEpochs(1), { ...run, name: 'a <script>&"b"' })).toContain('a &lt;script&gt;&amp;"b"');
  });

  it('refuse a run without an epoch', async () => {
    await expect(renderCurves([], run)).rejects.toThrow(new RangeError('renderCurves: there is no epoch to draw'));
  });
});

it.each([
  [
    [10, 50, 90],
    [10, 50, 90],
  ],
  [
    [50, 50],
    [50, 60],
  ],
  [
    [55, 50, 90],
    [60, 50, 90],
  ],
  [
    [99, 98],
    [100, 90],
  ],
  [
    [100, 100, 100],
    [80, 90, 100],
  ],
  [[], []],
])('labels that want to be at %j stand at %j', (wanted, places) => {
  expect(
    placeLabels(
      wanted.map((one) => ({ wanted: one, height: 10 })),
      110,
    ),
  ).toEqual(places);
});

it('a label of three lines takes the room of three, and others that of one', () => {
  const labels = [{ wanted: 50, height: 10 }, { wanted: 20, height: 30 }, { wanted: 40, height: 10 }];
  expect(placeLabels(labels, 100)).toEqual([60, 20, 50]);
  expect(placeLabels(labels, 65)).toEqual([55, 15, 45]);
});

it('any labels that fit keep out of each other, in their order and before the end', () => {
  const label = fc.record({ wanted: fc.double({ min: 0, max: 400, noNaN: true }), height: fc.constantFrom(13, 26, 39) });
  fc.assert(fc.property(fc.array(label, { maxLength: 10 }), (labels) => {
    const tops = placeLabels(labels, 400);
    const order = [...labels.keys()].sort((a, b) => labels[a]!.wanted - labels[b]!.wanted);
    order.forEach((k, i) => {
      const next = order[i + 1];
      expect(tops[k]).toBeGreaterThanOrEqual(-1e-9);
      expect(tops[k]! + labels[k]!.height).toBeLessThanOrEqual((next === undefined ? 400 : tops[next]!) + 1e-9);
    });
  }));
});
