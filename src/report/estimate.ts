import { computeDeviation, computeMean } from '../measure/averages.ts';

/** Over runs that differ in their seed alone. */
export interface Estimate {
  readonly mean: number;
  /** Sample standard deviation; null of a single run. */
  readonly deviation: number | null;
  readonly runs: number;
}

/** A measured figure beside the documents'. */
export interface Figure {
  /** Null when no run of the model has it. */
  readonly measured: Estimate | null;
  readonly documents: number | null;
  /** Measured mean over the documents' figure. */
  readonly ratio: number | null;
}

/** @returns null of nothing */
export function createEstimate(values: readonly number[]): Estimate | null {
  if (values.length === 0) return null;
  return { mean: computeMean(values), deviation: values.length === 1 ? null : computeDeviation(values), runs: values.length };
}

/** @param values of the runs; null where a run does not have the figure */
export function createFigure(values: readonly (number | null)[], documents: number | null): Figure {
  const measured = createEstimate(values.filter((value) => value !== null));
  return { measured, documents, ratio: measured === null || documents === null ? null : measured.mean / documents };
}
