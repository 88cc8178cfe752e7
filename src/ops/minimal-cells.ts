import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { block, columns, sigmoidGradient } from './cell.ts';
import { tidied } from './gradients.ts';
import { gatherRows, scatterRows } from './linear.ts';
import type { RecurrenceWalk } from './reference.ts';
import { scan, scanGradient } from './scan.ts';
import type { ScanInputs } from './scan.ts';

/**
 * A cell whose gates read the input alone, never the state, so that its states are a linear recurrence hₜ = aₜ·hₜ₋₁ + bₜ of the input:
 * Feng, Tung, Ahmed, Bengio and Hajimirsadeghi (2024), "Were RNNs all we needed?". It has no W_hh.
 */
export interface MinimalCell {
  /** In tables: `minGRU`. A second direction puts `Bi` before it. */
  readonly label: string;
  /** For the config schema, after the name. */
  readonly summary: string;
  /** G, gates stacked in the rows of W_ih. */
  readonly gates: number;
  /** @param x [n, G·H] W_ih·input + b_ih @returns a and b [n, H] */
  coefficients(x: Tensor2D): ScanInputs;
  /** @param da and @param db [n, H] gradients of the coefficients @returns the gradient of x [n, G·H] */
  backward(x: Tensor2D, da: Tensor2D, db: Tensor2D): Tensor2D;
}

/** g(x) = x + ½ where x ≥ 0, else σ(x): positive and continuous (section B.1), as the authors train both cells. */
function positive(x: Tensor2D): Tensor2D {
  return tf.where(tf.greaterEqual(x, 0), tf.add(x, 0.5), tf.sigmoid(x));
}

/** dy·g'(x) */
function positiveGradient(dy: Tensor2D, x: Tensor2D): Tensor2D {
  const s = tf.sigmoid(x);
  return tf.where(tf.greaterEqual(x, 0), dy, sigmoidGradient(dy, s));
}

/** Section 3.1, with g of section B.1: z = σ(x_z)   h̃ = g(x_h)   hₜ = (1 − z)·hₜ₋₁ + z·h̃. Gates in the order z, h̃. */
export const minGruCell = {
  label: 'minGRU', summary: 'the GRU without its state in the gates',
  gates: 2,
  coefficients(x) {
    const size = x.shape[1] / 2, z = tf.sigmoid(block(x, 0, size));
    return { a: tf.sub<Tensor2D>(1, z), b: tf.mul<Tensor2D>(z, positive(block(x, 1, size))) };
  },
  backward(x, da, db) {
    const size = x.shape[1] / 2, z = tf.sigmoid(block(x, 0, size)), candidate = block(x, 1, size);
    const dZ = tf.sub<Tensor2D>(tf.mul(db, positive(candidate)), da);
    return columns(sigmoidGradient(dZ, z), positiveGradient(tf.mul(db, z), candidate));
  },
} as const satisfies MinimalCell;

/**
 * Section 3.2, with g of section B.1: f = σ(x_f)   i = σ(x_i)   h̃ = g(x_h)   hₜ = f/(f + i)·hₜ₋₁ + i/(f + i)·h̃. Gates in the order
 * f, i, h̃. The share of the new is i/(f + i) and the rest is the old's.
 */
export const minLstmCell = {
  label: 'minLSTM', summary: 'the LSTM without its state in the gates, which are normalised to a sum of 1',
  gates: 3,
  coefficients(x) {
    const size = x.shape[1] / 3, f = tf.sigmoid(block(x, 0, size)), i = tf.sigmoid(block(x, 1, size));
    const sum = tf.add(f, i);
    return { a: tf.div<Tensor2D>(f, sum), b: tf.mul<Tensor2D>(tf.div(i, sum), positive(block(x, 2, size))) };
  },
  backward(x, da, db) {
    const size = x.shape[1] / 3, f = tf.sigmoid(block(x, 0, size)), i = tf.sigmoid(block(x, 1, size)), candidate = block(x, 2, size);
    const sum = tf.add<Tensor2D>(f, i), share = tf.div<Tensor2D>(i, sum);
    // With s = i/(f + i): a = 1 − s, b = s·h̃; ds/df = −i/(f + i)², ds/di = f/(f + i)².
    const dShare = tf.div<Tensor2D>(tf.sub(tf.mul(db, positive(candidate)), da), tf.square(sum));
    return columns(
      sigmoidGradient(tf.neg(tf.mul(dShare, i)), f), sigmoidGradient(tf.mul(dShare, f), i),
      positiveGradient(tf.mul(db, share), candidate),
    );
  },
} as const satisfies MinimalCell;

/** By their names in configs: a new one is its equations and its line here. */
export const minimalCells = { mingru: minGruCell, minlstm: minLstmCell } as const satisfies Record<string, MinimalCell>;

export type MinimalCellName = keyof typeof minimalCells;
export const minimalCellNames = Object.keys(minimalCells) as [MinimalCellName, ...MinimalCellName[]];

/**
 * The states of a minimal cell over a packed sequence, with the gradient of its input product. Kept for it: the product and the states;
 * gates are computed again, once for each distinct row.
 * @param x [U, G·H] W_ih·input + b_ih of each distinct row @param index [N] int32 the row of each token; null where U = N
 * @returns [N, H]
 */
export function minimalLayer(cell: MinimalCell, x: Tensor2D, index: Tensor1D | null, walk: RecurrenceWalk): Tensor2D {
  const ofTokens = (rows: Tensor2D, shared: Tensor1D | undefined): Tensor2D => (shared === undefined ? rows : gatherRows(rows, shared));
  const run = tf.customGrad((input, save) => {
    const hidden = tf.tidy(() => {
      const { a, b } = cell.coefficients(input as Tensor2D);
      return scan({ a: ofTokens(a, index ?? undefined), b: ofTokens(b, index ?? undefined) }, walk);
    });
    (save as unknown as (tensors: tf.Tensor[]) => void)([input as Tensor2D, hidden, ...(index === null ? [] : [index])]);
    const gradFunc = (dHidden: Tensor2D, kept: tf.Tensor[]): Tensor2D => tf.tidy(() => {
      const [product, states, shared] = kept as [Tensor2D, Tensor2D, Tensor1D | undefined];
      const ofRows = (tokens: Tensor2D): Tensor2D => (shared === undefined ? tokens : scatterRows(tokens, shared, product.shape[0]));
      const a = ofTokens(cell.coefficients(product).a, shared);
      const [dA, dB] = tidied(() => scanGradient({ dHidden, a, hidden: states }, walk));
      return cell.backward(product, ofRows(dA), ofRows(dB));
    });
    return { value: hidden, gradFunc };
  });
  return run(x);
}
