import { VALUE_BYTES } from '../models/module.ts';
import type { CellName } from '../ops/cells.ts';
import { declareLayer } from './recurrent-parameters.ts';
import type { ArticlesCell, RecurrentSizes } from './recurrent-parameters.ts';

/**
 * Values that one layer in one direction keeps of a token for the backward pass, by the articles (C14): input and hidden state;
 * a GRU also z and r, an LSTM four gates and the cell state.
 */
export function countKeptByArticles(cell: ArticlesCell, { inputSize, hiddenSize }: RecurrentSizes): number {
  const states = { rnn: 1, gru: 1 + 2, 'gru-printed': 1 + 2, lstm: 1 + 4 + 1 };
  return inputSize + states[cell] * hiddenSize;
}

/** Values that one layer in one direction keeps besides its input: the hidden state of every token and what its cell saves of it. */
export function countKeptByRecurrence(cell: CellName, hiddenSize: number, tokens: number): number {
  const sizes = { inputSize: 1, hiddenSize };
  return declareLayer(cell, sizes, { tokens, distinctTokens: tokens }).keptBytes / VALUE_BYTES - countKeptParameters(cell, sizes);
}

/** Values that one layer in one direction keeps as a copy of those of its parameters that it reads; 0 where it reads them all. */
export function countKeptParameters(cell: CellName, sizes: RecurrentSizes): number {
  return declareLayer(cell, sizes, { tokens: 0, distinctTokens: 0 }).keptBytes / VALUE_BYTES;
}
