import type { LinearModelConfig } from '../../config/linear-schema.ts';
import type { LinearProblem } from './dual-descent.ts';
import { logisticLoss, squaredHingeLoss } from './loss.ts';
import { computeLogCountRatios, interpolate } from './naive-bayes.ts';
import { scaleColumns } from './sparse-rows.ts';
import type { SparseRows } from './sparse-rows.ts';

/** A linear model as an optimisation problem, and the way back to weights of the plain features. */
export interface LinearMethod {
  readonly problem: Omit<LinearProblem, 'strength'>;
  /** @returns [D] so that the score of a review is its features times them */
  readonly toFeatureWeights: (solution: Float64Array) => Float64Array;
}

/**
 * @param rows [N, D] features of the training part, the last column the bias
 * @param signs [N] ±1
 */
export function createLinearMethod(model: LinearModelConfig, rows: SparseRows, signs: Float64Array): LinearMethod {
  if (model.type === 'bag-of-words') return { problem: { rows, signs, loss: logisticLoss }, toFeatureWeights: (solution) => solution.slice() };
  const ratios = computeLogCountRatios(rows, signs, model.smoothing);
  return {
    problem: { rows: scaleColumns(rows, ratios), signs, loss: squaredHingeLoss },
    toFeatureWeights: (solution) => interpolate(solution, model.interpolation, signs).map((weight, j) => weight * (ratios[j] ?? 0)),
  };
}
