import { countGateWeights } from './recurrent-parameters.ts';
import type { ArticlesCell } from './recurrent-parameters.ts';
import type { RecurrentSizes } from '../models/layer-counts.ts';
import type { TransformerSizes } from './transformer-parameters.ts';

/** Multiply-adds of matrix products, one for a weight and a row; what a gate does element by element is left out, as in the articles. */

/** G·(D + H)·H for a token (C12). */
export function countStepByArticles(cell: ArticlesCell, sizes: RecurrentSizes): number {
  return countGateWeights(cell, sizes);
}

/** Training by the articles: 2 × the forward pass (C13). */
export const articlesTrainingFactor = 2;

/**
 * A Transformer's encoder layer on one row of T tokens: four products with d×d, two with d×ff, and for each pair of tokens a score
 * and a share of the sum: T·(4d² + 2·d·ff) + 2·T²·d.
 */
export function countEncoderForward({ embeddingSize: d, feedForwardSize: ff }: TransformerSizes, steps: number): number {
  return steps * (4 * d * d + 2 * d * ff) + 2 * steps * steps * d;
}
