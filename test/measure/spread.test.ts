import { describe, expect, it } from 'vitest';
import { medianSpread, pairwiseRatio, quantile } from '../../src/measure/statistics.ts';

describe('a spread', () => {
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
});
