import { z } from 'zod';

import { dataSchema, seedSchema } from './schema.ts';

const bagOfWordsSchema = z
  .strictObject({
    type: z.enum(['bag-of-words']).default('bag-of-words').describe('Logistic regression on the n-grams of a review, whatever their order.'),
    ngrams: z.int().min(1).max(2).default(1).describe('Longest n-gram that is a feature: 1 for words, 2 for words and pairs of neighbours.'),
    values: z.enum(['presence', 'counts']).default('presence')
      .describe('Value of a feature: 1 for an n-gram that a review has, or how often it has it.'),
  })
  .prefault({})
  .describe('The classifier: bag of words with logistic regression.');

const nbSvmSchema = z
  .strictObject({
    type: z.enum(['nb-svm']).default('nb-svm')
      .describe('A linear SVM on naive Bayes log-count ratios (Wang and Manning 2012).'),
    ngrams: z.int().min(1).max(2).default(2).describe('Longest n-gram that is a feature: 1 for words, 2 for words and pairs of neighbours.'),
    smoothing: z.number().positive().max(1_000_000).default(1).describe('Added to every count before the ratios are taken: their α.'),
    interpolation: z.number().min(0).max(1).default(0.25)
      .describe("The SVM's share in the weights, the rest being naive Bayes: their β."),
  })
  .prefault({})
  .describe('The classifier: an SVM with naive Bayes features.');

const trainingSchema = z
  .strictObject({
    strengths: z.array(z.number().positive().max(1_000_000)).min(1).max(100).default([0.003, 0.01, 0.03, 0.1, 0.3, 1])
      .describe("Values of C, the weight of the loss against ½‖w‖²; the best on the validation part is kept, the first of equals."),
    tolerance: z.number().positive().max(1).default(1e-6)
      .describe('Largest duality gap at the end, as a share of the objective: no solution is better by more than that.'),
    maxPasses: z.int().min(1).max(1_000_000).default(1000).describe('Passes over the training part at most, for each value of C.'),
  })
  .prefault({})
  .describe('How the classifier is trained: dual coordinate descent, for each value of C.');

export const bagOfWordsExperimentSchema = z.strictObject({ seed: seedSchema, data: dataSchema, model: bagOfWordsSchema, training: trainingSchema });
export const nbSvmExperimentSchema = z.strictObject({ seed: seedSchema, data: dataSchema, model: nbSvmSchema, training: trainingSchema });

/** An experiment with one of the baselines that have no embedding, no recurrence and no epochs. */
export type LinearConfig = Readonly<z.infer<typeof bagOfWordsExperimentSchema> | z.infer<typeof nbSvmExperimentSchema>>;
export type LinearModelConfig = LinearConfig['model'];
