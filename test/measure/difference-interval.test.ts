import { describe, expect, it } from 'vitest';

import { computeDifferenceInterval, computePairedError, computeUnpairedError, computeMeanInterval } from '../../src/measure/statistics.ts';

/** [n] where one alone is right of `first` reviews, and the other alone of `second`. */
const discordant = (n: number, first: number, second: number): number[] => Array.from({ length: n }, (_, row) => (row < first ? 1 : row < first + second ? -1 : 0));

describe('what a test set can tell apart', () => {
  // √(b + c + 1 − (b − c)²/(n + 2)) / (n + 2), by hand
  it.each([[200, 1, 0, Math.sqrt(2 - 1 / 202) / 202], [200, 0, 0, 1 / 202], [25_000, 1200, 1000, Math.sqrt(2201 - 40_000 / 25_002) / 25_002]])(
    'of %i reviews with %i and %i that one alone gets right', (n, first, second, expected) => {
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
