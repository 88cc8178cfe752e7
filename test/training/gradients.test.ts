import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { experimentSchema } from '../../src/experiment-schema.ts';
import { cellNames } from '../../src/ops/cells.ts';
import { computeGradients, disposeGradients } from '../../src/training/gradients.ts';
import { createTrainee } from '../../src/training/step.ts';
import { globalNorm } from '../../src/training/optimizer.ts';
import { startEngine } from '../support/engine.ts';
import { packReviews } from '../support/golden.ts';

const VOCABULARY = 20;

const kinds: object[] = cellNames.flatMap((cell) => [{ cell }, { cell, bidirectional: true, embeddingDropoutRate: 0.2 }]);

describe.for(inject('hasNativeEngine') ? (['reference', 'native', 'portable'] as const) : (['portable'] as const))('%s ops', (engine) => {
  beforeAll(() => startEngine(engine));

  it.each(kinds)('on a batch of empty reviews, only the head\'s bias has a gradient, and the update moves it alone: %j', (kind) => {
    const config = experimentSchema.parse({ model: { embeddingSize: 4, hiddenSize: 3, ...kind } });
    const tensors = tf.memory().numTensors;
    const trainee = createTrainee(config, VOCABULARY);
    const { optimizer } = trainee;
    const before = new Map([...optimizer.parameters].map(([name, tensor]) => [name, tensor.dataSync().slice()]));
    const { loss, gradients } = computeGradients(trainee, optimizer.parameters, packReviews([[], []], [1, 1], VOCABULARY), { seed: 1, step: 0 });
    expect(loss).toBeGreaterThan(0);
    for (const [name, { values }] of gradients) expect([...values.dataSync()].some((value) => value !== 0), name).toBe(name === 'fc.bias');
    optimizer.update(gradients, { gradientNorm: globalNorm(gradients), rateFactor: 1 });
    disposeGradients(gradients);
    for (const [name, tensor] of optimizer.parameters) {
      if (name === 'fc.bias') expect(tensor.dataSync()).not.toEqual(before.get(name));
      else expect(tensor.dataSync(), name).toEqual(before.get(name));
    }
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
