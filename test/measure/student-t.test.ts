import { describe, expect, it } from 'vitest';

import { computeDeviation, computeCentralQuantile, computeMeanInterval } from '../../src/measure/statistics.ts';

// Made with scipy 1.17.1: scipy.stats.t.ppf(0.975, df), and ttest_rel(x, y).confidence_interval(0.95).
describe('Student\'s t', () => {
  it.each([
    [1, 12.706204736174694], [2, 4.302652729749462], [3, 3.1824463052837078], [4, 2.7764451051977934], [5, 2.5705818356363146],
    [9, 2.262157162798205], [10, 2.228138851986274], [29, 2.045229642132703], [30, 2.0422724563012378], [99, 1.9842169515864174], [1000, 1.9623390808264083],
  ])('stays below its 95 %% quantile with %i degrees of freedom', (degrees, quantile) => {
    expect(Math.abs(computeCentralQuantile(0.95, degrees) / quantile - 1)).toBeLessThan(1e-12);
  });

  it('gives the interval of a mean of paired differences', () => {
    const differences = [0.872 - 0.866, 0.869 - 0.868, 0.875 - 0.870];
    const [low, high] = computeMeanInterval(differences)!;
    expect(low).toBeCloseTo(-0.002572410607728429, 14);
    expect(high).toBeCloseTo(0.010572410607728436, 14);
    expect(computeMeanInterval([0.25, 0.25])).toEqual([0.25, 0.25]);
  });

  it.each([[[]], [[0.1]]])('says nothing of %j', (values) => {
    expect(computeMeanInterval(values)).toBeNull();
    expect(computeDeviation(values)).toBeNaN();
  });
});
