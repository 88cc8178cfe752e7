import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { PackedBatch } from '../data/batches.ts';
import { addDimension, apply, countTo, sizeOf } from '../ops/onnx-graph.ts';
import type { OnnxGraph } from '../ops/onnx-graph.ts';
import { createLayout } from '../ops/packed-layout.ts';
import type { BatchShape, OnnxBatch, OnnxSequence } from './module.ts';

export const paddingSettings = {
  padTo: z.int().min(1).max(100_000).nullable().default(null)
    .describe('Fill up shorter reviews to so many tokens with a zero vector that the model reads like a word, as rectangular batches do '
      + 'elsewhere; null reads each review at its own length, which costs less.'),
  padSide: z.enum(['end', 'start']).default('end')
    .describe('Of `padTo`: where the padding stands. `end`: as torch pads; `start`: as Keras does by default.'),
};
type PaddingSettings = z.infer<z.ZodObject<typeof paddingSettings>>;

/** What a rectangle of a batch's tokens is laid out by. */
interface PaddedBatch extends Pick<PackedBatch, 'lengths' | 'batchSizes' | 'distinctIndex'> {
  /** [U, D], or [U + 1, D] with the vector of the padding, which is zero and has no gradient, as torch.nn.Embedding's `padding_idx`. */
  readonly rows: Tensor2D;
}

/** @param rows [U, D] of the batch's distinct tokens */
export function padBatch(rows: Tensor2D, batch: PackedBatch, { padTo, padSide }: PaddingSettings): PaddedBatch {
  if (padTo === null) return { ...batch, rows };
  const [distinct] = rows.shape;
  const { offsets } = createLayout(batch);
  const steps = Math.max(padTo, batch.batchSizes.length);
  const batchSizes = Int32Array.from({ length: steps }, (_, step) => (step < padTo ? batch.lengths.length : batch.batchSizes[step] ?? 0));
  const index: number[] = [];
  batchSizes.forEach((size, step) => {
    for (let row = 0; row < size; row++) {
      const length = batch.lengths[row] ?? 0, at = step - (padSide === 'start' ? Math.max(0, padTo - length) : 0);
      index.push(at < 0 || at >= length ? distinct : batch.distinctIndex[(offsets[at] ?? 0) + row] ?? distinct);
    }
  });
  return {
    lengths: batch.lengths.map((length) => Math.max(length, padTo)), batchSizes, distinctIndex: Int32Array.from(index),
    rows: appendZeros(rows),
  };
}

/** [U, D] → [U + 1, D]; `tf.concat` would keep what it is given for its gradient, which needs none of it. */
function appendZeros(rows: Tensor2D): Tensor2D {
  return tf.customGrad((x) => ({
    value: tf.tidy(() => tf.concat([x as Tensor2D, tf.zeros<tf.Rank.R2>([1, rows.shape[1]])], 0)),
    gradFunc: (dy: Tensor2D) => tf.slice(dy, [0, 0], rows.shape),
  }))(rows);
}

/** Of rows none of which is longer than `padTo`; longer ones keep their length. */
export function padShape(shape: BatchShape, { padTo }: PaddingSettings): BatchShape {
  if (padTo === null) return shape;
  return { ...shape, tokens: Math.max(shape.tokens, shape.rows * padTo), distinctTokens: shape.distinctTokens + 1 };
}

/** Where the words of an ONNX graph's batch stand, by time. */
interface OnnxPlaces extends Pick<OnnxSequence, 'lengths' | 'mask'> {
  /** [time, batch] the word of a place, of any word where there is none; ids beyond a row's length are not looked at. */
  readonly tokenIds: string;
  /** [time, batch] whether the place has a word, and not the padding or nothing. */
  readonly isWord: string;
}

/** The rectangle of a batch, filled up to `padTo` where that is set. */
export function placeInOnnx(graph: OnnxGraph, { tokenIds, lengths }: OnnxBatch, { padTo, padSide }: PaddingSettings): OnnxPlaces {
  const given = apply(graph, 'Transpose', [tokenIds], { perm: { ints: [1, 0] } });
  const time = sizeOf(graph, given, 0);
  const stepsTo = (end: string): string => addDimension(graph, countTo(graph, end), 1);
  const isBefore = (places: string, ends: string): string => apply(graph, 'Less', [places, ends]);
  const choose = (isWord: string, ids: string): string => apply(graph, 'Where', [isWord, ids, apply(graph, 'Sub', [ids, ids])]);
  const toMask = (hasToken: string): string => addDimension(graph, hasToken, 2);
  if (padTo === null) {
    const isWord = isBefore(stepsTo(time), lengths);
    return { tokenIds: choose(isWord, given), isWord, lengths, mask: toMask(isWord) };
  }
  const padded = apply(graph, 'Max', [lengths, graph.integer(padTo)]), steps = stepsTo(apply(graph, 'Max', [time, graph.integer(padTo)]));
  const before = apply(graph, 'Sub', [padded, lengths]); // of padding, where it comes first
  const at = apply(graph, 'Sub', [steps, padSide === 'start' ? before : apply(graph, 'Sub', [before, before])]); // [time, batch]
  const isWord = apply(graph, 'And', [isBefore(at, lengths), apply(graph, 'GreaterOrEqual', [at, graph.integer(0)])]);
  const last = apply(graph, 'Sub', [time, graph.integer(1)]);
  const within = apply(graph, 'Min', [apply(graph, 'Max', [at, graph.integer(0)]), last]);
  const moved = apply(graph, 'GatherElements', [given, within], { axis: { int: 0 } });
  return { tokenIds: choose(isWord, moved), isWord, lengths: padded, mask: toMask(isBefore(steps, padded)) };
}

/** Word vectors [time, batch, D] with zeros for the padding. */
export function padInOnnx(graph: OnnxGraph, rows: string, isWord: string, { padTo }: Pick<PaddingSettings, 'padTo'>): string {
  return padTo === null ? rows : apply(graph, 'Where', [addDimension(graph, isWord, 2), rows, graph.float(0)]);
}
