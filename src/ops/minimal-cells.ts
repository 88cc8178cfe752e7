import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { block, columns, sigmoidGradient } from './cell.ts';
import { apply } from './onnx-graph.ts';
import type { OnnxGraph } from './onnx-graph.ts';
import { gatherRows, scatterRows } from './linear.ts';
import type { MinimalCell } from './minimal-cell.ts';
import { qrnnCell } from './qrnn.ts';
import type { RecurrenceWalk } from './reference.ts';
import { scan, scanGradient } from './scan.ts';

// minGRU and minLSTM: Feng, Tung, Ahmed, Bengio and Hajimirsadeghi (2024), "Were RNNs all we needed?".

/** g(x) = x + ½ where x ≥ 0, else σ(x): positive and continuous (section B.1), as the authors train both cells. */
function positive(x: Tensor2D): Tensor2D {
  return tf.where(tf.greaterEqual(x, 0), tf.add(x, 0.5), tf.sigmoid(x));
}

function positiveInOnnx(graph: OnnxGraph, x: string): string {
  const isPositive = apply(graph, 'GreaterOrEqual', [x, graph.float(0)]);
  return apply(graph, 'Where', [isPositive, apply(graph, 'Add', [x, graph.float(0.5)]), apply(graph, 'Sigmoid', [x])]);
}

/** dy·g'(x) */
function positiveGradient(dy: Tensor2D, x: Tensor2D): Tensor2D {
  const s = tf.sigmoid(x);
  return tf.where(tf.greaterEqual(x, 0), dy, sigmoidGradient(dy, s));
}

/** Section 3.1, with g of section B.1: z = σ(x_z)   h̃ = g(x_h)   hₜ = (1 − z)·hₜ₋₁ + z·h̃. Gates in the order z, h̃. */
export const minGruCell = {
  label: 'minGRU', summary: 'the GRU without its state in the gates',
  gates: 2, hasOutputGate: false, window: 1,
  coefficients(x) {
    const size = x.shape[1] / 2, z = tf.sigmoid(block(x, 0, size));
    return { a: tf.sub<Tensor2D>(1, z), b: tf.mul<Tensor2D>(z, positive(block(x, 1, size))) };
  },
  coefficientsInOnnx(graph, [update = '', candidate = '']) {
    const z = apply(graph, 'Sigmoid', [update]);
    return { a: apply(graph, 'Sub', [graph.float(1), z]), b: apply(graph, 'Mul', [z, positiveInOnnx(graph, candidate)]) };
  },
  backward(x, da, db) {
    const size = x.shape[1] / 2, z = tf.sigmoid(block(x, 0, size)), candidate = block(x, 1, size);
    const dZ = tf.sub<Tensor2D>(tf.mul(db, positive(candidate)), da);
    return columns(sigmoidGradient(dZ, z), positiveGradient(tf.mul(db, z), candidate));
  },
} as const satisfies MinimalCell;

/**
 * f/(f + i) and i/(f + i) of the sigmoids f and i of two inputs, by 1/f = 1 + e^−x_f and 1/i alike, over their largest term: far below 0
 * both sigmoids are 0.
 */
function sharesOf(forget: Tensor2D, input: Tensor2D): { readonly old: Tensor2D; readonly fresh: Tensor2D } {
  const least = tf.minimum(tf.minimum(forget, input), 0), one = tf.exp(least);
  const f = tf.add(one, tf.exp(tf.sub(least, forget))), i = tf.add(one, tf.exp(tf.sub(least, input))), sum = tf.add(f, i);
  return { old: tf.div(i, sum), fresh: tf.div(f, sum) };
}

/**
 * Section 3.2, with g of section B.1: f = σ(x_f)   i = σ(x_i)   h̃ = g(x_h)   hₜ = f/(f + i)·hₜ₋₁ + i/(f + i)·h̃. Gates in the order
 * f, i, h̃.
 */
export const minLstmCell = {
  label: 'minLSTM', summary: 'the LSTM without its state in the gates, which are normalised to a sum of 1',
  gates: 3, hasOutputGate: false, window: 1,
  coefficients(x) {
    const size = x.shape[1] / 3, { old, fresh } = sharesOf(block(x, 0, size), block(x, 1, size));
    return { a: old, b: tf.mul<Tensor2D>(fresh, positive(block(x, 2, size))) };
  },
  coefficientsInOnnx(graph, [forget = '', input = '', candidate = '']) {
    const softplus = (x: string): string => apply(graph, 'Softplus', [apply(graph, 'Neg', [x])]); // −ln σ(x), which is never 0
    const old = apply(graph, 'Sigmoid', [apply(graph, 'Sub', [softplus(input), softplus(forget)])]); // f/(f + i) = σ(ln f − ln i)
    const fresh = apply(graph, 'Sub', [graph.float(1), old]);
    return { a: old, b: apply(graph, 'Mul', [fresh, positiveInOnnx(graph, candidate)]) };
  },
  backward(x, da, db) {
    const size = x.shape[1] / 3, f = tf.sigmoid(block(x, 0, size)), i = tf.sigmoid(block(x, 1, size)), candidate = block(x, 2, size);
    const { old, fresh } = sharesOf(block(x, 0, size), block(x, 1, size));
    // With s = i/(f + i), a = 1 − s and b = s·h̃: ds/dx_f = −s·a·(1 − f) and ds/dx_i = s·a·(1 − i).
    const dShare = tf.mul<Tensor2D>(tf.sub(tf.mul(db, positive(candidate)), da), tf.mul(fresh, old));
    return columns(
      tf.mul<Tensor2D>(dShare, tf.sub(f, 1)), tf.mul<Tensor2D>(dShare, tf.sub(1, i)), positiveGradient(tf.mul(db, fresh), candidate),
    );
  },
} as const satisfies MinimalCell;

/** By their names in configs: a new one is its equations and its line here. */
export const minimalCells = { mingru: minGruCell, minlstm: minLstmCell, qrnn: qrnnCell } as const satisfies Record<string, MinimalCell>;

export type MinimalCellName = keyof typeof minimalCells;
export const minimalCellNames = Object.keys(minimalCells) as [MinimalCellName, ...MinimalCellName[]];

/** The input product [U, G·H] of each distinct row, and the row of each token [N] int32; an index of [0] where U = N. */
export interface MinimalInputs {
  readonly x: Tensor2D;
  readonly index: Tensor1D;
}

export interface SavedMinimal extends MinimalInputs {
  /** [N, H] the gradient of the outputs, and the states. */
  readonly dHidden: Tensor2D;
  readonly states: Tensor2D;
}

/** Names under which a cell's kernels are registered with tfjs. */
export function minimalKernelNames(name: MinimalCellName): { readonly forward: string; readonly backward: string } {
  return { forward: `GatelabMinimal_${name}`, backward: `GatelabMinimalGrad_${name}` };
}

const ofTokens = (rows: Tensor2D, index: Tensor1D): Tensor2D => (index.size === 0 ? rows : gatherRows(rows, index));

/** σ(x_o) [n, H] */
const outputGate = (cell: MinimalCell, x: Tensor2D): Tensor2D => tf.sigmoid(block(x, cell.gates - 1, x.shape[1] / cell.gates));

/** @returns the outputs [N, H], and the states behind an output gate [N, H], where the cell has one */
function referenceForward(cell: MinimalCell, { x, index }: MinimalInputs, walk: RecurrenceWalk): Tensor2D[] {
  return tf.tidy(() => {
    const { a, b } = cell.coefficients(x);
    const states = scan({ a: ofTokens(a, index), b: ofTokens(b, index) }, walk);
    return cell.hasOutputGate ? [tf.mul<Tensor2D>(ofTokens(outputGate(cell, x), index), states), states] : [states];
  });
}

/** @returns the gradient of x [U, G·H] */
function referenceBackward(cell: MinimalCell, { dHidden, x, index, states }: SavedMinimal, walk: RecurrenceWalk): Tensor2D {
  return tf.tidy(() => {
    const ofRows = (tokens: Tensor2D): Tensor2D => (index.size === 0 ? tokens : scatterRows(tokens, index, x.shape[0]));
    const o = cell.hasOutputGate ? ofTokens(outputGate(cell, x), index) : null;
    const dStates = o === null ? dHidden : tf.mul<Tensor2D>(dHidden, o);
    const [dA, dB] = scanGradient({ dHidden: dStates, a: ofTokens(cell.coefficients(x).a, index), hidden: states }, walk);
    const dGates = cell.backward(x, ofRows(dA), ofRows(dB));
    return o === null ? dGates : columns(dGates, ofRows(sigmoidGradient(tf.mul(dHidden, states), o)));
  });
}

/** Kernels composed of plain tfjs ops, for one tfjs backend: the definition that native ones are held against. */
export function minimalKernels(backendName: string): tf.KernelConfig[] {
  return minimalCellNames.flatMap((name): tf.KernelConfig[] => {
    const { forward, backward } = minimalKernelNames(name), cell = minimalCells[name];
    return [
      {
        kernelName: forward, backendName,
        kernelFunc: ({ inputs, attrs }) => referenceForward(cell, inputs as unknown as MinimalInputs, attrs as unknown as RecurrenceWalk),
      },
      {
        kernelName: backward, backendName,
        kernelFunc: ({ inputs, attrs }) => [referenceBackward(cell, inputs as unknown as SavedMinimal, attrs as unknown as RecurrenceWalk)],
      },
    ];
  });
}

/**
 * The outputs of a minimal cell over a packed sequence, with the gradient of its input product. Kept for it: the product and the states;
 * gates are computed again.
 * @param x [U, G·H] W_ih·input + b_ih of each distinct row @param index [N] int32 the row of each token; null where U = N
 * @returns [N, H]
 */
export function minimalLayer(name: MinimalCellName, x: Tensor2D, index: Tensor1D | null, walk: RecurrenceWalk): Tensor2D {
  const names = minimalKernelNames(name), attrs = { ...walk } as unknown as tf.NamedAttrMap;
  const run = tf.customGrad((input, save) => {
    const rows = index ?? tf.tensor1d([], 'int32');
    const made: Tensor2D[] = tf.engine().runKernel(names.forward, { x: input as Tensor2D, index: rows }, attrs);
    const [hidden, states = hidden] = made as [Tensor2D, Tensor2D?];
    (save as unknown as (tensors: tf.Tensor[]) => void)([input as Tensor2D, rows, states]);
    const gradFunc = (dHidden: Tensor2D, kept: tf.Tensor[]): Tensor2D => {
      const [product, shared, states] = kept as [Tensor2D, Tensor1D, Tensor2D];
      const [dX] = tf.engine().runKernel(names.backward, { dHidden, x: product, index: shared, states }, attrs) as unknown as [Tensor2D];
      return dX;
    };
    return { value: hidden, gradFunc };
  });
  return run(x);
}
