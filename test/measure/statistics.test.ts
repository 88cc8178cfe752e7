import { expect, it, describe } from 'vitest';

import {
  fitSlope, medianSpread, pairwiseRatio, quantile, extrapolate, totalRatio, computeDeviation, computeCentralQuantile,
  computeMeanInterval, computeMcnemar, computeDifferenceInterval, computePairedError, computeUnpairedError,
} from '../../src/measure/statistics.ts';

it('fits the least-squares line', () => {
  expect(fitSlope([[0, 1], [1, 3], [2, 5]])).toBe(2);
  expect(fitSlope([[100, 7], [200, 7]])).toBe(0);
  expect(fitSlope([[0, 0], [1, 1], [2, 0], [3, 1]])).toBeCloseTo(0.2);
  expect(fitSlope([[1, 1]])).toBeNaN();
});

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

// Made with scipy 1.17.1: scipy.stats.t.ppf(0.975, df), and ttest_rel(x, y).confidence_interval(0.95).
describe('Student\'s t', () => {
  it.each([
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [3, 3.1824463052837078],
    [4, 2.7764451051977934],
    [5, 2.5705818356363146],
    [9, 2.262157162798205],
    [10, 2.228138851986274],
    [29, 2.045229642132703],
    [30, 2.0422724563012378],
    [99, 1.9842169515864174],
    [1000, 1.9623390808264083],
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

// Made with scipy 1.17.1: scipy.stats.binomtest(min(b, c), b + c, 0.5).pvalue. Of 0 and 0 nothing differs.
it.each([
  [0, 0, 1],
  [1, 0, 1],
  [5, 0, 0.0625],
  [10, 2, 0.03857421875],
  [1, 3, 0.625],
  [59, 6, 4.964650327128616e-12],
  [121, 59, 4.4344492637551645e-6],
  [500, 500, 1],
  [510, 480, 0.35670140163752323],
  [1200, 1000, 2.1817026407914194e-5],
  [12000, 11500, 0.0011330142090280714],
  [13000, 12000, 2.6317455083363157e-10],
])("McNemar's exact test of %i and %i", (onlyFirst, onlySecond, expected) => {
  expect(Math.abs(computeMcnemar(onlyFirst, onlySecond) / expected - 1)).toBeLessThan(1e-9);
  expect(computeMcnemar(onlySecond, onlyFirst)).toBe(computeMcnemar(onlyFirst, onlySecond));
});

it('McNemar\'s exact test of what doubles cannot hold is 0, not an error', () => {
  expect(computeMcnemar(25_000, 0)).toBe(0);
});

/** [n] where one alone is right of `first` reviews, and the other alone of `second`. */
const discordant = (n: number, first: number, second: number): number[] =>
  Array.from({ length: n }, (_, row) => (row < first ? 1 : row < first + second ? -1 : 0));

describe('what a test set can tell apart', () => {
  // √(b + c + 1 − (b − c)²/(n + 2)) / (n + 2), by hand
  it.each([
    [200, 1, 0, Math.sqrt(2 - 1 / 202) / 202],
    [200, 0, 0, 1 / 202],
    [25_000, 1200, 1000, Math.sqrt(2201 - 40_000 / 25_002) / 25_002],
  ])('of %i reviews with %i and %i that one alone gets right', (n, first, second, expected) => {
    expect(computePairedError(discordant(n, first, second))).toBeCloseTo(expected, 15);
    expect(computePairedError(discordant(n, second, first))).toBeCloseTo(expected, 15);
  });

  it('is less where it is known which reviews each gets right', () => {
    const unpaired = computeUnpairedError([0.88, 0.87], 25_000);
    expect(unpaired).toBeCloseTo(Math.sqrt((0.88 * 0.12 + 0.87 * 0.13) / 25_000), 5);
    expect(computePairedError(discordant(25_000, 1250, 1000))).toBeLessThan(unpaired);
    expect(computeUnpairedError([1, 1], 10)).toBeGreaterThan(0);
  });
});

describe('the interval of a difference', () => {
  it('is Student\'s over the seeds where that is the wider', () => {
    const differences = [0.006, 0.001, 0.005];
    const [low, high] = computeDifferenceInterval(differences, 1e-4)!;
    expect(low).toBeCloseTo(computeMeanInterval(differences)![0], 14);
    expect(high).toBeCloseTo(computeMeanInterval(differences)![1], 14);
  });

  it.each([
    ['one review of 200, twice', [0.005, 0.005], discordant(200, 1, 0), true],
    ['four reviews of 200, of which McNemar\'s test is not sure either', [0.02, 0.02], discordant(200, 4, 0), true],
    ['ten reviews of 200, twice', [0.05, 0.05], discordant(200, 10, 0), false],
  ])('holds 0 or not for %s: never of width 0', (_, differences, reviews, holdsZero) => {
    const [low, high] = computeDifferenceInterval(differences, computePairedError(reviews))!;
    expect(low <= 0).toBe(holdsZero);
    expect(high - low).toBeGreaterThan(0.01);
  });

  it('is not there for a single seed', () => {
    expect(computeDifferenceInterval([0.1], 0.001)).toBeNull();
  });
});
