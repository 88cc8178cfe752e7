import type { Spread } from '../measure/statistics.ts';
import type { CompetitorId, Compared } from './competitors.ts';

export interface Memory {
  readonly id: CompetitorId;
  /** Resident with all libraries loaded, before any model; null where the system does not tell. */
  readonly baselineBytes: number | null;
  /** Peaks above the baseline: after training, and after training and evaluation. */
  readonly trainingBytes: number | null;
  readonly evaluationBytes: number | null;
}

/** How close gatelab's recurrent kernels come to a matMul of TensorFlow in the same seconds. Rates in FLOP/s. */
export interface RecurrentShare {
  readonly matMul: Spread;
  readonly forward: Spread;
  readonly backward: Spread;
  readonly both: Spread;
  /** `both` over `matMul`. */
  readonly share: Spread;
  /** Of the step's time. */
  readonly partOfStep: Spread;
}

export interface ModelResult {
  readonly name: string;
  /** Competitors that lack the model and sat out. */
  readonly absent: readonly CompetitorId[];
  readonly step: readonly Compared[];
  readonly epoch: readonly Compared[];
  readonly evaluation: readonly Compared[];
  readonly memory: readonly Memory[];
  /** Null of a model whose gates read no state. */
  readonly recurrent: RecurrentShare | null;
}

export const axes = ['length', 'batch', 'hidden', 'vocabulary'] as const;
export type Axis = (typeof axes)[number];

export interface GrowthPoint {
  readonly axis: Axis;
  readonly value: number;
  readonly compared: readonly Compared[];
}

/** When, where and of what figures were measured. */
export interface Circumstances {
  readonly measuredAt: string;
  readonly command: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly system: string;
    /** Waiting or running processes a core over the minute before; null where unknown. */
    readonly loadBefore: number | null;
  };
  readonly versions: Readonly<Record<string, string>>;
  /** By id, in the order of the columns: what each is called, and what it does. */
  readonly titles: Readonly<Partial<Record<CompetitorId, string>>>;
  readonly words: Readonly<Partial<Record<CompetitorId, string>>>;
  /** What each model is, by its name. */
  readonly modelWords: Readonly<Record<string, string>>;
  /** Competitors asked for that could not take part, and why. */
  readonly leftOut: readonly string[];
}

/** Training and evaluation. */
export interface BenchResult extends Circumstances {
  readonly threads: number;
  readonly data: {
    readonly location: string;
    readonly reviews: number;
    readonly testReviews: number;
    readonly maxLength: number;
    readonly meanLength: number;
    /** At most. */
    readonly vocabularySize: number;
  };
  readonly settings: {
    readonly rounds: number;
    readonly batchSize: number;
    readonly evaluationBatchSize: number;
    readonly epochBatches: { readonly measured: number; readonly all: number };
    readonly evaluationBatches: { readonly measured: number; readonly all: number };
  };
  readonly models: readonly ModelResult[];
  readonly growth: readonly GrowthPoint[];
}

/** Answers of one model to batches of one size, on so many threads. */
export interface AnswerRow {
  readonly model: string;
  readonly threads: number;
  readonly batchSize: number;
  readonly turns: number;
  readonly absent: readonly CompetitorId[];
  /** Seconds of a batch. */
  readonly compared: readonly Compared[];
}

/** From a text to the probabilities of its classes. */
export interface LatencyResult extends Circumstances {
  readonly data: { readonly location: string; readonly maxLength: number; readonly meanLength: number; readonly vocabularySize: number };
  readonly answers: readonly AnswerRow[];
}
