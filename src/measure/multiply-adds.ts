import type { CellName } from '../ops/cells.ts';
import { countGateWeights, declareLayer } from './recurrent-parameters.ts';
import type { ArticlesCell, RecurrentSizes } from './recurrent-parameters.ts';
import type { TransformerSizes } from './transformer-parameters.ts';

/** Multiply-adds of matrix products, one for a weight and a row; what a gate does element by element is left out, as in the articles. */

/** G·(D + H)·H for a token (C12). */
export function countStepByArticles(cell: ArticlesCell, sizes: RecurrentSizes): number {
  return countGateWeights(cell, sizes);
}

/** Training by the articles: 2 × the forward pass (C13). */
export const articlesTrainingFactor = 2;

/** The backward pass has two products for each one of the forward pass: one for the weights' gradient, one for the inputs'. */
export const trainingFactor = 3;

/** What src/models computes for one layer in one direction. @param inputRows distinct tokens where they share their input products, else all */
export function countLayerForward(cell: CellName, sizes: RecurrentSizes, { tokens, inputRows }: { tokens: number; inputRows: number }): number {
  return declareLayer(cell, sizes, { tokens, distinctTokens: inputRows }).multiplyAdds;
}

/**
 * A Transformer's encoder layer on one row of T tokens: four products with d×d, two with d×ff, and for each pair of tokens a score
 * and a share of the sum: T·(4d² + 2·d·ff) + 2·T²·d.
 */
export function countEncoderForward({ embeddingSize: d, feedForwardSize: ff }: TransformerSizes, steps: number): number {
  return steps * (4 * d * d + 2 * d * ff) + 2 * steps * steps * d;
}
