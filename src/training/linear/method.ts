import type { Registered, SettingsOf, Shape } from '../../registry.ts';
import type { LinearProblem } from './dual-descent.ts';
import type { FeatureValues } from './ngram-features.ts';
import type { SparseRows } from './sparse-rows.ts';

/** A linear model as an optimisation problem, and the way back to weights of the plain features. */
export interface LinearMethod {
  readonly problem: Omit<LinearProblem, 'strength'>;
  /** @returns [D] so that the score of a review is its features times them */
  readonly toFeatureWeights: (solution: Float64Array) => Float64Array;
}

/** A linear model as it is registered. */
export interface LinearComponent<Keys extends Shape> extends Registered {
  readonly settings: Keys;
  /** In tables: `NB-SVM`. */
  readonly label: string;
  /** For the header of a run. */
  describe(settings: SettingsOf<Keys>): string;
  features(settings: SettingsOf<Keys>): { readonly ngrams: number; readonly values: FeatureValues };
  /**
   * @param rows [N, D] features of the training part, the last column the bias
   * @param signs [N] ±1
   */
  create(settings: SettingsOf<Keys>, rows: SparseRows, signs: Float64Array): LinearMethod;
}

/** `words and pairs of words` */
export function describeNgrams({ ngrams }: { readonly ngrams: number }): string {
  return ngrams === 1 ? 'words' : 'words and pairs of words';
}
