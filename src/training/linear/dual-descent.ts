import { shuffled } from '../../random.ts';
import type { MarginLoss } from './loss.ts';
import { addRow, countRows, multiply, multiplyRow } from './sparse-rows.ts';
import type { SparseRows } from './sparse-rows.ts';

/** min f(w) = ½‖w‖² + C·Σᵢ ξ(yᵢ·w·xᵢ), as LIBLINEAR writes it (Fan et al. 2008, section 2). */
export interface LinearProblem {
  /** X [N, D]; a column of ones, if there is one, is the bias. */
  readonly rows: SparseRows;
  /** y [N] ±1. */
  readonly signs: Float64Array;
  readonly loss: MarginLoss;
  /** C. The larger, the less the weights are held back. */
  readonly strength: number;
}

export interface DescentOptions {
  /** Largest duality gap at the end, as a share of the objective. */
  readonly tolerance: number;
  readonly maxPasses: number;
  /** Of the order of the rows, a new one each pass. */
  readonly seed: number;
}

export interface DescentState {
  /** w = Σᵢ αᵢ·yᵢ·xᵢ [D] */
  readonly weights: Float64Array;
  /** Over the rows. */
  readonly passes: number;
  /** f(w) */
  readonly objective: number;
  /** (f(w) − dual objective) / f(w). f(w) is above the minimum by no more than that share, and ½‖w − w*‖² ≤ gap·f(w). */
  readonly gap: number;
  readonly converged: boolean;
}

/**
 * Dual coordinate descent: row after row, in random order, the best αᵢ while the others stay (Hsieh et al. 2008, algorithm 1;
 * Yu, Huang and Lin 2011, algorithm 5). Ends when the duality gap, and with it the error, is small enough.
 * Yields after every pass; the weights go on changing until the last.
 */
export function* descend(problem: LinearProblem, { tolerance, maxPasses, seed }: DescentOptions): Generator<DescentState, DescentState> {
  const { rows, signs } = problem;
  const alphas = new Float64Array(signs.length);
  const weights = new Float64Array(rows.width);
  const squaredNorms = computeSquaredNorms(rows);
  for (let passes = 1; ; passes++) {
    for (const row of shuffled(Int32Array.from(signs.keys()), { seed, purpose: 'shuffle', index: passes })) {
      improveRow(problem, row, { alphas, weights, squaredNorms });
    }
    const { objective, gap } = measureGap(problem, weights, alphas);
    const state = { weights, passes, objective, gap, converged: gap <= tolerance };
    if (state.converged || passes >= maxPasses) return state;
    yield state;
  }
}

interface Variables {
  readonly alphas: Float64Array;
  readonly weights: Float64Array;
  readonly squaredNorms: Float64Array;
}

function improveRow({ rows, signs, loss, strength }: LinearProblem, row: number, { alphas, weights, squaredNorms }: Variables): void {
  const sign = signs[row] ?? 1, alpha = alphas[row] ?? 0;
  const better = loss.bestAlpha(alpha, sign * multiplyRow(rows, row, weights), squaredNorms[row] ?? 0, strength);
  if (better === alpha) return;
  alphas[row] = better;
  addRow(weights, rows, row, sign * (better - alpha));
}

function measureGap(
  { rows, signs, loss, strength }: LinearProblem,
  weights: Float64Array,
  alphas: Float64Array,
): Pick<DescentState, 'objective' | 'gap'> {
  const scores = multiply(rows, weights);
  const half = 0.5 * weights.reduce((sum, weight) => sum + weight * weight, 0);
  const primal = half + strength * signs.reduce((sum, sign, i) => sum + loss.value(sign * (scores[i] ?? 0)), 0);
  const dual = alphas.reduce((sum, alpha) => sum + loss.dualValue(alpha, strength), 0) - half;
  return { objective: primal, gap: (primal - dual) / primal };
}

function computeSquaredNorms(rows: SparseRows): Float64Array {
  const { values, offsets } = rows;
  return Float64Array.from({ length: countRows(rows) }, (_, row) =>
    values.subarray(offsets[row], offsets[row + 1]).reduce((sum, value) => sum + value * value, 0));
}
