import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { classifierLogits, embedDistinct } from '../../src/models/classifier.ts';
import { classifierSpecs } from '../../src/models/parameters.ts';
import { denseGradient } from '../../src/ops/adam.ts';
import { computeGradients, disposeGradients } from '../../src/training/gradients.ts';
import { createAdam, globalNorm } from '../../src/training/optimizer.ts';
import { startEngine } from '../support/engine.ts';
import { goldenConfig, goldenNames, goldenParameters, largestDifference, packReviews, readGolden } from '../support/golden.ts';

/** Float32 sums in another order than PyTorch's; values are of order 1. */
const TOLERANCE = 2e-6;

const engines = inject('hasNativeEngine') ? (['reference', 'native', 'portable'] as const) : (['portable'] as const);

describe.for(engines)('against PyTorch, %s ops', (engine) => {
  beforeAll(() => startEngine(engine));
  let tensors = 0;
  beforeEach(() => { tensors = tf.memory().numTensors; });
  afterEach(() => { expect(tf.memory().numTensors).toBe(tensors); });

  describe.each(goldenNames)('%s', (name) => {
    const golden = readGolden(name);
    const config = goldenConfig(golden);
    const batch = packReviews(golden.reviews, golden.labels, golden.vocabularySize);

    it('has torch.nn\'s parameter names and shapes, in its order', () => {
      const specs = classifierSpecs(config.model, golden.vocabularySize);
      expect(specs.map((spec) => [spec.name, spec.shape])).toEqual(Object.entries(golden.shapes));
    });

    it('gives the same logits', () => {
      const parameters = goldenParameters(golden);
      const logits = tf.tidy(() => classifierLogits(config.model, parameters, embedDistinct(parameters, batch), batch, null));
      const inOrder = golden.reviews.flatMap((_, row) => Array.from(logits.arraySync()[batch.rows.indexOf(row)] ?? []));
      expect(largestDifference(inOrder, golden.logits)).toBeLessThan(TOLERANCE);
      tf.dispose([logits, ...parameters.values()]);
    });

    it('gives the same loss and the same gradient of every parameter', () => {
      const parameters = goldenParameters(golden);
      const { loss, gradients } = computeGradients(config.model, parameters, batch, { seed: 1, step: 0 });
      expect(Math.abs(loss - golden.loss)).toBeLessThan(TOLERANCE);
      expect(Math.abs(globalNorm(gradients) - golden.gradientNorm)).toBeLessThan(TOLERANCE);
      for (const [parameter, expected] of Object.entries(golden.gradients)) {
        const gradient = gradients.get(parameter);
        const dense = tf.tidy(() => tf.clone(denseGradient(gradient ?? { values: tf.zeros([1]) }, golden.shapes[parameter] ?? [])));
        expect(largestDifference(dense.dataSync(), expected), parameter).toBeLessThan(TOLERANCE);
        dense.dispose();
      }
      disposeGradients(gradients);
      tf.dispose([...parameters.values()]);
    });

    it('has the same parameters after three clipped Adam steps', () => {
      const optimizer = createAdam(goldenParameters(golden), config.training);
      for (let step = 0; step < golden.training.steps; step++) {
        const { gradients } = computeGradients(config.model, optimizer.parameters, batch, { seed: 1, step });
        optimizer.update(gradients, globalNorm(gradients));
        disposeGradients(gradients);
      }
      // Adam divides by √v: where a gradient is next to nothing, the last bit of a sum moves a parameter by a part of the step size 1e-3.
      for (const [parameter, expected] of Object.entries(golden.afterAdam)) {
        expect(largestDifference(optimizer.parameters.get(parameter)?.dataSync() ?? [], expected), parameter).toBeLessThan(10 * TOLERANCE);
      }
      optimizer.dispose();
    });
  });
});
