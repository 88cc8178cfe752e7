import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { experimentSchema } from '../../src/config/schema.ts';
import { classifierSpecs, initializeParameters } from '../../src/models/parameters.ts';
import { computeGradients, disposeGradients } from '../../src/training/gradients.ts';
import { createAdam, globalNorm } from '../../src/training/optimizer.ts';
import { startEngine } from '../support/engine.ts';
import { packReviews } from '../support/golden.ts';

const VOCABULARY = 20;

const kinds: object[] = (['rnn', 'lstm', 'gru', 'gru-printed'] as const).flatMap((cell) => [{ cell }, { cell, bidirectional: true, embeddingDropoutRate: 0.2 }]);

describe.for(inject('hasNativeEngine') ? (['reference', 'native', 'portable'] as const) : (['portable'] as const))('%s ops', (engine) => {
  beforeAll(() => startEngine(engine));

  it.each(kinds)('on a batch of empty reviews, only the head\'s bias has a gradient, and the update moves it alone: %j', (kind) => {
    const config = experimentSchema.parse({ model: { embeddingSize: 4, hiddenSize: 3, ...kind } });
    const tensors = tf.memory().numTensors;
    const initial = initializeParameters(classifierSpecs(config.model, VOCABULARY), 1);
    const before = new Map([...initial].map(([name, tensor]) => [name, tensor.dataSync().slice()]));
    const optimizer = createAdam(initial, config.training);
    const { loss, gradients } = computeGradients(config.model, optimizer.parameters, packReviews([[], []], [1, 1], VOCABULARY), { seed: 1, step: 0 });
    expect(loss).toBeGreaterThan(0);
    for (const [name, { values }] of gradients) expect([...values.dataSync()].some((value) => value !== 0), name).toBe(name === 'fc.bias');
    optimizer.update(gradients, globalNorm(gradients));
    disposeGradients(gradients);
    for (const [name, tensor] of optimizer.parameters) {
      if (name === 'fc.bias') expect(tensor.dataSync()).not.toEqual(before.get(name));
      else expect(tensor.dataSync(), name).toEqual(before.get(name));
    }
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
