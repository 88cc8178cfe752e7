import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createSummary, convergenceDefinition, summarizeEpochs, summarySchema } from '../../src/experiment/records.ts';
import { facts, makeEpoch, makeEpochs } from './examples.ts';

const withTest = (...accuracies: number[]) => accuracies.map((testAccuracy, i) => makeEpoch(i + 1, { testAccuracy }));
const withValidation = (...pairs: [validation: number | null, test: number][]) =>
  pairs.map(([validationAccuracy, testAccuracy], i) => makeEpoch(i + 1, { validationAccuracy, testAccuracy }));

describe('the summary of a run', () => {
  it('takes the best epoch by validation and reports the test accuracy of that epoch', () => {
    expect(summarizeEpochs(withValidation([0.8, 0.81], [0.88, 0.86], [0.87, 0.9]))).toMatchObject({
      epochs: 3, bestEpoch: 2, testAccuracyAtBestValidation: 0.86, bestTestAccuracy: 0.9, bestTestEpoch: 3,
    });
  });

  it('takes the first of equals', () => {
    expect(summarizeEpochs(withValidation([0.8, 0.7], [0.9, 0.85], [0.9, 0.85]))).toMatchObject({ bestEpoch: 2, bestTestEpoch: 2 });
  });

  it('has no best epoch without a validation part', () => {
    expect(summarizeEpochs(withValidation([null, 0.7], [null, 0.8]))).toMatchObject({
      bestEpoch: null, testAccuracyAtBestValidation: null, bestTestAccuracy: 0.8, bestTestEpoch: 2,
    });
  });

  it.each([
    ['the first epoch within 0.5 points of the best', [0.8, 0.866, 0.87, 0.86], 2],
    ['exactly 0.5 points below counts, whatever binary fractions make of it', [0.8, 0.865, 0.87], 2],
    ['half of a tenth of a point too low does not', [0.8, 0.8649, 0.87], 3],
    ['a later fall does not undo it', [0.87, 0.5, 0.5], 1],
    ['one epoch', [0.5], 1],
  ])('converges: %s', (_, accuracies, epoch) => {
    expect(summarizeEpochs(withTest(...accuracies)).convergenceEpoch).toBe(epoch);
  });

  it('says what it means by convergence', () => {
    expect(summarizeEpochs([]).convergenceDefinition).toBe(convergenceDefinition);
    expect(convergenceDefinition).toBe('first epoch whose test accuracy is within 0.5 percentage points of the best test accuracy of the run');
  });

  it.each([[[3], 3, 3], [[1, 5], 3, 3], [[9, 1, 2], 4, 2], [[4, 1, 10, 3], 4.5, 3.5]])('of %j seconds: mean %d, median %d', (seconds, mean, median) => {
    const records = seconds.map((epochSeconds, i) => makeEpoch(i + 1, { epochSeconds }));
    expect(summarizeEpochs(records)).toMatchObject({ meanEpochSeconds: mean, medianEpochSeconds: median });
  });

  it('is empty before the first epoch, and still fits its schema', () => {
    const summary = createSummary({ ...facts, status: 'running' }, []);
    expect(summary).toMatchObject({ epochs: 0, bestEpoch: null, bestTestAccuracy: null, convergenceEpoch: null, meanEpochSeconds: null });
    expect(summarySchema.parse(summary)).toEqual(summary);
  });

  it('holds for any run: convergence is not after the best test epoch, and nothing given is changed', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (accuracies) => {
      const records = Object.freeze(withTest(...accuracies).map((record) => Object.freeze(record)));
      const { convergenceEpoch, bestTestEpoch, bestTestAccuracy } = summarizeEpochs(records);
      expect(bestTestAccuracy).toBe(Math.max(...accuracies));
      expect(convergenceEpoch).toBeLessThanOrEqual(bestTestEpoch ?? 0);
    }));
  });

  it('fits its schema after some epochs', () => {
    const summary = createSummary(facts, makeEpochs(4));
    expect(summarySchema.parse(summary)).toEqual(summary);
  });
});
