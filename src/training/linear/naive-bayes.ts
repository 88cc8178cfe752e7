import { multiplyTransposed } from './sparse-rows.ts';
import type { SparseRows } from './sparse-rows.ts';

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
