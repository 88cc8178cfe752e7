import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { experimentSchema, neuralSchema } from '../../src/experiment-schema.ts';
import { buildModel, encoders, findCheckpointingProblem, heads, poolings } from '../../src/models/build.ts';
import { checkpointings } from '../../src/models/module.ts';
import { initializeParameters } from '../../src/models/parameters.ts';
import { minimalCellNames, minimalCells } from '../../src/ops/minimal-cells.ts';
import { cellNames, cells } from '../../src/ops/cells.ts';
import { namesOf } from '../../src/registry.ts';
import { computeLayerCosts, sumCosts } from '../../src/training/layer-costs.ts';
import { objectives } from '../../src/training/settings.ts';
import { createTrainee } from '../../src/training/step.ts';
import { createSyntheticBatch, measurePassBytes, measureStep } from '../../src/training/step-cost.ts';
import { startEngine } from '../support/engine.ts';
import { hasNativeKernel } from '../support/native-kernel.ts';

const VOCABULARY = 50;
/** Of the batch that every part is tried with: two whole segments of time and a rest, where those are computed again. */
const ROWS = 4, LENGTH = 8;
const small = { embeddingSize: 5, hiddenSize: 16 };

/** Encoders other than the recurrent one, in the ways that change what they keep. */
const attending: object[] = [
  {},
  { norm: 'post', activation: 'gelu' },
  { positions: 'sinusoidal', dropoutRate: 0, layers: 3 },
  { norm: 'post', positions: 'sinusoidal', layers: 1 },
  { embeddingDropoutRate: 0.2, headDropoutRate: 0.5, heads: 1 },
].map((kind) => ({ type: 'transformer', embeddingSize: 8, heads: 2, feedForwardSize: 12, ...kind }));

/** Every part of every registry, by the tape. */
const kinds: object[] = cellNames.flatMap((cell) => [
  { cell },
  { cell, bidirectional: true },
  { cell, dropoutRate: 0 },
  { cell, bidirectional: true, dropoutRate: 0, layers: 3 },
  { cell, layers: 1 },
  { cell, embeddingDropoutRate: 0.2, headDropoutRate: 0.5 },
  ...[
    {}, { bidirectional: true }, { dropoutRate: 0, pooling: 'attention' }, { bidirectional: true, dropoutRate: 0, layers: 3 },
    { embeddingDropoutRate: 0.2 }, { bidirectional: true, pooling: 'attention', layers: 1 },
    ...(cells[cell].ownProduct === null ? [{ productPrecision: 'bfloat16' }] : []),
  ].filter(() => !('own' in cells[cell])).map((kind) => ({ cell, keptPrecision: 'bfloat16', ...kind })),
]);
/** What stands between a weight and its product: other tensors than the parameters are kept. */
const weights: object[] = [
  { weightNorm: true }, { weightDropRate: 0.3 }, { weightNorm: true, weightDropRate: 0.3, bidirectional: true },
  { cell: 'gru-printed', weightNorm: true }, { cell: 'gru-printed', weightDropRate: 0.3 },
  ...[{}, { weightNorm: true }, { weightDropRate: 0.3 }, { weightNorm: true, weightDropRate: 0.3 }]
    .map((kind) => ({ embeddingSize: 16, tiedWeights: true, ...kind })),
];
/** Dropouts whose mask several values share. */
const dropouts: object[] = [
  ...['type', 'locked'].map((embeddingDropoutKind) => ({ embeddingDropoutRate: 0.3, embeddingDropoutKind })),
  { padTo: 11 }, { wordDropoutRate: 0.3 }, { wordDropoutRate: 0.3, embeddingDropoutRate: 0.3 },
  { dropoutKind: 'locked', bidirectional: true }, { recurrentDropoutRate: 0.3, bidirectional: true },
  { cell: 'lstm-layer-norm', recurrentDropoutRate: 0.3 },
];
const plainParts: object[] = [
  ...dropouts.map((kind) => ({ model: { ...small, ...kind } })),
  ...dropouts.slice(0, 5).flatMap((kind) => ['minimal', 'transformer'].map((type) => ({ model: { type, ...kind } }))),
  { model: { type: 'minimal', dropoutKind: 'locked' } },
  ...weights.map((kind) => ({ model: { ...small, ...kind } })),
  ...[...weights.slice(0, 4), { padTo: 11 }, { dropoutKind: 'locked', bidirectional: true }]
    .map((kind) => ({ model: { ...small, keptPrecision: 'bfloat16', ...kind } })),
  ...namesOf(encoders).map((type) => ({ model: { type } })),
  ...attending.map((model) => ({ model })),
  ...minimalCellNames.flatMap((cell) => [
    { bidirectional: true },
    { dropoutRate: 0, layers: 3 },
    { layers: 1, embeddingDropoutRate: 0.2 },
    { pooling: 'attention' },
    ...(minimalCells[cell].window === 1 ? [] : [{ window: 1 }, { window: 1, dropoutRate: 0, layers: 3, pooling: 'attention' }]),
  ].map((kind) => ({ model: { type: 'minimal', cell, ...small, ...kind } }))),
  ...namesOf(poolings).flatMap((pooling) => [
    ...namesOf(encoders).map((type) => ({ model: { type, pooling } })),
    { model: { ...small, pooling, bidirectional: true, headDropoutRate: 0.5 } },
    { model: { ...small, pooling, attentionSize: 3 } },
  ]),
  { model: small, training: { labelSmoothing: 0.1, classWeights: [1, 2] } },
  ...namesOf(heads).map((head) => ({ model: { ...small, head } })),
  ...namesOf(objectives).map((objective) => ({ model: small, training: { objective } })),
  ...[{ labelSmoothing: 0.1 }, { classWeights: [2, 1] }].map((training) => ({ model: small, training })),
  ...kinds.map((kind) => ({ model: { ...small, ...kind } })),
];

/** Each also as what its encoder can compute again in the backward pass. */
const parts: object[] = plainParts.flatMap((part) => {
  const { model, training } = neuralSchema.parse(part);
  const kinds = encoders[model.type].checkpointings.filter((kind) => findCheckpointingProblem(model, kind) === null);
  return kinds.map((gradientCheckpointing) =>
    (gradientCheckpointing === 'none' ? part : { ...part, training: { ...training, gradientCheckpointing } }));
});

interface Tracker {
  trackTensor(tensor: tf.Tensor, backend?: object): void;
  removeDataId(dataId: object, backend: object): void;
}

/** From now on, bytes of the memory that tensors are given, whether or not several share it. @returns the most there were at once */
function watchMemory(): () => number {
  const engine = tf.engine() as unknown as Tracker;
  const track = engine.trackTensor.bind(engine), remove = engine.removeDataId.bind(engine);
  const alive = new Map<object, number>();
  let highest = 0;
  vi.spyOn(engine, 'trackTensor').mockImplementation((tensor, backend) => {
    track(tensor, backend);
    alive.set(tensor.dataId, 4 * tensor.size);
    highest = Math.max(highest, [...alive.values()].reduce((sum, bytes) => sum + bytes, 0));
  });
  vi.spyOn(engine, 'removeDataId').mockImplementation((dataId, backend) => {
    remove(dataId, backend);
    alive.delete(dataId);
  });
  return () => highest;
}

describe.for(inject('hasNativeEngine') ? (['reference', 'native'] as const) : (['portable'] as const))('%s ops', (engine) => {
  beforeAll(() => startEngine(engine));

  it.each(engine === 'reference' ? parts.filter(hasNativeKernel) : parts)('keep for the backward pass exactly the bytes that are declared: %j', (part) => {
    const config = neuralSchema.parse(part);
    const batch = createSyntheticBatch(ROWS, LENGTH, VOCABULARY);
    const trainee = createTrainee(config, VOCABULARY);
    const tensors = tf.memory().numTensors;
    const shape = { rows: ROWS, tokens: ROWS * LENGTH, distinctTokens: batch.distinctIds.length };
    const { keptBytes, peakBytes } = measurePassBytes(trainee, batch);
    expect(keptBytes).toBe(sumCosts(computeLayerCosts(config, VOCABULARY, shape)).keptBytes.exact);
    expect(peakBytes).toBeGreaterThan(keptBytes);
    expect(tf.memory().numTensors).toBe(tensors);
    trainee.optimizer.dispose();
  });

  it.each([3, 5])('keep what is declared of %i classes', (classes) => {
    const config = experimentSchema.parse({ model: small });
    const model = buildModel(config.model, VOCABULARY, classes);
    const trainee = createTrainee(config, VOCABULARY, {
      parameters: initializeParameters(model.parameters, 1),
      steps: 0,
      slots: new Map(),
    });
    const batch = createSyntheticBatch(ROWS, LENGTH, VOCABULARY);
    const shape = { rows: ROWS, tokens: ROWS * LENGTH, distinctTokens: batch.distinctIds.length };
    const declared = model.costs(shape).reduce((sum, { keptBytes }) => sum + keptBytes, trainee.objective.keptBytes(4, classes));
    expect(measurePassBytes({ ...trainee, model }, batch).keptBytes).toBe(declared);
    trainee.optimizer.dispose();
  });

  afterEach(() => { vi.restoreAllMocks(); });

  if (engine === 'native')
    it.each(['rnn', 'gru', 'lstm'].flatMap((cell) => checkpointings.map((kind) => [cell, kind])))(
      'know the most memory that a step of a model of %s holds between two ops, with checkpoints of %s',
      (cell, gradientCheckpointing) => {
        const config = experimentSchema.parse({ model: { ...small, cell }, training: { gradientCheckpointing } });
        const batch = createSyntheticBatch(8, 60, VOCABULARY);
        const highest = watchMemory();
        const trainee = createTrainee(config, VOCABULARY);
        const { peakBytes } = measurePassBytes(trainee, batch);
        // Not counted is what the gradient of a recurrence is called with: the sizes of 60 steps and, of one that is kept whole, a number;
        // where it is computed again, the 16 logits are held for the caller besides.
        const uncounted = 4 * (gradientCheckpointing === 'none' ? 60 + 1 : 60 + 16);
        expect(highest()).toBe(trainee.optimizer.stateBytes + peakBytes + uncounted);
        trainee.optimizer.dispose();
      },
    );

  it('measures a step and leaves no tensor behind', () => {
    const tensors = tf.memory().numTensors;
    const config = experimentSchema.parse({ model: small });
    const cost = measureStep(config, VOCABULARY, createSyntheticBatch(4, 30, VOCABULARY));
    expect(cost.stepSeconds).toBeGreaterThan(cost.forwardSeconds);
    expect(cost.forwardSeconds).toBeGreaterThan(0);
    expect(cost.repeats).toBe(5);
    const values = buildModel(config.model, VOCABULARY).parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(cost.stateBytes).toBe(3 * 4 * values);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('a synthetic batch', () => {
  it('is full, avoids the padding id, and is the same each time', () => {
    const batch = createSyntheticBatch(3, 7, 20);
    expect([...batch.batchSizes]).toEqual(Array.from({ length: 7 }, () => 3));
    expect(batch.tokenIds).toHaveLength(21);
    expect(Math.min(...batch.tokenIds)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...batch.tokenIds)).toBeLessThan(20);
    expect(createSyntheticBatch(3, 7, 20)).toEqual(batch);
  });

  it('has about as many distinct tokens as real reviews: a fifth to a third', () => {
    const share = createSyntheticBatch(64, 300, 20_000).distinctIds.length / 19_200;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.33);
  });
});
