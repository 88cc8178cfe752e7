import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { experimentSchema, neuralSchema } from '../../src/experiment-schema.ts';
import { encoders } from '../../src/models/build.ts';
import type { Model } from '../../src/models/build.ts';
import { initialValues } from '../../src/models/parameters.ts';
import { cellNames } from '../../src/ops/cells.ts';
import { namesOf } from '../../src/registry.ts';
import { gatherRows } from '../../src/ops/linear.ts';
import { computeGradients, disposeGradients } from '../../src/training/gradients.ts';
import { createObjective } from '../../src/training/settings.ts';
import { createTrainee } from '../../src/training/step.ts';
import { globalNorm } from '../../src/training/optimizer.ts';
import { startEngine } from '../support/engine.ts';
import { packReviews } from '../support/golden.ts';

const VOCABULARY = 20;

const kinds: object[] = [
  ...cellNames.flatMap((cell) => [{ cell, hiddenSize: 3 }, { cell, hiddenSize: 3, bidirectional: true, embeddingDropoutRate: 0.2 }]),
  ...namesOf(encoders).map((type) => ({ type, embeddingDropoutRate: 0.2 })),
];

/** A model that reads one table by the rows of its tokens and, transposed, as a whole: tied weights. */
const tied: Model = {
  parameters: [{ name: 'table', shape: [VOCABULARY, 3], group: 'embedding', initial: 'normal', isTable: true }],
  logits: (batch, weights) => {
    const rows = gatherRows(weights.rows('table'), tf.tensor1d(batch.distinctIndex, 'int32'));
    const first = tf.slice<tf.Rank.R2, tf.Tensor2D>(rows, [0, 0], [batch.labels.length, 3]); // packed by steps: the first token of each row
    return tf.matMul(first, tf.slice<tf.Rank.R2, tf.Tensor2D>(weights.get('table'), [5, 0], [2, 3]), false, true);
  },
  sharedBytes: null,
      costs: () => [],
  toOnnx: () => '',
};

describe.for(inject('hasNativeEngine') ? (['reference', 'native', 'portable'] as const) : (['portable'] as const))('%s ops', (engine) => {
  beforeAll(() => startEngine(engine));

  it.each(kinds)('on a batch of empty reviews, only the head\'s bias has a gradient, and the update moves it alone: %j', (kind) => {
    const config = neuralSchema.parse({ model: { embeddingSize: 4, ...kind } });
    const tensors = tf.memory().numTensors;
    const trainee = createTrainee(config, VOCABULARY);
    const { optimizer } = trainee;
    const before = new Map([...optimizer.parameters].map(([name, tensor]) => [name, tensor.dataSync().slice()]));
    const { loss, gradients } = computeGradients(trainee, optimizer.parameters, packReviews([[], []], [1, 1], VOCABULARY), {
      seed: 1,
      step: 0,
    });
    expect(loss).toBeGreaterThan(0);
    for (const [name, { values }] of gradients) expect([...values.dataSync()].some((value) => value !== 0), name).toBe(name === 'fc.bias');
    optimizer.update(gradients, { gradientNorm: globalNorm(gradients), rateFactor: 1, run: { epochs: 1, epochSteps: 1 } });
    disposeGradients(gradients);
    for (const [name, tensor] of optimizer.parameters) {
      if (name === 'fc.bias') expect(tensor.dataSync()).not.toEqual(before.get(name));
      else expect(tensor.dataSync(), name).toEqual(before.get(name));
    }
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('adds what a table is read for by rows and as a whole, as finite differences show', () => {
    const objective = createObjective(experimentSchema.parse({}).training);
    const batch = packReviews([[5, 2], [3], [6]], [1, 0, 1], VOCABULARY);
    const values = initialValues(tied.parameters[0]!, 1);
    const lossAt = (moved: Float32Array): { loss: number; slope: Float32Array } => {
      const parameters = new Map([['table', tf.tensor(moved, [VOCABULARY, 3])]]);
      const { loss, gradients } = computeGradients({ model: tied, objective }, parameters, batch, { seed: 1, step: 0 });
      const slope = gradients.get('table')!;
      expect([slope.values.shape, slope.rows]).toEqual([[VOCABULARY, 3], undefined]);
      const read = slope.values.dataSync().slice() as Float32Array;
      disposeGradients(gradients);
      tf.dispose([...parameters.values()]);
      return { loss, slope: read };
    };
    const tensors = tf.memory().numTensors;
    const { slope } = lossAt(values);
    values.forEach((value, i) => {
      const [up, down] = [1e-2, -1e-2].map((step) => lossAt(values.with(i, value + step)).loss);
      expect(slope[i]!).toBeCloseTo((up! - down!) / 2e-2, 3);
    });
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
