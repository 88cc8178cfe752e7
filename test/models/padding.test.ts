import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { experimentSchema, neuralSchema } from '../../src/experiment-schema.ts';
import { buildModel, encoders, poolings } from '../../src/models/build.ts';
import { evaluationPass } from '../../src/models/module.ts';
import { createWeights, initializeParameters } from '../../src/models/parameters.ts';
import { namesOf } from '../../src/registry.ts';
import { computeGradients, disposeGradients } from '../../src/training/gradients.ts';
import { createTrainee } from '../../src/training/step.ts';
import { startEngine } from '../support/engine.ts';
import { largestDifference, packReviews } from '../support/golden.ts';

beforeAll(() => startEngine('portable'));

const VOCABULARY = 9, reviews = [[4, 2, 7], [2, 5, 5, 1, 8, 3], [], [6, 3]];

/** Logits [reviews, 2] in the order of the reviews. */
function logitsOf(model: object, texts: number[][]): number[] {
  const built = buildModel(neuralSchema.parse({ model }).model, VOCABULARY);
  const batch = packReviews(texts, texts.map(() => 0), VOCABULARY), parameters = initializeParameters(built.parameters, 1);
  const rows = tf.tidy(() => built.logits(batch, createWeights(parameters, batch.distinctIds), evaluationPass).arraySync());
  return texts.flatMap((_, review) => rows[batch.rows.indexOf(review)] ?? []);
}

/** Token 0 is the padding, whose vector is zero from the beginning. */
const filled = (side: string, to: number): number[][] => reviews.map((tokens) => {
  const padding = Array.from({ length: Math.max(0, to - tokens.length) }, () => 0);
  return side === 'start' ? [...padding, ...tokens] : [...tokens, ...padding];
});

describe.each(['start', 'end'])('padding at the %s', (padSide) => {
  const table = [
    ...namesOf(encoders).map((type) => ({ type })), ...namesOf(poolings).map((pooling) => ({ pooling, bidirectional: true })),
  ];
  it.each(table)('is read as a word whose vector is zero: %j', (kind) => {
    const model = { embeddingSize: 8, layers: 1, ...kind, ...('type' in kind && kind.type === 'transformer' ? { heads: 2 } : { hiddenSize: 4 }) };
    const padded = logitsOf({ ...model, padTo: 5, padSide }, reviews); // one review is longer, and stays so
    expect(largestDifference(padded, logitsOf(model, filled(padSide, 5)))).toBeLessThan(1e-6);
    expect(largestDifference(padded, logitsOf(model, reviews))).toBeGreaterThan(1e-4);
  });
});

it('the padding has no gradient', () => {
  const trainee = createTrainee(experimentSchema.parse({ model: { embeddingSize: 4, hiddenSize: 4, padTo: 8 } }), VOCABULARY);
  const batch = packReviews(reviews, [0, 1, 0, 1], VOCABULARY);
  const { gradients } = computeGradients(trainee, trainee.optimizer.parameters, batch, { seed: 1, step: 0 });
  expect(gradients.get('embed.weight')?.rows?.dataSync()).not.toContain(0);
  expect(gradients.get('embed.weight')?.values.shape).toEqual([8, 4]);
  disposeGradients(gradients);
  trainee.optimizer.dispose();
});
