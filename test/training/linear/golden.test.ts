import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LinearModelConfig } from '../../../src/experiment-schema.ts';
import { descend } from '../../../src/training/linear/dual-descent.ts';
import type { LinearProblem } from '../../../src/training/linear/dual-descent.ts';
import { squaredHingeLoss } from '../../../src/training/linear/loss.ts';
import { linearModelOf } from '../../../src/training/linear/settings.ts';
import { last, toSparseRows } from './sparse-fixture.ts';

interface Golden {
  readonly counts: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly smoothing: number;
  readonly interpolation: number;
  readonly cases: readonly { readonly strength: number; readonly logistic: number[]; readonly svm: number[]; readonly nbSvm: number[] }[];
}

/** Made by scripts/golden/make-linear-golden.py. */
const golden = JSON.parse(readFileSync(new URL('../../golden/linear.json', import.meta.url), 'utf8')) as Golden;
const signs = Float64Array.from(golden.labels, (label) => 2 * label - 1);
const counts = toSparseRows(golden.counts.map((row) => [...row, 1]));
const presence = toSparseRows(golden.counts.map((row) => [...row.map((count) => Math.min(1, count)), 1]));
const exact = { tolerance: 1e-15, maxPasses: 20_000, seed: 1 };

const solve = (problem: LinearProblem): Float64Array => last(descend(problem, exact)).weights;

function expectClose(found: Float64Array, wanted: readonly number[]): void {
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((value, j) => { expect(found[j], `weight ${j}`).toBeCloseTo(value, 6); });
}

describe.each(golden.cases)('weights are those of scikit-learn at C = $strength', ({ strength, logistic, svm, nbSvm }) => {
  const fit = (model: LinearModelConfig, rows: typeof counts): Float64Array => {
    const { problem, toFeatureWeights } = linearModelOf(model).create(model, rows, signs);
    return toFeatureWeights(solve({ ...problem, strength }));
  };

  it('logistic regression on counts', () => {
    expectClose(fit({ type: 'bag-of-words', ngrams: 1, values: 'counts' }, counts), logistic);
  });

  it('the SVM with squared hinge loss', () => {
    expectClose(solve({ rows: counts, signs, loss: squaredHingeLoss, strength }), svm);
  });

  it('NB-SVM: log-count ratios, SVM and interpolation', () => {
    const { smoothing, interpolation } = golden;
    expectClose(fit({ type: 'nb-svm', ngrams: 1, smoothing, interpolation }, presence), nbSvm);
  });
});
