import type { Experiment } from '../experiment/load.ts';

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

/** One model of the comparison table. */
export interface ComparisonRow {
  /** As in the pictures, for example `BiLSTM`. */
  readonly label: string;
  readonly seeds: readonly number[];
  readonly experiments: readonly Experiment[];
  readonly parameters: Figure;
  readonly parametersWithoutEmbedding: Figure;
  /** Median over a run's epochs. */
  readonly epochSeconds: Figure;
  /** The documents' figure: the best epoch on the test set itself. */
  readonly bestTestAccuracy: Figure;
  /** The honest figure. */
  readonly testAccuracyAtBestValidation: Figure;
  readonly convergenceEpoch: Figure;
  readonly peakRssBytes: Figure;
  readonly peakAboveBaselineBytes: Figure;
}

/** Two models by test accuracy at best validation. */
export interface PairedDifference {
  readonly first: string;
  readonly second: string;
  /** First minus second over the seeds both have, as a fraction. */
  readonly difference: Estimate;
  /** 95 %, Student's t over the pairs; null with fewer than two. */
  readonly interval: readonly [number, number] | null;
  /** McNemar's exact test on the test predictions of each seed both have; two-sided. */
  readonly mcnemar: readonly { readonly seed: number; readonly onlyFirst: number; readonly onlySecond: number; readonly pValue: number }[];
  /** True when the interval holds 0, or there is none to say otherwise. */
  readonly withinNoise: boolean;
}

export interface Comparison {
  /** In the documents' order: LSTM, BiLSTM, GRU, then the others, then the baselines. */
  readonly rows: readonly ComparisonRow[];
  readonly differences: readonly PairedDifference[];
  /** What a reader must know besides: runs left out and why, different machines, few seeds. */
  readonly notes: readonly string[];
}
