import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { classify, computeShareInterval } from '../../src/measure/classification.ts';
import type { Classified, ClassScores } from '../../src/measure/classification.ts';

type Golden = Classified & Readonly<Record<string, number>> & Readonly<Record<'precision' | 'recall' | 'f1' | 'support' | 'area', number[]>> & {
  readonly confusion: number[][];
};
const golden = JSON.parse(readFileSync(new URL('../golden/classification.json', import.meta.url), 'utf8')) as Golden[];

describe.each(golden.map((one) => [one.confusion.length, one] as const))('scores of %i classes', (_, expected) => {
  const found = classify(expected);

  it('are scikit-learn\'s', () => {
    expect(found.confusion).toEqual(expected.confusion);
    for (const key of ['accuracy', 'macroF1', 'weightedF1', 'logLoss', 'brier'] as const)
      expect(found[key], key).toBeCloseTo(expected[key] ?? Number.NaN, 12);
  });

  it.each(['precision', 'recall', 'f1', 'support', 'area'] as const satisfies (keyof ClassScores)[])('of a class are scikit-learn\'s: %s', (key) => {
    found.classes.forEach((scores, k) => { expect(scores[key]).toBeCloseTo(expected[key][k] ?? Number.NaN, 12); });
  });
});

it('a calibration error is the mean distance of accuracy from confidence over bins of confidence', () => {
  const rows = [[0.1, 0.9], [0.08, 0.92], [0.4, 0.6], [0.6, 0.4]];
  const { calibration, calibrationError } = classify({ labels: [1, 0, 1, 1], probabilities: rows });
  // 0.9 and 0.92 share a bin of which one is right; so do the two of 0.6.
  expect(calibration.map(({ items, confidence, accuracy }) => [items, Number(confidence.toFixed(6)), accuracy]))
    .toEqual([[2, 0.6, 0.5], [2, 0.91, 0.5]]);
  expect(calibrationError).toBeCloseTo((0.1 + 0.41) / 2, 12);
});

it('a class that is never called has no precision, and one without items no recall', () => {
  const { classes } = classify({ labels: [0, 0], probabilities: [[0.9, 0.1], [0.7, 0.3]] });
  expect(classes[1]).toEqual({ precision: Number.NaN, recall: Number.NaN, f1: Number.NaN, support: 0, area: Number.NaN });
  expect(() => classify({ labels: [], probabilities: [] })).toThrow(RangeError);
});

it('the interval of a share is Wilson\'s', () => {
  // Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20.
  expect(computeShareInterval(81, 263).map((end) => end.toFixed(4))).toEqual(['0.2553', '0.3662']);
  expect(computeShareInterval(15, 148).map((end) => end.toFixed(4))).toEqual(['0.0624', '0.1605']);
  expect(computeShareInterval(0, 20).map((end) => end.toFixed(4))).toEqual(['0.0000', '0.1611']);
});
