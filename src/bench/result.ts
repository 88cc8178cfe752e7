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
  readonly step: readonly Compared[];
  readonly epoch: readonly Compared[];
  readonly evaluation: readonly Compared[];
  readonly memory: readonly Memory[];
  readonly recurrent: RecurrentShare;
}

export const axes = ['length', 'batch', 'hidden', 'vocabulary'] as const;
export type Axis = (typeof axes)[number];

export interface GrowthPoint {
  readonly axis: Axis;
  readonly value: number;
  readonly compared: readonly Compared[];
}

export interface BenchResult {
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
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly titles: Readonly<Partial<Record<CompetitorId, string>>>;
  readonly data: {
    readonly location: string;
    readonly reviews: number;
    readonly testReviews: number;
    readonly maxLength: number;
    readonly meanLength: number;
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
  /** Competitors asked for that could not take part, and why. */
  readonly leftOut: readonly string[];
}
