import { expect, it } from 'vitest';

import { computeMcnemar } from '../../src/measure/statistics.ts';

// Made with scipy 1.17.1: scipy.stats.binomtest(min(b, c), b + c, 0.5).pvalue. Of 0 and 0 nothing differs.
it.each([
  [0, 0, 1], [1, 0, 1], [5, 0, 0.0625], [10, 2, 0.03857421875], [1, 3, 0.625], [59, 6, 4.964650327128616e-12], [121, 59, 4.4344492637551645e-6],
  [500, 500, 1], [510, 480, 0.35670140163752323], [1200, 1000, 2.1817026407914194e-5], [12000, 11500, 0.0011330142090280714], [13000, 12000, 2.6317455083363157e-10],
])('McNemar\'s exact test of %i and %i', (onlyFirst, onlySecond, expected) => {
  expect(Math.abs(computeMcnemar(onlyFirst, onlySecond) / expected - 1)).toBeLessThan(1e-9);
  expect(computeMcnemar(onlySecond, onlyFirst)).toBe(computeMcnemar(onlyFirst, onlySecond));
});

it('McNemar\'s exact test of what doubles cannot hold is 0, not an error', () => {
  expect(computeMcnemar(25_000, 0)).toBe(0);
});
