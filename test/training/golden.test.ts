import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { evaluationPass } from '../../src/models/module.ts';
import { createWeights } from '../../src/models/parameters.ts';
import { denseGradient } from '../../src/ops/adam.ts';
import { computeGradients, disposeGradients } from '../../src/training/gradients.ts';
import { globalNorm } from '../../src/training/optimizer.ts';
import { startEngine } from '../support/engine.ts';
import { goldenNames, goldenTrainee, largestDifference, packReviews, readGolden } from '../support/golden.ts';

/** Float32 sums in another order than PyTorch's; values are of order 1. */
const TOLERANCE = 2e-6;
/** Of gradients: layer normalization divides them by deviations of its inputs, which are below 1. */
const GRADIENT_TOLERANCE = 5e-6;

/** A gradient of no more than this is zero in exact arithmetic. */
const ROUNDING = 2e-8;

const engines = inject('hasNativeEngine') ? (['reference', 'native', 'portable'] as const) : (['portable'] as const);

describe.for(engines)('against PyTorch, %s ops', (engine) => {
  beforeAll(() => startEngine(engine));
  let tensors = 0;
  beforeEach(() => { tensors = tf.memory().numTensors; });
  afterEach(() => { expect(tf.memory().numTensors).toBe(tensors); });

  describe.each(goldenNames)('%s', (name) => {
    const golden = readGolden(name);
    const batch = packReviews(golden.reviews, golden.labels, golden.vocabularySize);

    it('has torch.nn\'s parameter names and shapes, in its order', () => {
      const { model, optimizer } = goldenTrainee(golden);
      optimizer.dispose();
      expect(model.parameters.map((spec) => [spec.name, spec.shape])).toEqual(Object.entries(golden.shapes));
    });

    it('gives the same logits', () => {
      const { model, optimizer } = goldenTrainee(golden);
      const logits = tf.tidy(() => model.logits(batch, createWeights(optimizer.parameters, batch.distinctIds), evaluationPass));
      const inOrder = golden.reviews.flatMap((_, row) => Array.from(logits.arraySync()[batch.rows.indexOf(row)] ?? []));
      expect(largestDifference(inOrder, golden.logits)).toBeLessThan(TOLERANCE);
      logits.dispose();
      optimizer.dispose();
    });

    it('gives the same loss and the same gradient of every parameter', () => {
      const trainee = goldenTrainee(golden);
      const { loss, gradients } = computeGradients(trainee, trainee.optimizer.parameters, batch, { seed: 1, step: 0 });
      expect(Math.abs(loss - golden.loss)).toBeLessThan(TOLERANCE);
      expect(Math.abs(globalNorm(gradients) - golden.gradientNorm)).toBeLessThan(GRADIENT_TOLERANCE);
      for (const [parameter, expected] of Object.entries(golden.gradients)) {
        const gradient = gradients.get(parameter);
        const dense = tf.tidy(() => tf.clone(denseGradient(gradient ?? { values: tf.zeros([1]) }, golden.shapes[parameter] ?? [])));
        expect(largestDifference(dense.dataSync(), expected), parameter).toBeLessThan(GRADIENT_TOLERANCE);
        dense.dispose();
      }
      disposeGradients(gradients);
      trainee.optimizer.dispose();
    });

    it('has the same parameters after three clipped Adam steps', () => {
      const trainee = goldenTrainee(golden);
      const { optimizer } = trainee;
      for (let step = 0; step < golden.training.steps; step++) {
        const { gradients } = computeGradients(trainee, optimizer.parameters, batch, { seed: 1, step });
        optimizer.update(gradients, { gradientNorm: globalNorm(gradients), rateFactor: 1, run: { epochs: 1, epochSteps: 1 } });
        disposeGradients(gradients);
      }
      // Adam divides by √v: where a gradient is next to nothing, the last bit of a sum moves a parameter by a part of the step size 1e-3.
      // Where it is zero but for rounding, as that of a key's bias, which a softmax takes back, the direction of a step is chance.
      for (const [parameter, expected] of Object.entries(golden.afterAdam)) {
        const gradients = golden.gradients[parameter] ?? [];
        const before = golden.parameters[parameter] ?? [];
        const known = expected.map((value, i) => value === before[i] || Math.abs(gradients[i] ?? 0) > ROUNDING);
        const values = [...optimizer.parameters.get(parameter)?.dataSync() ?? []];
        const [ours, theirs] = [values, expected].map((all) => all.filter((_, i) => known[i]));
        expect(largestDifference(ours ?? [], theirs ?? []), parameter).toBeLessThan(10 * TOLERANCE);
        const furthest = golden.training.steps * golden.training.learningRate;
        values.forEach((value, i) => {
          if (known[i] === false) expect(Math.abs(value - (before[i] ?? NaN))).toBeLessThan(1.01 * furthest);
        });
      }
      optimizer.dispose();
    });
  });
});
