import { modelDirections } from '../models/parameters.ts';
import { cells } from '../ops/recurrence.ts';
import type { BenchModel } from './protocol.ts';

export interface RecurrentFlops {
  readonly forward: number;
  readonly backward: number;
}

/**
 * Additions and multiplications of the recurrent products of N tokens in all layers and directions: W_hh·h forward,
 * W_hhᵀ·dr and dr·hᵀ backward, 2·N·G·H·H each. Gates, inputs and padding count as nothing.
 */
export function recurrentFlops(model: BenchModel, tokens: number): RecurrentFlops {
  const recurrences = model.layers * modelDirections(model).length;
  const product = 2 * tokens * cells[model.cell].gates * model.hiddenSize ** 2;
  return { forward: recurrences * product, backward: recurrences * 2 * product };
}

/** Of a product of two square matrices. */
export function matMulFlops(size: number): number {
  return 2 * size ** 3;
}
