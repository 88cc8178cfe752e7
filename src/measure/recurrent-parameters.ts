import { classifierSpecs } from '../models/parameters.ts';
import type { CellName } from '../ops/cell.ts';
import { cells } from '../ops/recurrence.ts';
import { countParameters } from './parameters.ts';

/** One recurrent layer in one direction: D inputs, H hidden units. */
export interface RecurrentSizes {
  /** D */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
}

/** G, the products a cell is made of: the articles' ratio 1 : 3 : 4 (C11, C12); of the printed GRU the GRU's, as its parameters. */
export const gateCounts: Readonly<Record<CellName, number>> = { rnn: 1, gru: 3, 'gru-printed': 3, lstm: 4 };

/** G·(D + H)·H: the matrices without biases (C1). */
export function countGateWeights(cell: CellName, { inputSize, hiddenSize }: RecurrentSizes): number {
  return gateCounts[cell] * (inputSize + hiddenSize) * hiddenSize;
}

/** G·(D·H + H² + H): one bias a gate (C11, C17; Keras's layers have as many). */
export function countWithOneBias(cell: CellName, sizes: RecurrentSizes): number {
  return countGateWeights(cell, sizes) + gateCounts[cell] * sizes.hiddenSize;
}

/** G·(D·H + H² + 2·H): torch.nn's two biases a gate (C2). */
export function countWithTwoBiases(cell: CellName, sizes: RecurrentSizes): number {
  return countGateWeights(cell, sizes) + 2 * gateCounts[cell] * sizes.hiddenSize;
}

/** Values of the layer as src/models builds it, matrices and biases apart. */
export function countBuiltLayer(cell: CellName, { inputSize, hiddenSize }: RecurrentSizes): { weights: number; biases: number } {
  const specs = classifierSpecs({ cell, hiddenSize, embeddingSize: inputSize, layers: 1, bidirectional: false }, 1);
  const biases = countParameters(specs.filter(({ shape }) => shape.length === 1)).recurrent;
  return { weights: countParameters(specs).recurrent - biases, biases };
}

/** Parameters that no equation reads: of the printed GRU the last H rows of each, a third. */
export function countUnread(cell: CellName, { inputSize, hiddenSize }: RecurrentSizes): number {
  const { gates, parameterGates } = cells[cell];
  return (parameterGates - gates) * hiddenSize * (inputSize + hiddenSize + 2);
}
