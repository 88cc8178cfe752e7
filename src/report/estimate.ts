import { computeDeviation, computeMean } from '../measure/averages.ts';

/** Over runs that differ in their seed alone. */
export interface Estimate {
  readonly mean: number;
  /** Sample standard deviation; null of a single run. */
  readonly deviation: number | null;
  readonly runs: number;
}

/** A measured figure beside the articles'. */
export interface Figure {
  /** Null when no run of the model has it. */
  readonly measured: Estimate | null;
  readonly articles: number | null;
  /** Measured mean over the articles' figure. */
  readonly ratio: number | null;
}

/** @returns null of nothing */
export function createEstimate(values: readonly number[]): Estimate | null {
  if (values.length === 0) return null;
  return { mean: computeMean(values), deviation: values.length === 1 ? null : computeDeviation(values), runs: values.length };
}

/** @param values of the runs; null where a run does not have the figure */
export function createFigure(values: readonly (number | null)[], articles: number | null): Figure {
  const measured = createEstimate(values.filter((value) => value !== null));
  return { measured, articles, ratio: measured === null || articles === null ? null : measured.mean / articles };
}
