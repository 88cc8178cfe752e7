import { cells } from '../ops/cells.ts';
import type { BenchModel } from './protocol.ts';

export interface RecurrentFlops {
  readonly forward: number;
  readonly backward: number;
}

/**
 * Additions and multiplications of the products that the recurrent kernels compute of N tokens, in all layers and directions: W_hh·h of
 * every layer, 2·N·G·H·H, and W_ih·x of those above the first, 2·N·G·H·D; backward each twice, for the input's gradient and the
 * weight's. The first layer's input product is computed elsewhere. Gates and padding count as nothing.
 */
export function recurrentFlops(model: BenchModel, tokens: number): RecurrentFlops {
  const directions = model.bidirectional ? 2 : 1;
  const inputSize = directions * model.hiddenSize;
  const perUnit = model.layers * model.hiddenSize + (model.layers - 1) * inputSize;
  const forward = directions * 2 * tokens * cells[model.cell].gates * model.hiddenSize * perUnit;
  return { forward, backward: 2 * forward };
}

/** Of a product of two square matrices. */
export function matMulFlops(size: number): number {
  return 2 * size ** 3;
}
