import type { FullShape, Pass } from '../../measure/layer-timing.ts';
import { pairwiseRatio } from '../../measure/spread.ts';
import type { Spread } from '../../measure/spread.ts';

export type GateCell = 'rnn' | 'gru' | 'lstm';

/** Seconds of every turn; the same turn of two players met the same machine. */
export type PassTimes = Readonly<Record<Pass, readonly number[]>>;

/** Recurrent layers on their own, D = H. */
export interface LayerTimes extends FullShape {
  readonly size: number;
  readonly turns: number;
  readonly times: Readonly<Record<GateCell, PassTimes>>;
}

/** The articles' classifier: a training step and an evaluation. */
export interface StepTimes extends FullShape {
  readonly turns: number;
  readonly times: Readonly<Record<GateCell | 'bilstm', PassTimes>>;
}

/** Tensors of a training step of the articles' classifier. */
export interface StepMemory extends FullShape {
  /** What is kept for the backward pass. */
  readonly keptBytes: Readonly<Record<GateCell, number>>;
  /** The most there are at once, with parameters and Adam's moments. */
  readonly peakTensorBytes: Readonly<Record<GateCell, number>>;
}

/** RNN and LSTM layers against a Transformer's encoder layer of the same width. */
export interface LengthTimes {
  readonly rows: number;
  readonly size: number;
  readonly feedForwardSize: number;
  readonly turns: number;
  /** By sequence length, ascending. */
  readonly points: readonly { readonly steps: number; readonly times: Readonly<Record<'rnn' | 'lstm' | 'encoder', PassTimes>> }[];
}

/** The small measurements that claims ask for; each is made once, when it is first asked for. */
export interface Measurements {
  readonly layers: () => Promise<LayerTimes>;
  readonly steps: () => Promise<StepTimes>;
  readonly memory: () => Promise<StepMemory>;
  readonly lengths: () => Promise<LengthTimes>;
}

/** How many times as long a pass of `one` takes as the same pass of `other`, turn by turn. */
export function timesAsLong(one: PassTimes, other: PassTimes, pass: Pass): Spread {
  return pairwiseRatio(other[pass], one[pass]);
}
