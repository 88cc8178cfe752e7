import { describe, expect, it } from 'vitest';
import { extrapolate, medianSpread, pairwiseRatio, quantile, totalRatio } from '../../src/bench/statistics.ts';

describe('statistics', () => {
  it.each([
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.5, 2.5],
    [[1, 2, 3, 4, 5], 0.25, 2],
    [[7], 0.75, 7],
  ])('the quantile of %j at %d is %d', (values, fraction, expected) => { expect(quantile(values, fraction)).toBe(expected); });

  it('the median stands between the quartiles, and an outlier moves neither', () => {
    expect(medianSpread([1, 2, 3, 4, 1000])).toEqual({ middle: 3, low: 2, high: 4 });
  });

  it('ratios are taken turn by turn: what slows both down does not show', () => {
    expect(pairwiseRatio([1, 10, 2], [3, 30, 6])).toEqual({ middle: 3, low: 3, high: 3 });
  });

  it('a sample stands for all batches, and a sample of equals has no spread', () => {
    expect(extrapolate([2, 2, 2], 10.5)).toEqual({ middle: 21, low: 21, high: 21 });
    const { middle, low, high } = extrapolate([1, 2, 3, 4, 5, 6, 7, 8, 9], 9);
    expect(middle).toBeCloseTo(45);
    expect([low, high]).toEqual([expect.closeTo(30, -1), expect.closeTo(60, -1)]);
  });

  it('the ratio of an epoch is that of the totals, not of the batches', () => {
    const { middle, low, high } = totalRatio([1, 9], [9, 11]);
    expect(middle).toBe(2);
    expect(low).toBeCloseTo(11 / 9);
    expect(high).toBe(9);
  });
});
