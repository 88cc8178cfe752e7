import type { ArticlesCell } from './recurrent-parameters.ts';
import type { RecurrentSizes } from '../models/layer-counts.ts';

/**
 * Values that one layer in one direction keeps of a token for the backward pass, by the articles (C14): input and hidden state;
 * a GRU also z and r, an LSTM four gates and the cell state.
 */
export function countKeptByArticles(cell: ArticlesCell, { inputSize, hiddenSize }: RecurrentSizes): number {
  const states = { rnn: 1, gru: 1 + 2, 'gru-printed': 1 + 2, lstm: 1 + 4 + 1 };
  return inputSize + states[cell] * hiddenSize;
}

