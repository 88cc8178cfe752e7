import { describe, expect, it } from 'vitest';

import { indexOfLargest, measureCalibration } from '../../src/measure/classification.ts';
import type { Classified } from '../../src/measure/classification.ts';
import { applyTemperature, fitTemperature } from '../../src/measure/temperature.ts';
import { createRandomStream } from '../../src/random.ts';

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits))), sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

const lossAt = ({ labels, probabilities }: Classified, temperature: number): number =>
  measureCalibration({ labels, probabilities: probabilities.map((row) => applyTemperature(row, temperature)) }).logLoss;

/** Labels drawn by probabilities whose logits are then multiplied: the temperature is about that factor. */
function draw(items: number, classes: number, factor: number): Classified {
  const random = createRandomStream({ seed: 5, purpose: 'sample', index: classes });
  const logits = Array.from({ length: items }, () => Array.from({ length: classes }, () => 3 * (random.uniform() - 0.5)));
  const labels = logits.map((row) => {
    let left = random.uniform();
    return softmax(row).findIndex((probability) => (left -= probability) < 0);
  });
  return { labels, probabilities: logits.map((row) => softmax(row.map((logit) => factor * logit))) };
}

describe('fitTemperature', () => {
  it('makes a confidence of 0.9 that is right three times of four 0.75: T = ln 9 / ln 3', () => {
    const probabilities = [[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.1, 0.9]];
    const temperature = fitTemperature({ labels: [0, 1, 1, 1], probabilities });
    expect(temperature).toBeCloseTo(2, 12);
    expect(applyTemperature([0.1, 0.9], temperature)[1]).toBeCloseTo(0.75, 12);
  });

  it.each([[2, 4], [2, 0.3], [3, 2.5], [10, 30]])('of %i classes, logits times %d, finds the least log loss', (classes, factor) => {
    const drawn = draw(600, classes, factor), temperature = fitTemperature(drawn), least = lossAt(drawn, temperature);
    for (let exponent = -6; exponent <= 6; exponent += 0.05)
      expect(lossAt(drawn, Math.exp(exponent))).toBeGreaterThanOrEqual(least - 1e-12);
    expect(Math.abs(Math.log(temperature / factor))).toBeLessThan(0.25);
  });

  it('takes certainty that is wrong, and scores that are large', () => {
    const certain = { labels: [0, 1, 1, 0], probabilities: [[0, 1], [0, 1], [0, 1], [1, 0]] };
    const temperature = fitTemperature(certain);
    expect(applyTemperature([0, 1], temperature)[1]).toBeCloseTo(0.75, 9);
    const large = { labels: [0, 1, 1, 1], probabilities: [[1, 1e-200], [1e-150, 1], [1e-150, 1], [1, 1e-120]] };
    const found = fitTemperature(large);
    for (const other of [0.9 * found, 1.1 * found]) expect(lossAt(large, other)).toBeGreaterThan(lossAt(large, found));
  });

  it('does not sharpen where every item is right, nor go beyond 1000 where none is', () => {
    expect(fitTemperature({ labels: [0, 1], probabilities: [[0.6, 0.4], [0.3, 0.7]] })).toBe(1);
    expect(fitTemperature({ labels: [1, 0], probabilities: [[0.6, 0.4], [0.3, 0.7]] })).toBeCloseTo(1000, 6);
    expect(() => fitTemperature({ labels: [], probabilities: [] })).toThrow(RangeError);
  });
});

describe('applyTemperature', () => {
  it('leaves the answer, the first of equals too, whatever is nearly equal', () => {
    const random = createRandomStream({ seed: 7, purpose: 'sample', index: 1 });
    const ulp = Number.EPSILON / 4;
    const rows = [
      [0.5, 0.5], [0.5 - ulp, 0.5 + ulp], [0.5 - 2 * ulp, 0.5 + 2 * ulp], [0.25, 0.25 + ulp, 0.5 - ulp], [0.4 - ulp, 0.4, 0.2],
      [1 / 3, 1 / 3, 1 / 3], [0, 1], [1e-300, 1 - 1e-16], [0, 0.5, 0.5],
      ...Array.from({ length: 200 }, () =>
        softmax(Array.from({ length: 4 }, () => Math.round(2 * random.uniform()) + 1e-16 * random.uniform()))),
    ];
    for (const row of rows) {
      for (const temperature of [1e-3, 0.5, 1, 1.7, 30, 1000]) {
        const softened = applyTemperature(row, temperature);
        expect(indexOfLargest(softened), `${row.join()} at ${temperature}`).toBe(indexOfLargest(row));
        expect(softened.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
      }
    }
  });

  it('is the softmax of logits over T', () => {
    const logits = [1.5, -2, 0.25];
    applyTemperature(softmax(logits), 2.5).forEach((value, k) => {
      expect(value).toBeCloseTo(softmax(logits.map((logit) => logit / 2.5))[k] ?? Number.NaN, 14);
    });
  });
});
