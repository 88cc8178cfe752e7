import { z } from 'zod';
import { logisticLoss } from './loss.ts';
import { describeNgrams } from './method.ts';
import type { LinearComponent } from './method.ts';

const settings = {
  ngrams: z.int().min(1).max(2).default(1).describe('Longest n-gram that is a feature: 1 for words, 2 for words and pairs of neighbours.'),
  values: z.enum(['presence', 'counts']).default('presence')
    .describe('Value of a feature: 1 for an n-gram that a review has, or how often it has it.'),
};

/** Logistic regression on which words a review has. */
export const bagOfWords = {
  settings,
  summary: 'logistic regression on the n-grams of a review, whatever their order',
  label: 'Bag of words',
  describe: (chosen) => `bag of ${describeNgrams(chosen)} (${chosen.values}), logistic regression`,
  features: ({ ngrams, values }) => ({ ngrams, values }),
  create: (_settings, rows, signs) => ({ problem: { rows, signs, loss: logisticLoss }, toFeatureWeights: (solution) => solution.slice() }),
} satisfies LinearComponent<typeof settings>;
