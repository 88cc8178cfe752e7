import { expect, it } from 'vitest';
import { computeRanks, correlateGroups, correlateRanks, permutationPValue } from '../../src/measure/ranks.ts';

it('ranks with ties as scipy.stats.rankdata does', () => {
  expect(computeRanks([0, 2, 3, 2])).toEqual([1, 2.5, 4, 2.5]);
});

it('correlates ranks: Spearman\'s worked example of IQ and hours of television', () => {
  const iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110], hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
  expect(correlateRanks(iq, hours)).toBeCloseTo(-29 / 165, 12);
  expect(correlateRanks([1, 1, 1], [1, 2, 3])).toBeNaN();
});

it('tells groups apart: all of the variance between them is 1, none is 0', () => {
  expect(correlateGroups(['a', 'a', 'b', 'b'], [1, 1, 5, 5])).toBeCloseTo(1, 12);
  expect(correlateGroups(['a', 'b', 'a', 'b'], [1, 1, 5, 5])).toBeNaN();
  expect(correlateGroups(['a', 'a', 'b', 'b'], [1, 4, 2, 3])).toBeNaN();
  expect(correlateGroups(['a', 'a', 'b', 'b'], [1, 2, 3, 4])).toBeCloseTo(Math.sqrt(4 / 5), 12);
});

it('says how often chance gives as much', () => {
  const xs = [1, 2, 3, 4, 5, 6, 7, 8];
  expect(permutationPValue(xs, (ys) => correlateRanks(xs, ys))).toBeLessThan(0.01);
  expect(permutationPValue([4, 1, 3, 2], (ys) => correlateRanks([1, 2, 3, 4], ys))).toBeGreaterThan(0.2);
});
