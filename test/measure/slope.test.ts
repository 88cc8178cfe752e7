import { expect, it } from 'vitest';
import { fitSlope } from '../../src/measure/statistics.ts';

it('fits the least-squares line', () => {
  expect(fitSlope([[0, 1], [1, 3], [2, 5]])).toBe(2);
  expect(fitSlope([[100, 7], [200, 7]])).toBe(0);
  expect(fitSlope([[0, 0], [1, 1], [2, 0], [3, 1]])).toBeCloseTo(0.2);
  expect(fitSlope([[1, 1]])).toBeNaN();
});
