import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { experimentSchema } from '../../src/experiment-schema.ts';
import { createDataset } from '../../src/data/dataset.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { createSampleSource } from '../../src/data/sample.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { buildModel } from '../../src/models/build.ts';
import { initializeParameters } from '../../src/models/parameters.ts';
import { createTrainee } from '../../src/training/step.ts';
import { train } from '../../src/training/trainer.ts';
import type { StepEvent, TrainingEvent } from '../../src/training/trainer.ts';
import { startEngine } from '../support/engine.ts';

const tiny = {
  data: { source: 'sample', limit: 64, maxLength: 12 },
  model: { cell: 'gru', embeddingSize: 4, hiddenSize: 3 },
  training: { epochs: 2, batchSize: 8, bucketBatches: 2 },
} as const;

let dataset: Dataset;
beforeAll(async () => {
  await startEngine(inject('hasNativeEngine') ? 'native' : 'portable');
  dataset = createDataset(await tokenizeCorpus(await createSampleSource().load()), experimentSchema.parse(tiny).data);
});

function* run(overrides: { seed?: number; model?: object; training?: object } = {}): Generator<TrainingEvent> {
  const config = experimentSchema.parse({
    ...tiny, ...overrides, model: { ...tiny.model, ...overrides.model }, training: { ...tiny.training, ...overrides.training },
  });
  const trainee = createTrainee(config, dataset.vocabulary.size);
  try {
    yield* train(trainee, dataset);
  } finally {
    trainee.optimizer.dispose();
  }
}

const losses = (events: Iterable<TrainingEvent>): number[] =>
  [...events].filter((event): event is StepEvent => event.kind === 'step').map(({ loss }) => loss);

describe('train', () => {
  it('yields every step, both evaluations and a record for each epoch', () => {
    const events = [...run()];
    const steps = Math.ceil(dataset.train.labels.length / 8);
    expect(events.filter(({ kind }) => kind === 'step')).toHaveLength(2 * steps);
    const records = events.flatMap((event) => (event.kind === 'epoch' ? [event.record] : []));
    expect(records.map(({ epoch }) => epoch)).toEqual([1, 2]);
    for (const record of records) {
      expect(record.validationAccuracy).not.toBeNull();
      expect(record.epochSeconds).toBeGreaterThan(0);
      expect(record.examplesPerSecond).toBeCloseTo(dataset.train.labels.length / record.epochSeconds, 6);
      expect(record.testLoss).toBeGreaterThan(0);
    }
  });

  it('gives the same losses for the same seed, others for another', () => {
    const first = losses(run());
    expect(losses(run())).toEqual(first);
    expect(losses(run({ seed: 2 }))).not.toEqual(first);
  });

  it('stays on the pinned loss curve', () => {
    // Means over the epoch so far; float32 sums may differ in the last digits between CPUs.
    const curve = losses(run({ training: { learningRate: 0.01 } })).map((loss) => Number(loss.toFixed(4)));
    expect(curve).toMatchInlineSnapshot(`
      [
        1.1073,
        1.1683,
        0.9656,
        0.9589,
        0.9054,
        0.8624,
        0.8552,
        0.8536,
        0.672,
        0.6896,
        0.7005,
        0.6908,
        0.7287,
        0.7237,
        0.7253,
        0.7221,
      ]
    `);
  });

  it('draws other dropout masks in every step, and none without dropout', () => {
    const withDropout = losses(run({ model: { dropoutRate: 0.5 } }));
    const without = losses(run({ model: { dropoutRate: 0 } }));
    expect(withDropout[0]).not.toEqual(without[0]);
    expect(losses(run({ model: { dropoutRate: 0, layers: 1 } }))[0]).toEqual(losses(run({ model: { dropoutRate: 0.5, layers: 1 } }))[0]);
  });

  it.each(['fc.bias', 'embed.weight'])('stops with `diverged` before it updates anything, when %s is not finite', (poisoned) => {
    const config = experimentSchema.parse(tiny);
    const initial = initializeParameters(buildModel(config.model, dataset.vocabulary.size).parameters, config.seed);
    initial.set(poisoned, tf.mul(initial.get(poisoned) ?? tf.scalar(1), Number.NaN));
    const trainee = createTrainee(config, dataset.vocabulary.size, { parameters: initial, steps: 0, slots: new Map() });
    const { optimizer } = trainee;
    const before = optimizer.parameters.get('fc.weight')?.dataSync();
    const events = [...train(trainee, dataset)];
    expect(events).toMatchObject([{ kind: 'diverged', epoch: 1, step: 1, loss: Number.NaN }]);
    expect(optimizer.parameters.get('fc.weight')?.dataSync()).toEqual(before);
    expect(optimizer.steps()).toBe(0);
    optimizer.dispose();
  });

  it('leaks no tensor from step to step', () => {
    const before = tf.memory().numTensors;
    let steps = 0;
    let afterFirst = 0;
    for (const event of run({ training: { epochs: 6 } })) {
      if (event.kind !== 'step') continue;
      steps += 1;
      if (steps === 1) afterFirst = tf.memory().numTensors;
      expect(tf.memory().numTensors).toBe(afterFirst);
    }
    expect(steps).toBe(6 * 8);
    expect(tf.memory().numTensors).toBe(before);
  });
});
