import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { dropout, dropoutRows, dropoutStream, multiplyRows } from '../ops/dropout.ts';
import type { DropoutMask } from '../ops/dropout.ts';
import { checkpoint } from '../ops/checkpoint.ts';
import type { Extras } from '../ops/checkpoint.ts';
import type { MemoryProbe } from '../ops/gradients.ts';
import type { PackedBatch } from '../data/batches.ts';
import type { OnnxGraph } from '../ops/onnx-graph.ts';
import type { CellName } from '../ops/cells.ts';
import { rowIndex } from '../ops/packed-layout.ts';
import type { Direction, PackedLayout } from '../ops/packed-layout.ts';
import { gatherRows } from '../ops/linear.ts';
import type { Registered, SettingsOf, Shape } from '../registry.ts';
import type { ParameterSpec, Weights } from './parameters.ts';

export { VALUE_BYTES } from '../ops/gradients.ts';

/**
 * A batch of B rows with N tokens in all, of which U are distinct; for a part, U is the rows of the sequence it is given. What grows with
 * the square of a length is that of rows of one length, N / B.
 */
export interface BatchShape {
  readonly rows: number;
  readonly tokens: number;
  readonly distinctTokens: number;
}

/**
 * What training computes again in its backward pass, so as not to keep it: nothing; each layer of the encoder, of which its input alone is
 * kept; the steps of a recurrent layer, of which a state is kept now and then.
 */
export const checkpointings = ['none', 'layers', 'time'] as const;
export type Checkpointing = (typeof checkpointings)[number];

/** A recurrent layer, all its directions together. */
export interface RecurrentLayer {
  readonly kind: 'recurrent';
  readonly cell: CellName;
  readonly directions: number;
  /** D */
  readonly inputSize: number;
  /** H, of each direction. */
  readonly hiddenSize: number;
}

/** Self-attention and a feed-forward part (Vaswani et al. 2017, section 3.1). */
export interface AttentionLayer {
  readonly kind: 'attention';
  /** d */
  readonly embeddingSize: number;
  /** ff, the width within the feed-forward part. */
  readonly feedForwardSize: number;
}

/** What a part costs on one batch. */
export interface PartCost {
  /** The line of `inspect` it stands in; null for what is counted with the part that follows. */
  readonly name: string | null;
  readonly parameters: readonly ParameterSpec[];
  /** Of the forward pass: matrix products alone, one for a weight and a row. */
  readonly multiplyAdds: number;
  /**
   * What the tape holds for the backward pass. A part counts what it makes, its result among it where whoever reads that keeps it;
   * never its input. Memory that several tensors share counts once. A test holds this to the tape.
   */
  readonly keptBytes: number;
  /** Whether the backward pass computes it again. */
  readonly isRecomputed?: boolean;
  /** What there are formulas of in the literature. */
  readonly layer?: RecurrentLayer | AttentionLayer;
}

/** @param extras where a recurrent layer is to keep states now and then; null where it is to keep what its ops keep by themselves */
export type LayerFunction = (input: Sequence, extras: Extras | null) => Sequence;

/** How a model is run: in training with dropout, each under a name of its own, else without. */
export interface Pass {
  readonly isTraining: boolean;
  /** @param place names the mask: an API, since another name is another stream of random numbers for every seed */
  dropout<T extends Tensor>(x: T, rate: number, place: string): T;
  /** The mask of what drops by itself; null where nothing is dropped. */
  dropoutMask(rate: number, place: string): DropoutMask | null;
  /** What makes the factors [rows, columns] of a mask that is laid over a tensor in another way; null where nothing is dropped. */
  mask(shape: readonly [number, number], rate: number, place: string): (() => Tensor2D) | null;
  /**
   * A layer of an encoder, which the backward pass computes again where training is to keep its input alone.
   * @param parameters whatever a gradient flows to in it, besides the input
   */
  layer(input: Sequence, parameters: () => readonly Tensor[], compute: LayerFunction): Sequence;
  /**
   * What is made of the rows of a sequence and of parameters alone, so that an evaluation need not make it again for each batch.
   * @param place names it
   */
  once(rows: Tensor2D, place: string, compute: () => Tensor2D): Tensor2D;
}

export const evaluationPass: Pass = {
  isTraining: false, dropout: (x) => x, dropoutMask: () => null, mask: () => null,
  layer: (input, _parameters, compute) => compute(input, null), once: (_rows, _place, compute) => compute(),
};

/** The evaluation of many batches that share their rows, those of the whole vocabulary. */
export interface SharedPass {
  readonly pass: Pass;
  dispose(): void;
}

/** @param table [V, D] the rows that all batches read */
export function createSharedPass(table: Tensor): SharedPass {
  const made = new Map<string, Tensor2D>();
  const keep = (place: string, value: Tensor2D): Tensor2D => {
    made.set(place, tf.keep(value));
    return value;
  };
  return {
    pass: {
      ...evaluationPass,
      once: (rows, place, compute) => (rows === table ? made.get(place) ?? keep(place, compute()) : compute()),
    },
    dispose: () => { tf.dispose([...made.values()]); },
  };
}

/** What training computes again, and what counts the memory meanwhile. */
export interface Recomputation {
  readonly checkpointing: Checkpointing;
  readonly probe: MemoryProbe;
}

/** @param step of training, counted over the whole run */
export function trainingPass(seed: number, step: number, recomputation: Recomputation | null = null): Pass {
  const named = (rate: number, place: string): DropoutMask => ({ rate, seed, step, place: dropoutStream(place) });
  return {
    isTraining: true,
    dropout: (x, rate, place) => dropout(x, named(rate, place)),
    dropoutMask: (rate, place) => (rate === 0 ? null : named(rate, place)),
    mask: (shape, rate, place) => (rate === 0 ? null : () => dropoutRows(shape, named(rate, place))),
    layer: (input, parameters, compute) =>
      (recomputation === null || recomputation.checkpointing === 'none' ? compute(input, null)
        : checkpointLayer(input, parameters(), compute, recomputation)),
    once: (_rows, _place, compute) => compute(),
  };
}

/** A layer of which the input alone is kept, or besides it what it begins segments with. */
function checkpointLayer(
  { blocks, index, layout }: Sequence, parameters: readonly Tensor[], compute: LayerFunction, { checkpointing, probe }: Recomputation,
): Sequence {
  let made: Sequence | undefined;
  const outputs = checkpoint({
    inputs: blocks.map(({ rows }) => rows), index, parameters,
    compute: (inputs, index, extras) => {
      const input = { blocks: blocks.map(({ direction }, k) => ({ rows: inputs[k] as Tensor2D, direction })), index, layout };
      made = compute(input, checkpointing === 'time' ? extras : null);
      return made.blocks.map(({ rows }) => rows);
    },
  }, probe);
  const directions = made?.blocks.map(({ direction }) => direction) ?? [];
  return { blocks: outputs.map((rows, k) => ({ rows, direction: directions[k] as Direction })), index: null, layout };
}

/** Reviews as an ONNX graph is given them: int32 token ids [batch, time] and int64 lengths [batch]. */
export interface OnnxBatch {
  readonly tokenIds: string;
  readonly lengths: string;
}

/** A sequence in an ONNX graph, a rectangle: what stands at and after a row's length may be anything finite. */
export interface OnnxSequence {
  /** [time, batch, D] */
  readonly states: string;
  /** [batch, D] after a row's last token, and of what was read in reverse after its first; null where the encoder has none of its own. */
  readonly final: string | null;
  /** [batch] int64 */
  readonly lengths: string;
  /** [time, batch, 1] whether a place has a token. */
  readonly mask: string;
}

/** What stands for a value between two parts in an ONNX graph: [batch, D] for a tensor. */
type InOnnx<Value> = Value extends Sequence ? OnnxSequence : Value extends PackedBatch ? OnnxBatch : string;

/** A part of a model, built: what it computes, of which parameters, at which cost. */
export interface Module<Input, Output> {
  /** In torch.nn's order and under its names. */
  readonly parameters: readonly ParameterSpec[];
  /** Columns of what it returns. */
  readonly outputSize: number;
  /** Whether the backward pass reads its input again, so that it is kept. */
  readonly keepsInput?: boolean;
  apply(input: Input, weights: Weights, pass: Pass): Output;
  /**
   * @param isKept whether the next part keeps the result, for those that do not keep it themselves
   * @param checkpointing what training computes again; of encoders
   */
  costs(shape: BatchShape, isKept: boolean, checkpointing?: Checkpointing): readonly PartCost[];
  /** Writes what it computes, without dropout, into an ONNX graph; a model with a part that lacks it is refused. */
  toOnnx?(graph: OnnxGraph, input: InOnnx<Input>, weights: Weights): InOnnx<Output>;
}

/** A module that makes a sequence. */
export interface SequenceModule<Input> extends Module<Input, Sequence> {
  /** Of the sequence: one for each direction. */
  readonly blocks: number;
}

/** What a part is built for. */
export interface Sizes {
  readonly vocabularySize: number;
  /** Columns of the input, in all. */
  readonly inputSize: number;
  /** Blocks of the input, where it is a sequence. */
  readonly blocks: number;
  readonly classes: number;
}

/** A part as it is registered: its settings, which become keys of the config, and how it is built and described from them. */
export interface Component<Keys extends Shape, Input, Output> extends Registered {
  readonly settings: Keys;
  /** What it adds to the model's name in tables, where it is not the usual part of its kind: `+ attention`. */
  readonly mark?: string;
  /** For the header of a run; empty where there is nothing to say. */
  describe(settings: SettingsOf<Keys>, inputSize: number): string;
  /** Rates by place in words, for the header too: `between layers`. */
  dropouts(settings: SettingsOf<Keys>): Readonly<Record<string, number>>;
  create(settings: SettingsOf<Keys>, sizes: Sizes): Module<Input, Output>;
}

/** An encoder also has the model's name. */
export interface Encoder<Keys extends Shape> extends Component<Keys, Sequence, Sequence> {
  /** In tables: `BiLSTM`. */
  label(settings: SettingsOf<Keys>): string;
  /** What of it training may compute again. */
  readonly checkpointings: readonly Checkpointing[];
  /** Which of its settings do not go together, in words for a message, with the way out; null where all do. */
  findProblem?(settings: SettingsOf<Keys>, inputSize: number): string | null;
  /** Which of its settings keep training from computing a part again, in words for a message; null where none does. */
  findCheckpointingProblem?(settings: SettingsOf<Keys>, checkpointing: Checkpointing): string | null;
  /** What the engine that is loaded does slowly, in words for a warning; null for nothing. */
  findSlowness?(settings: SettingsOf<Keys>): string | null;
  create(settings: SettingsOf<Keys>, sizes: Sizes): SequenceModule<Sequence>;
}

/** Columns of a sequence, read in one direction. */
export interface SequenceBlock {
  /** [U, D] */
  readonly rows: Tensor2D;
  /** At a row's last token the state is final when it was read `forward`, at its first when in `reverse`. */
  readonly direction: Direction;
}

/** What flows between the parts of a model: a value for each token of a packed batch. */
export interface Sequence {
  /** Side by side the rows are [U, D]. Apart, so that a part which reads a few of them needs no copy of all. */
  readonly blocks: readonly SequenceBlock[];
  /** [N] int32, the row of each token; null where row i is that of packed token i, U = N. */
  readonly index: Tensor1D | null;
  readonly layout: PackedLayout;
}

/** [n, D₁ + D₂ + …] from blocks of columns. */
export function joinColumns(parts: readonly Tensor2D[]): Tensor2D {
  return parts.length === 1 ? (parts[0] as Tensor2D) : tf.concat([...parts], 1);
}

/** [U, D], all columns side by side. `tf.concat` would keep the blocks for its gradient, which needs nothing of them. */
export function joinedRows({ blocks }: Sequence): Tensor2D {
  const parts = blocks.map(({ rows }) => rows);
  if (parts.length === 1) return parts[0] as Tensor2D;
  const widths = parts.map(({ shape }) => shape[1]);
  const join = tf.customGrad((...args) => ({
    value: tf.concat((args as Tensor[]).slice(0, parts.length) as Tensor2D[], 1),
    gradFunc: (dy: Tensor2D) => tf.split(dy, widths, 1),
  }));
  return join(...parts);
}

/** The same with a row for each packed token: blocks of [N, D]. */
export function unshareRows({ blocks, index, layout }: Sequence): Sequence & { readonly index: null } {
  const unshared = index === null ? blocks : blocks.map(({ rows, direction }) => ({ rows: gatherRows(rows, index), direction }));
  return { blocks: unshared, index: null, layout };
}

/**
 * Locked dropout: one mask for each row of the batch, the same at every token (Gal and Ghahramani 2016, section 4).
 * @param x [N, D], a row for each packed token @returns [N, D]
 */
export function lockedDropout(
  x: Tensor2D, layout: PackedLayout, { pass, rate, place }: { readonly pass: Pass; readonly rate: number; readonly place: string },
): Tensor2D {
  const mask = pass.mask([layout.lengths.length, x.shape[1]], rate, place);
  return mask === null ? x : multiplyRows(x, () => tf.gather(mask(), tf.tensor1d(rowIndex(layout), 'int32')));
}

/** The values of a weight, for an ONNX graph. */
export function valuesOf(weights: Weights, name: string): Float32Array {
  return weights.get(name).dataSync<'float32'>();
}
