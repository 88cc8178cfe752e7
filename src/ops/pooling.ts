import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { tidied } from './gradients.ts';
import { scatterRows } from './linear.ts';
import { countTokens, rowIndex } from './packed-layout.ts';
import type { PackedLayout } from './packed-layout.ts';

/** What stands where a row has no token: its exponential is 0, and it is never the largest. */
const NOTHING = Number.NEGATIVE_INFINITY;

/** [N] the row of each packed token. */
function rowsOfTokens(layout: PackedLayout): Tensor1D {
  return tf.tensor1d(rowIndex(layout), 'int32');
}

/** [R·T] the packed token of each place of a rectangle of the R rows that are not empty; N where there is none. */
function tokensOfPlaces({ lengths, batchSizes, offsets }: PackedLayout): Tensor1D {
  const steps = batchSizes.length, rows = batchSizes[0] ?? 0;
  const tokens = new Int32Array(rows * steps).fill(offsets.at(-1) ?? 0);
  for (let row = 0; row < rows; row++)
    for (let step = 0; step < (lengths[row] ?? 0); step++) tokens[row * steps + step] = (offsets[step] ?? 0) + row;
  return tf.tensor1d(tokens, 'int32');
}

/** [N, K] packed → [R, T, K], `NOTHING` after a row's last token. */
function toRectangle(values: Tensor2D, layout: PackedLayout): tf.Tensor3D {
  const width = values.shape[1];
  const padded: Tensor2D = tf.concat([values, tf.fill([1, width], NOTHING)], 0);
  return tf.reshape(tf.gather(padded, tokensOfPlaces(layout)), [layout.batchSizes[0] ?? 0, layout.batchSizes.length, width]);
}

/** [R, K] → [B, K]: the rows that are empty get zeros. */
function withEmptyRows(values: Tensor2D, { lengths }: PackedLayout): Tensor2D {
  return values.shape[0] === lengths.length ? values : tf.pad(values, [[0, lengths.length - values.shape[0]], [0, 0]]);
}

type Keep = (tensors: Tensor[]) => void;

/** The mean over each row's tokens; 0 of an empty row. @param values [N, K] @returns [B, K] */
export function packedMean(values: Tensor2D, layout: PackedLayout): Tensor2D {
  const { lengths } = layout;
  const shares = (): Tensor2D => tf.tensor2d(Float32Array.from(lengths, (length) => 1 / Math.max(1, length)), [lengths.length, 1]);
  if (countTokens(layout) === 0) return tf.zeros([lengths.length, values.shape[1]]);
  return tf.customGrad((x) => ({
    value: tf.tidy(() => tf.mul<Tensor2D>(scatterRows(x as Tensor2D, rowsOfTokens(layout), lengths.length), shares())),
    gradFunc: (dy: Tensor2D) => tf.tidy(() => tf.gather(tf.mul(dy, shares()), rowsOfTokens(layout))),
  }))(values);
}

/**
 * The largest value over each row's tokens, unit by unit; 0 of an empty row. The gradient goes to the first of equals.
 * @param values [N, K] @returns [B, K]
 */
export function packedMax(values: Tensor2D, layout: PackedLayout): Tensor2D {
  const [tokens, width] = values.shape;
  const { lengths, offsets } = layout;
  if (tokens === 0) return tf.zeros([lengths.length, width]);
  return tf.customGrad((x, save) => {
    const [value, steps] = tidied((): [Tensor2D, Tensor2D] => {
      const rectangle = toRectangle(x as Tensor2D, layout);
      return [withEmptyRows(tf.max(rectangle, 1), layout), tf.argMax(rectangle, 1)];
    });
    (save as Keep)([steps]);
    const gradFunc = (dy: Tensor2D, kept: Tensor[]): Tensor2D => tf.tidy(() => {
      const [largest] = kept as [Tensor2D];
      const rows = largest.shape[0];
      const starts = tf.gather(tf.tensor1d(offsets, 'int32'), tf.reshape(largest, [-1]));
      const places = tf.add(starts, tf.tensor1d(Int32Array.from({ length: rows * width }, (_, k) => Math.floor(k / width)), 'int32'));
      const units = tf.tensor1d(Int32Array.from({ length: rows * width }, (_, k) => k % width), 'int32');
      const own = tf.reshape(tf.slice(dy, [0, 0], [rows, width]), [-1]);
      return tf.scatterND(tf.stack([places, units], 1), own, [tokens, width]);
    });
    return { value, gradFunc };
  })(values);
}

/**
 * The mean over each row's tokens, weighted by the softmax of their scores over the row; 0 of an empty row.
 * @param values [N, K] @param scores [N, 1] @returns [B, K]
 */
export function packedSoftmaxMean(values: Tensor2D, scores: Tensor2D, layout: PackedLayout): Tensor2D {
  const rows = layout.lengths.length, tokens = countTokens(layout);
  if (tokens === 0) return tf.zeros([rows, values.shape[1]]);
  return tf.customGrad((x, s, save) => {
    const weights = tf.tidy(() => packedSoftmax(s as Tensor2D, layout));
    const value = tf.tidy(() => scatterRows(tf.mul<Tensor2D>(x as Tensor2D, weights), rowsOfTokens(layout), rows));
    (save as unknown as Keep)([x as Tensor2D, weights]);
    const gradFunc = (dy: Tensor2D, kept: Tensor[]): Tensor2D[] => {
      const [own, a] = kept as [Tensor2D, Tensor2D];
      const dRows = tf.gather(dy, rowsOfTokens(layout));
      const weighted = tf.mul<Tensor2D>(a, tf.sum(tf.mul(own, dRows), 1, true)); // a·da
      const sums = tf.gather(scatterRows(weighted, rowsOfTokens(layout), rows), rowsOfTokens(layout));
      return [tf.mul(dRows, a), tf.sub(weighted, tf.mul(a, sums))];
    };
    return { value, gradFunc };
  })(values, scores);
}

/** [N, 1] softmax of scores [N, 1] over each row. */
function packedSoftmax(scores: Tensor2D, layout: PackedLayout): Tensor2D {
  const rectangle: Tensor2D = tf.reshape(toRectangle(scores, layout), [layout.batchSizes[0] ?? 0, layout.batchSizes.length]);
  const exponentials = tf.exp(tf.sub(rectangle, tf.max(rectangle, 1, true)));
  const shares: Tensor2D = tf.reshape(tf.div(exponentials, tf.sum(exponentials, 1, true)), [-1, 1]);
  return tf.gather(shares, placesOfTokens(layout));
}

/** [N] the place of each packed token in the rectangle of `tokensOfPlaces`. */
function placesOfTokens({ batchSizes, offsets }: PackedLayout): Tensor1D {
  const places = new Int32Array(offsets.at(-1) ?? 0);
  batchSizes.forEach((active, step) => {
    for (let row = 0; row < active; row++) places[(offsets[step] ?? 0) + row] = row * batchSizes.length + step;
  });
  return tf.tensor1d(places, 'int32');
}
