import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { neuralSchema } from '../../src/experiment-schema.ts';
import type { ExperimentConfig } from '../../src/experiment-schema.ts';
import { evaluationPass, trainingPass } from '../../src/models/module.ts';
import type { Pass } from '../../src/models/module.ts';
import { createWeights } from '../../src/models/parameters.ts';
import { createTrainee, trainStep } from '../../src/training/step.ts';
import type { Trainee } from '../../src/training/step.ts';
import { startEngine } from '../support/engine.ts';
import { largestDifference, packReviews } from '../support/golden.ts';

const VOCABULARY = 9;
const configOf = (model: object): ExperimentConfig => neuralSchema.parse({
  model: { type: 'transformer', embeddingSize: 6, heads: 2, feedForwardSize: 5, maxPositions: 4, ...model },
});
const reviews = [[2, 5, 5, 1, 8, 3], [4, 2, 7], [], [7]];

/** Logits of each review in the order given. */
function logitsOf({ model, optimizer }: Trainee, given: number[][], pass: Pass): number[][] {
  const batch = packReviews(given, given.map(() => 0), VOCABULARY);
  const logits = tf.tidy(() => model.logits(batch, createWeights(optimizer.parameters, batch.distinctIds), pass).arraySync());
  return given.map((_, row) => logits[batch.rows.indexOf(row)] ?? []);
}

describe.for(inject('hasNativeEngine') ? (['reference', 'native', 'portable'] as const) : (['portable'] as const))('%s ops', (engine) => {
  beforeAll(() => startEngine(engine));

  it.each([{}, { norm: 'post', positions: 'sinusoidal', activation: 'gelu' }])(
    'a review has the same logits alone and in a batch with longer and empty ones: %j', (settings) => {
      const trainee = createTrainee(configOf(settings), VOCABULARY);
      const together = logitsOf(trainee, reviews, evaluationPass);
      reviews.forEach((review, row) => {
        expect(largestDifference(logitsOf(trainee, [review], evaluationPass)[0] ?? [], together[row] ?? [])).toBeLessThan(1e-6);
      });
      trainee.optimizer.dispose();
    });

  it.each([[reviews], [[[], []]]])('trains on a batch with empty reviews: %j', (given) => {
    const before = tf.memory().numTensors;
    const trainee = createTrainee(configOf({}), VOCABULARY);
    const batch = packReviews(given, given.map((_, row) => row % 2), VOCABULARY);
    for (let step = 0; step < 3; step++) expect(trainStep(trainee, [batch]).finite).toBe(true);
    for (const values of trainee.optimizer.parameters.values()) expect(values.dataSync().every(Number.isFinite)).toBe(true);
    trainee.optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('tells the order of words by learned positions up to the last of them, by sinusoidal ones further on', () => {
    for (const [positions, tellsLater] of [['learned', false], ['sinusoidal', true]] as const) {
      const trainee = createTrainee(configOf({ positions }), VOCABULARY);
      const [original = [], early = [], late = []] =
        logitsOf(trainee, [[1, 2, 3, 4, 5, 6, 7], [2, 1, 3, 4, 5, 6, 7], [1, 2, 3, 4, 6, 5, 7]], evaluationPass);
      expect(largestDifference(original, early)).toBeGreaterThan(1e-4);
      expect(largestDifference(original, late) > 1e-5).toBe(tellsLater);
      trainee.optimizer.dispose();
    }
  });

  it('drops by the seed and the step, and in training alone', () => {
    const trainee = createTrainee(configOf({ dropoutRate: 0.5 }), VOCABULARY);
    const [first, again, other] = [0, 0, 1].map((step) => logitsOf(trainee, reviews, trainingPass(1, step)));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(logitsOf(trainee, reviews, evaluationPass)).not.toEqual(first);
    trainee.optimizer.dispose();
  });
});
