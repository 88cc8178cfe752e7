import { cells } from '../ops/recurrence.ts';
import type { CellName } from '../ops/cell.ts';
import type { RecurrentSizes } from './recurrent-parameters.ts';

/** Bytes of a float32 and of an int32. */
export const VALUE_BYTES = 4;

/**
 * Values that one layer in one direction keeps of a token for the backward pass, by the articles (C14): input and hidden state;
 * a GRU also z and r, an LSTM four gates and the cell state.
 */
export function countKeptByArticles(cell: CellName, { inputSize, hiddenSize }: RecurrentSizes): number {
  const states = { rnn: 1, gru: 1 + 2, 'gru-printed': 1 + 2, lstm: 1 + 4 + 1 };
  return inputSize + states[cell] * hiddenSize;
}

/**
 * What src/ops keeps besides the layer's input: the hidden state and `saved` of every token (r, z, n, ρ_n of a GRU, the first three
 * of a printed one; i, f, g, o, c of an LSTM). The input product is not kept.
 * The native kernels round H up to whole vectors in `saved`.
 * @returns values of one layer in one direction
 */
export function countKeptByRecurrence(cell: CellName, hiddenSize: number, tokens: number): number {
  return hiddenSize * tokens * (1 + cells[cell].saved);
}

/** Values that one layer in one direction keeps as a copy of those of its parameters that it reads; 0 where it reads them all. */
export function countKeptParameters(cell: CellName, { inputSize, hiddenSize }: RecurrentSizes): number {
  const { gates, parameterGates } = cells[cell];
  return gates === parameterGates ? 0 : gates * hiddenSize * (inputSize + hiddenSize + 2);
}
