import fc from 'fast-check';
import { expect, it } from 'vitest';

import { placeLabels } from '../../src/report/end-labels.ts';

it.each([
  [[10, 50, 90], [10, 50, 90]], [[50, 50], [50, 60]], [[55, 50, 90], [60, 50, 90]], [[99, 98], [100, 90]], [[100, 100, 100], [80, 90, 100]], [[], []],
])('labels that want to be at %j stand at %j', (wanted, places) => {
  expect(placeLabels(wanted.map((one) => ({ wanted: one, height: 10 })), 110)).toEqual(places);
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
