import type { Totals } from '../evaluate.ts';
import { toLabel } from '../../measure/statistics.ts';

/**
 * A convex loss ξ(m) of the margin m = y·w·x, seen from both sides: for a weight C, the dual variable α of a row is C·(−ξ′(m)) at the
 * optimum, and every α gives a lower bound of the loss.
 */
export interface MarginLoss {
  /** ξ(m) */
  readonly value: (margin: number) => number;
  /** −C·ξ*(−α/C): what a row adds to the dual objective. */
  readonly dualValue: (alpha: number, strength: number) => number;
  /**
   * The α that is best for one row while those of the others stay.
   * @param margin m with the present α
   * @param squaredNorm ‖x‖²
   */
  readonly bestAlpha: (alpha: number, margin: number, squaredNorm: number, strength: number) => number;
}

/** 1 / (1 + e⁻ˢ): the probability of the positive label where s is the log-odds. */
export function logistic(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

/** x·log(x/whole), 0 at 0. */
function entropyTerm(x: number, whole: number): number {
  return x <= 0 ? 0 : x * Math.log(x / whole);
}

const MAX_ROOT_STEPS = 100;
const ROOT_TOLERANCE = 1e-14;

/**
 * The root u of u + m + ‖x‖²·(C·σ(u) − α), which rises with a slope of at least 1, by Newton steps kept inside a bracket.
 * Yu, Huang and Lin (2011), "Dual coordinate descent methods for logistic regression and maximum entropy models", solve the same
 * equation for α = C·σ(u); in u both ends of 0 < α < C are far away, and nothing needs care there.
 */
function bestLogit(alpha: number, margin: number, squaredNorm: number, strength: number): number {
  let low = -margin - squaredNorm * (strength - alpha), high = -margin + squaredNorm * alpha;
  let u = Math.min(high, Math.max(low, Math.log(alpha / (strength - alpha))));
  for (let k = 0; k < MAX_ROOT_STEPS; k++) {
    const share = logistic(u);
    const excess = u + margin + squaredNorm * (strength * share - alpha);
    if (excess > 0) high = u;
    else low = u;
    const newton = u - excess / (1 + squaredNorm * strength * share * (1 - share));
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - u) <= ROOT_TOLERANCE * Math.max(1, Math.abs(u))) return next;
    u = next;
  }
  return u;
}

/** ξ = log(1 + e⁻ᵐ), with 0 ≤ α ≤ C. */
export const logisticLoss: MarginLoss = {
  value: (margin) => Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin),
  dualValue: (alpha, strength) => -entropyTerm(alpha, strength) - entropyTerm(strength - alpha, strength),
  bestAlpha: (alpha, margin, squaredNorm, strength) => strength * logistic(bestLogit(alpha, margin, squaredNorm, strength)),
};

/** ξ = max(0, 1 − m)², with α ≥ 0: Hsieh et al. (2008), "A dual coordinate descent method for large-scale linear SVM", equation 9. */
export const squaredHingeLoss: MarginLoss = {
  value: (margin) => Math.max(0, 1 - margin) ** 2,
  dualValue: (alpha, strength) => alpha - alpha ** 2 / (4 * strength),
  bestAlpha: (alpha, margin, squaredNorm, strength) => {
    const diagonal = 1 / (2 * strength);
    return Math.max(0, alpha - (margin - 1 + diagonal * alpha) / (squaredNorm + diagonal));
  },
};

/**
 * Loss and right answers of scores [N], as sums. The loss is the cross-entropy in nats with the score taken as log-odds, of an SVM too,
 * whose scores are not made for it: it compares runs, not kinds of model. What a score says is what its probability says.
 */
export function judgeScores(scores: Float64Array, labels: Uint8Array): Totals {
  let lossSum = 0, correct = 0;
  scores.forEach((score, i) => {
    const sign = labels[i] === 1 ? 1 : -1;
    lossSum += logisticLoss.value(sign * score);
    if (toLabel(logistic(score)) === labels[i]) correct++;
  });
  return { lossSum, correct, examples: scores.length };
}
