import { describe, expect, it } from 'vitest';
import { extrapolate, totalRatio } from '../../src/measure/statistics.ts';

describe('statistics', () => {
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
