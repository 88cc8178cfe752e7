import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { OnnxGraph } from './onnx-graph.ts';

/** What a cell knows after a step, one row for each active sequence (n rows). */
export interface CellState {
  /** [n, H] the output h. */
  readonly hidden: Tensor2D;
  /** [n, S·H] what the backward pass and the next step need besides h. */
  readonly saved: Tensor2D;
}

/** Gradients that leave a step, one row for each active sequence. */
export interface CellGradients {
  /** [n, G·H] with respect to x = W_ih·input + b_ih. */
  readonly dx: Tensor2D;
  /** [n, P·H] with respect to r = W_hh[:P·H]·h + b_hh[:P·H]. */
  readonly dr: Tensor2D;
  /** [n, H] with respect to the previous h, besides what flows through r; null for none. */
  readonly dHidden: Tensor2D | null;
  /** [n, H] with respect to the previous carry (the LSTM's c); null for cells without one. */
  readonly dCarry: Tensor2D | null;
  /** What went through the cell's own product, `factor` [n, H] times its rows of W_hh, and the gradient [n, H] of the result. */
  readonly ownProduct?: { readonly factor: Tensor2D; readonly dProduct: Tensor2D };
  /** With respect to each of the cell's own parameters, summed over the rows. */
  readonly own?: OwnTensors;
}

/** A gate of an ONNX operator: the gate of ours whose weights it takes, negated where z of one is 1 − z of the other. */
interface OnnxGate {
  readonly from: number;
  readonly sign?: -1;
  readonly hasBias?: false;
}

/** An operator of ONNX, and its gates in its order: i, o, f, c of LSTM, z, r, h of GRU. `resetsAfter`: its `linear_before_reset`. */
export interface OnnxOperator {
  readonly operator: 'RNN' | 'LSTM' | 'GRU';
  readonly gates: readonly OnnxGate[];
  readonly resetsAfter?: true;
}

/** The state of a cell in an ONNX graph: h and, of a cell that has one, the carry, each [batch, H]. */
export interface OnnxState {
  readonly hidden: string;
  readonly carry: string;
}

/** A cell's equations in ONNX's plain operators, for a walk over time. */
export interface OnnxEquations {
  /**
   * @param x [time, batch, G·H] as `forward` takes it, of all steps @param own values of the cell's own parameters
   * @returns what a step reads of the input, a row for each row of x, and the step, which may read what `graph` has
   */
  write(graph: OnnxGraph, x: string, own: Readonly<Record<string, Float32Array>>): {
    readonly input: string;
    /** @param recurrent [batch, P·H] */
    readonly step: (body: OnnxGraph, input: string, recurrent: string, previous: OnnxState) => OnnxState;
  };
}

/** A parameter that torch.nn's layers do not have: [multiple·H] values. */
export interface OwnParameter {
  readonly multiple: number;
  readonly initial: 'zeros' | 'ones';
}

/** Parameters of a cell's own, or their gradients, by their names; the biases `bias_ih` and `bias_hh` [G·H] among them. */
export type OwnTensors = Readonly<Record<string, Tensor1D>>;

/**
 * A recurrent cell, declared once: its equations, its sizes and its names. Products with the weights (but for one that needs a gate
 * first), the walk over time and the packing are in reference.ts; parameters, costs, schema and words follow from the sizes and names.
 * Functions create tensors and change none.
 */
export interface Cell {
  /** In configs and in the names of kernels: `gru-printed`. */
  readonly name: string;
  /** In tables and headers: `printed GRU`. A second direction puts `Bi` before its last word. */
  readonly label: string;
  /** For the config schema, after the name. */
  readonly summary: string;
  /** G, gates stacked in the rows of W_ih and W_hh that the cell reads. */
  readonly gates: number;
  /** Gates stacked in the model's parameters, of which the cell reads the first G. */
  readonly parameterGates: number;
  /** P, gates whose rows of W_hh are multiplied by h before the step: the first P of G. */
  readonly recurrentGates: number;
  /** The gate whose rows of W_hh the equations multiply themselves, [n, H]·rowsᵀ, since a gate comes first; null for none. */
  readonly ownProduct: number | null;
  /** The gate that says how much of its memory the cell keeps, whose bias `forgetBias` sets; null where no bias alone does. */
  readonly forgetGate: number | null;
  /**
   * Where the biases go. `apart`: b_ih into x and b_hh into r. `anywhere`: x and r enter as their sum alone, so that b_ih may be
   * added on either side. `recurrent`: both into r, since x alone enters an equation without a bias. `input`: both into x, since
   * r does not have all gates. `own`: the equations add them themselves, from `own`.
   */
  readonly bias: 'apart' | 'anywhere' | 'recurrent' | 'input' | 'own';
  /** Parameters besides torch.nn's by their names in a layer: `gain_ih` is `rnn.gain_ih_l0`. */
  readonly own?: Readonly<Record<string, OwnParameter>>;
  /** S, width of `CellState.saved` in multiples of H. */
  readonly saved: number;
  /** The block of H columns of `saved` that the next step reads besides h, the LSTM's c; null where h is the whole state. */
  readonly carry: number | null;
  /** How an ONNX graph computes it: ONNX's operator of the same equations, or else the equations; null for a cell that says neither. */
  readonly onnx: OnnxOperator | OnnxEquations | null;
  /** Whether src/native has kernels of it. Any other cell runs by the reference walk on every engine. */
  readonly hasNativeKernel: boolean;
  /**
   * @param x [n, G·H] input part of the gates;
   * @param r [n, P·H] recurrent part;
   * @param weightHh [G·H, H] for a product of the cell's own;
   * @param own its own parameters, of a cell that has some.
   */
  forward(x: Tensor2D, r: Tensor2D, previous: CellState, weightHh: Tensor2D, own: OwnTensors): CellState;
  /** @param dHidden [n, H]; @param dCarry [n, H], null at the last step or without a carry. */
  backward(
    dHidden: Tensor2D, dCarry: Tensor2D | null, state: CellState, previous: CellState, weightHh: Tensor2D, own: OwnTensors,
  ): CellGradients;
}

/** Column block `k` of `width` columns: [n, K·width] → [n, width]. */
export function block(x: Tensor2D, k: number, width: number): Tensor2D {
  return tf.slice(x, [0, k * width], [x.shape[0], width]);
}

/** A gate's rows of stacked weights: [G·H, H] → [H, H]. */
export function gateRows(weights: Tensor2D, gate: number): Tensor2D {
  const size = weights.shape[1];
  return tf.slice(weights, [gate * size, 0], [size, size]);
}

export function columns(...parts: Tensor2D[]): Tensor2D {
  return tf.concat(parts, 1);
}

/** dy·σ'(·) written by the sigmoid's own value s: dy·s·(1−s). */
export function sigmoidGradient(dy: Tensor2D, s: Tensor2D): Tensor2D {
  return tf.mul(dy, tf.mul(s, tf.sub(1, s)));
}

/** dy·tanh'(·) written by the tanh's own value t: dy·(1−t²). */
export function tanhGradient(dy: Tensor2D, t: Tensor2D): Tensor2D {
  return tf.mul(dy, tf.sub(1, tf.square(t)));
}

/** The first n rows; rows that are missing are zero. */
export function resizeRows(x: Tensor2D, n: number): Tensor2D {
  const [rows, width] = x.shape;
  if (rows === n) return x;
  return rows > n ? tf.slice(x, [0, 0], [n, width]) : tf.pad(x, [[0, n - rows], [0, 0]]);
}
