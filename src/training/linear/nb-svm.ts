import { z } from 'zod';
import { squaredHingeLoss } from './loss.ts';
import { describeNgrams } from './method.ts';
import type { LinearComponent } from './method.ts';
import { multiplyTransposed, scaleColumns } from './sparse-rows.ts';
import type { SparseRows } from './sparse-rows.ts';

const settings = {
  ngrams: z.int().min(1).max(2).default(2).describe('Longest n-gram that is a feature: 1 for words, 2 for words and pairs of neighbours.'),
  smoothing: z.number().positive().max(1_000_000).default(1).describe('Added to every count before the ratios are taken: their α.'),
  interpolation: z.number().min(0).max(1).default(0.25)
    .describe("The SVM's share in the weights, the rest being naive Bayes: their β."),
};

/** A linear SVM with naive Bayes features (Wang and Manning 2012). */
export const nbSvm = {
  settings,
  summary: 'a linear SVM on naive Bayes log-count ratios (Wang and Manning 2012)',
  label: 'NB-SVM',
  describe: (chosen) => `NB-SVM on ${describeNgrams(chosen)}, smoothing ${chosen.smoothing}, interpolation ${chosen.interpolation}`,
  features: ({ ngrams }) => ({ ngrams, values: 'presence' }),
  create({ smoothing, interpolation }, rows, signs) {
    const ratios = computeLogCountRatios(rows, signs, smoothing);
    return {
      problem: { rows: scaleColumns(rows, ratios), signs, loss: squaredHingeLoss },
      toFeatureWeights: (solution) => interpolate(solution, interpolation, signs).map((weight, j) => weight * (ratios[j] ?? 0)),
    };
  },
} satisfies LinearComponent<typeof settings>;

/**
 * r [D], the log-count ratios of Wang and Manning (2012), "Baselines and bigrams: simple, good sentiment and topic classification",
 * section 2.1: r = log((p/‖p‖₁) / (q/‖q‖₁)) with p = α + Σ f over the positive reviews and q likewise over the negative ones.
 * The last column, the bias, takes no part and gets 1.
 * @param rows f [N, D], binarised for an NB-SVM
 * @param signs y [N] ±1
 * @param smoothing α
 */
export function computeLogCountRatios(rows: SparseRows, signs: Float64Array, smoothing: number): Float64Array {
  const bias = rows.width - 1;
  const countsOf = (sign: number): Float64Array =>
    multiplyTransposed(rows, signs.map((other) => (other === sign ? 1 : 0))).subarray(0, bias).map((count) => count + smoothing);
  const p = countsOf(1), q = countsOf(-1);
  const balance = Math.log(sum(p) / sum(q));
  const ratios = new Float64Array(rows.width).fill(1);
  p.forEach((count, j) => { ratios[j] = Math.log(count / (q[j] ?? 1)) - balance; });
  return ratios;
}

/**
 * Section 2.3: w′ = (1 − β)·w̄ + β·w with w̄ the mean of |w|, which mixes the SVM with multinomial naive Bayes (w = 1 on the ratios).
 * The bias is mixed likewise: naive Bayes's is log(N₊/N₋). (The authors' code has none; on as many positive reviews as negative ones,
 * naive Bayes's is 0.)
 * @param weights [D] of the features times their ratios, the last one the bias
 * @param share β, the SVM's
 */
export function interpolate(weights: Float64Array, share: number, signs: Float64Array): Float64Array {
  const bias = weights.length - 1;
  const mean = bias === 0 ? 0 : sum(weights.subarray(0, bias).map(Math.abs)) / bias;
  const prior = computePrior(signs);
  return weights.map((weight, j) => (1 - share) * mean * (j === bias ? prior : 1) + share * weight);
}

/** log(N₊/N₋); 0 where a label has no reviews. */
function computePrior(signs: Float64Array): number {
  const positive = signs.filter((sign) => sign > 0).length;
  return positive === 0 || positive === signs.length ? 0 : Math.log(positive / (signs.length - positive));
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
