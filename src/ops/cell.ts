import type { Tensor2D } from '@tensorflow/tfjs-core';

export type CellName = 'rnn' | 'lstm' | 'gru' | 'gru-printed';

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
  /** [n, G·H] with respect to r = W_hh·h + b_hh. */
  readonly dr: Tensor2D;
  /** [n, H] with respect to the previous h, besides what flows through r; null for none. */
  readonly dHidden: Tensor2D | null;
  /** [n, H] with respect to the previous carry (the LSTM's c); null for cells without one. */
  readonly dCarry: Tensor2D | null;
  /** What went through the cell's own product, `factor` [n, H] times its rows of W_hh, and the gradient [n, H] of the result. */
  readonly ownProduct?: { readonly factor: Tensor2D; readonly dProduct: Tensor2D };
}

/**
 * A recurrent cell as its equations and nothing else: products with the weights (but for one that needs a gate first), the
 * walk over time and the packing are in reference.ts. Functions create tensors and change none.
 */
export interface Cell {
  readonly name: CellName;
  /** G, gates stacked in the weights' rows. */
  readonly gates: number;
  /** Gates stacked in the model's parameters, of which the cell reads the first G. */
  readonly parameterGates: number;
  /**
   * Where the biases go. `apart`: b_ih into x and b_hh into r. `anywhere`: x and r enter as their sum alone, so that b_ih may be
   * added on either side. `recurrent`: both into r, since x alone enters an equation without a bias.
   */
  readonly bias: 'apart' | 'anywhere' | 'recurrent';
  /** The gate whose rows of W_hh the equations multiply once more themselves, [n, H]·rowsᵀ; null for none. */
  readonly ownProduct: number | null;
  /** S, width of `CellState.saved` in multiples of H. */
  readonly saved: number;
  /** @param x [n, G·H] input part of the gates; @param r [n, G·H] recurrent part; @param weightHh [G·H, H] for a product of the cell's own. */
  forward(x: Tensor2D, r: Tensor2D, previous: CellState, weightHh: Tensor2D): CellState;
  /** @param dHidden [n, H]; @param dCarry [n, H], null at the last step or without a carry. */
  backward(dHidden: Tensor2D, dCarry: Tensor2D | null, state: CellState, previous: CellState, weightHh: Tensor2D): CellGradients;
}
