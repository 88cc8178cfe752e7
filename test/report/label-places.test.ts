import fc from 'fast-check';
import { expect, it } from 'vitest';

import { placeLabels } from '../../src/report/label-places.ts';

it.each([
  [[10, 50, 90], [10, 50, 90]], [[50, 50], [50, 60]], [[55, 50, 90], [60, 50, 90]], [[99, 98], [100, 90]], [[100, 100, 100], [80, 90, 100]], [[], []],
])('labels that want to be at %j stand at %j', (wanted, places) => {
  expect(placeLabels(wanted, 10, 100)).toEqual(places);
});

it('any labels that fit keep their distance, their order and within the limit', () => {
  fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { maxLength: 15 }), (wanted) => {
    const places = placeLabels(wanted, 13, 200);
    const order = [...wanted.keys()].sort((a, b) => wanted[a]! - wanted[b]!);
    order.forEach((k, i) => {
      expect(places[k]).toBeGreaterThanOrEqual(-1e-9);
      expect(places[k]).toBeLessThanOrEqual(200);
      if (i > 0) expect(places[k]! - places[order[i - 1]!]!).toBeGreaterThanOrEqual(13 - 1e-9);
    });
  }));
});
