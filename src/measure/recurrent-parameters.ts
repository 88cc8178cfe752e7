import type { RecurrentSizes } from '../models/layer-counts.ts';
import type { CellName } from '../ops/cells.ts';

/** The cells that the articles give formulas of. */
export type ArticlesCell = Extract<CellName, 'rnn' | 'gru' | 'gru-printed' | 'lstm'>;

/** G, the products a cell is made of: the articles' ratio 1 : 3 : 4 (C11, C12); of the printed GRU the GRU's, as its parameters. */
export const gateCounts: Readonly<Record<ArticlesCell, number>> = { rnn: 1, gru: 3, 'gru-printed': 3, lstm: 4 };

export function isArticlesCell(cell: string): cell is ArticlesCell {
  return cell in gateCounts;
}

/** G·(D + H)·H: the matrices without biases (C1). */
export function countGateWeights(cell: ArticlesCell, { inputSize, hiddenSize }: RecurrentSizes): number {
  return gateCounts[cell] * (inputSize + hiddenSize) * hiddenSize;
}

/** G·(D·H + H² + H): one bias a gate (C11, C17; Keras's layers have as many). */
export function countWithOneBias(cell: ArticlesCell, sizes: RecurrentSizes): number {
  return countGateWeights(cell, sizes) + gateCounts[cell] * sizes.hiddenSize;
}

/** G·(D·H + H² + 2·H): torch.nn's two biases a gate (C2). */
export function countWithTwoBiases(cell: ArticlesCell, sizes: RecurrentSizes): number {
  return countGateWeights(cell, sizes) + 2 * gateCounts[cell] * sizes.hiddenSize;
}

