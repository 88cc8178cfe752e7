import { describe, expect, it } from 'vitest';

import { classify } from '../../src/measure/classification.ts';
import type { Classified } from '../../src/measure/classification.ts';
import { averageCurves, computeAveragePrecision, rankItems, traceCurve } from '../../src/measure/ranking.ts';
import type { RankingCurve } from '../../src/measure/ranking.ts';
import { createRandomStream } from '../../src/random.ts';

/** Of the second of two classes. */
const given = (labels: readonly number[], scores: readonly number[]): Classified =>
  ({ labels, probabilities: scores.map((score) => [1 - score, score]) });

/** By the trapezoidal rule. */
function areaUnder({ falsePositiveRate: x, truePositiveRate: y }: Pick<RankingCurve, 'falsePositiveRate' | 'truePositiveRate'>): number {
  return x.reduce((sum, value, k) => (k === 0 ? 0 : sum + (value - (x[k - 1] ?? 0)) * ((y[k] ?? 0) + (y[k - 1] ?? 0)) / 2), 0);
}

describe('a ranking', () => {
  it('gives the curve and the mean precision of scikit-learn\'s example', () => {
    // roc_curve and average_precision_score of its documentation: labels 0 0 1 1, scores 0.1 0.4 0.35 0.8.
    const ranking = rankItems(given([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 1), curve = traceCurve(ranking);
    expect(curve.falsePositiveRate).toEqual([0, 0, 0.5, 0.5, 1]);
    expect(curve.truePositiveRate).toEqual([0, 0.5, 0.5, 1, 1]);
    expect(curve.threshold).toEqual([null, 0.8, 0.4, 0.35, 0.1]);
    expect(curve.precision).toEqual([1, 1, 0.5, 2 / 3, 0.5]);
    expect(computeAveragePrecision(ranking)).toBeCloseTo(0.8333333333333333, 12);
    expect(areaUnder(curve)).toBe(0.75);
  });

  it('calls items of one probability so together: a tie is a slope, whatever their order', () => {
    const labels = [1, 0, 1, 0, 0], scores = [0.9, 0.7, 0.7, 0.7, 0.2];
    for (const order of [[0, 1, 2, 3, 4], [3, 2, 1, 0, 4], [4, 1, 3, 2, 0]]) {
      const ranking = rankItems(given(order.map((k) => labels[k] ?? 0), order.map((k) => scores[k] ?? 0)), 1);
      expect(ranking.cuts).toEqual([
        { threshold: null, truePositives: 0, falsePositives: 0 }, { threshold: 0.9, truePositives: 1, falsePositives: 0 },
        { threshold: 0.7, truePositives: 2, falsePositives: 2 }, { threshold: 0.2, truePositives: 2, falsePositives: 3 },
      ]);
      expect(computeAveragePrecision(ranking)).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 4), 12);
    }
    const curve = traceCurve(rankItems(given([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5]), 1));
    expect([curve.falsePositiveRate, curve.truePositiveRate, areaUnder(curve)]).toEqual([[0, 1], [0, 1], 0.5]);
  });

  it('has the area that ranks have, and loses next to nothing of it where points are left out', () => {
    const random = createRandomStream({ seed: 2, purpose: 'sample', index: 3 });
    const labels = Array.from({ length: 5000 }, () => Math.floor(3 * random.uniform()));
    const probabilities = labels.map((label) => {
      const weights = [0, 1, 2].map((k) => Math.round(20 * random.uniform()) + 1 + (k === label ? 8 : 0));
      return weights.map((weight) => weight / weights.reduce((sum, value) => sum + value, 0));
    });
    const { classes } = classify({ labels, probabilities });
    classes.forEach(({ area }, k) => {
      const ranking = rankItems({ labels, probabilities }, k), { positives, negatives, cuts } = ranking, curve = traceCurve(ranking);
      const whole = {
        falsePositiveRate: cuts.map(({ falsePositives }) => falsePositives / negatives),
        truePositiveRate: cuts.map(({ truePositives }) => truePositives / positives),
      };
      expect(areaUnder(whole)).toBeCloseTo(area, 12);
      expect(areaUnder(curve)).toBeCloseTo(area, 3);
      expect(curve.threshold.length).toBeLessThan(510);
      expect([curve.falsePositiveRate.at(-1), curve.truePositiveRate.at(-1)]).toEqual([1, 1]);
    });
  });

  it('of items without the class has no mean precision', () => {
    expect(computeAveragePrecision(rankItems(given([0, 0], [0.1, 0.9]), 1))).toBeNaN();
  });
});

it('curves are averaged at equal false positive rates, steps at their upper end', () => {
  const step = { falsePositiveRate: [0, 0, 0.5, 0.5, 1], truePositiveRate: [0, 0.5, 0.5, 1, 1] };
  const diagonal = { falsePositiveRate: [0, 1], truePositiveRate: [0, 1] };
  const mean = averageCurves([step, diagonal]);
  const at = (rate: number): number => mean.truePositiveRate[mean.falsePositiveRate.lastIndexOf(rate)] ?? Number.NaN;
  expect([0, 0.25, 0.5, 1].map(at)).toEqual([0.25, 0.375, 0.75, 1]);
  expect([mean.falsePositiveRate[0], mean.truePositiveRate[0]]).toEqual([0, 0]);
  expect(areaUnder(mean)).toBeCloseTo((0.75 + 0.5) / 2, 2);
});
