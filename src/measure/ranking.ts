import type { Classified } from './classification.ts';

/** What is called the class when all are whose probability of it is `threshold` or more. */
export interface Cut {
  /** Null where nothing is called so. */
  readonly threshold: number | null;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** Every way to cut items by their probability of one class, the strictest first. */
export interface Ranking {
  /** Items of the class, and all others. */
  readonly positives: number;
  readonly negatives: number;
  /** From nothing to everything; items of one probability are called so together. */
  readonly cuts: readonly Cut[];
}

/** Ranks items by the probability of class k. */
export function rankItems({ labels, probabilities }: Classified, k: number): Ranking {
  const ranked = probabilities.map((row, item) => ({ value: row[k] ?? Number.NaN, isOf: labels[item] === k }))
    .sort((a, b) => b.value - a.value);
  const cuts: Cut[] = [{ threshold: null, truePositives: 0, falsePositives: 0 }];
  let truePositives = 0, falsePositives = 0;
  ranked.forEach(({ value, isOf }, place) => {
    if (isOf) truePositives += 1;
    else falsePositives += 1;
    if (ranked[place + 1]?.value !== value) cuts.push({ threshold: value, truePositives, falsePositives });
  });
  return { positives: truePositives, negatives: falsePositives, cuts };
}

/** Mean precision over the items of the class: Σ (Rₙ − Rₙ₋₁)·Pₙ over cuts, R the recall and P the precision; NaN without such items. */
export function computeAveragePrecision({ positives, cuts }: Ranking): number {
  return cuts.reduce((sum, { truePositives, falsePositives }, place) => {
    const gained = truePositives - (cuts[place - 1]?.truePositives ?? 0);
    return gained === 0 ? sum : sum + (gained / positives) * (truePositives / (truePositives + falsePositives));
  }, positives === 0 ? Number.NaN : 0);
}

/** A curve's points: its x and y, in columns. */
export interface RankingCurve {
  readonly threshold: readonly (number | null)[];
  /** FP / (FP + TN) */
  readonly falsePositiveRate: readonly number[];
  /** TP / (TP + FN), which is the recall. */
  readonly truePositiveRate: readonly number[];
  /** TP / (TP + FP); 1 where nothing is called so. */
  readonly precision: readonly number[];
}

/** Points of a curve nearer to each other than this in both rates are left out. */
const NEAR = 0.004;

/** The receiver operating characteristic and the precision of a ranking, at cuts of it: the two ends, and some of the others. */
export function traceCurve({ positives, negatives, cuts }: Ranking): RankingCurve {
  const kept: Cut[] = [];
  cuts.forEach((cut, place) => {
    const before = kept.at(-1);
    const isFar = before === undefined || (cut.truePositives - before.truePositives) / positives >= NEAR
      || (cut.falsePositives - before.falsePositives) / negatives >= NEAR;
    if (isFar || place === cuts.length - 1) kept.push(cut);
  });
  return {
    threshold: kept.map(({ threshold }) => threshold),
    falsePositiveRate: kept.map(({ falsePositives }) => falsePositives / negatives),
    truePositiveRate: kept.map(({ truePositives }) => truePositives / positives),
    precision: kept.map(({ truePositives, falsePositives, threshold }) =>
      (threshold === null ? 1 : truePositives / (truePositives + falsePositives))),
  };
}

/** Steps of the axis that curves are averaged over. */
const STEPS = 200;

/** The mean of curves at equal false positive rates, between their points along straight lines. */
export function averageCurves(
  curves: readonly Pick<RankingCurve, 'falsePositiveRate' | 'truePositiveRate'>[],
): Pick<RankingCurve, 'falsePositiveRate' | 'truePositiveRate'> {
  const falsePositiveRate = Array.from({ length: STEPS + 1 }, (_, step) => step / STEPS);
  const truePositiveRate = falsePositiveRate.map((rate) => curves.reduce((sum, curve) => sum + readCurve(curve, rate), 0) / curves.length);
  return { falsePositiveRate: [0, ...falsePositiveRate], truePositiveRate: [0, ...truePositiveRate] };
}

/** The highest point of a curve at a false positive rate. */
function readCurve(
  { falsePositiveRate: x, truePositiveRate: y }: Pick<RankingCurve, 'falsePositiveRate' | 'truePositiveRate'>, rate: number,
): number {
  const after = x.findIndex((value) => value > rate);
  if (after < 0) return y.at(-1) ?? Number.NaN;
  const [x0 = 0, x1 = 1, y0 = 0, y1 = 1] = [x[after - 1], x[after], y[after - 1], y[after]];
  return y0 + (y1 - y0) * (rate - x0) / (x1 - x0);
}
