import type { CellName } from '../ops/cell.ts';
import { cells } from '../ops/recurrence.ts';
import { countGateWeights } from './recurrent-parameters.ts';
import type { RecurrentSizes } from './recurrent-parameters.ts';
import type { TransformerSizes } from './transformer-parameters.ts';

/** Multiply-adds of matrix products, one for a weight and a row; what a gate does element by element is left out, as in the articles. */

/** G·(D + H)·H for a token (C12). */
export function countStepByArticles(cell: CellName, sizes: RecurrentSizes): number {
  return countGateWeights(cell, sizes);
}

/** Training by the articles: 2 × the forward pass (C13). */
export const articlesTrainingFactor = 2;

/** The backward pass has two products for each one of the forward pass: one for the weights' gradient, one for the inputs'. */
export const trainingFactor = 3;

/**
 * What src/models computes for one layer in one direction: input products for the rows they are computed for, recurrent
 * products for every token, a product of the cell's own among them.
 * @param inputRows distinct tokens where the first layer shares their products, all tokens elsewhere
 */
export function countLayerForward(cell: CellName, { inputSize, hiddenSize }: RecurrentSizes, { tokens, inputRows }: { tokens: number; inputRows: number }): number {
  const { gates, ownProduct } = cells[cell];
  const recurrentProducts = gates + (ownProduct === null ? 0 : 1);
  return hiddenSize * (gates * inputRows * inputSize + recurrentProducts * tokens * hiddenSize);
}

/**
 * A Transformer's encoder layer on one row of T tokens: four products with d×d, two with d×ff, and for each pair of tokens a score
 * and a share of the sum: T·(4d² + 2·d·ff) + 2·T²·d.
 */
export function countEncoderForward({ embeddingSize: d, feedForwardSize: ff }: TransformerSizes, steps: number): number {
  return steps * (4 * d * d + 2 * d * ff) + 2 * steps * steps * d;
}
