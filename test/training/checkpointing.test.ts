import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { createBatchPacker } from '../../src/data/batches.ts';
import type { PackedBatch } from '../../src/data/batches.ts';
import { experimentConfigs } from '../../src/experiment-config.ts';
import { neuralSchema } from '../../src/experiment-schema.ts';
import { encoders, findCheckpointingProblem, poolings } from '../../src/models/build.ts';
import { cellNames, cells } from '../../src/ops/cells.ts';
import { minimalCellNames, minimalCells } from '../../src/ops/minimal-cells.ts';
import { setNativeThreads } from '../../src/ops/native.ts';
import { namesOf } from '../../src/registry.ts';
import { computeGradients, disposeGradients } from '../../src/training/gradients.ts';
import { createTrainee, trainStep } from '../../src/training/step.ts';
import { startEngine } from '../support/engine.ts';
import { hasNativeKernel } from '../support/native-kernel.ts';

const VOCABULARY = 60;
const small = { embeddingSize: 6, hiddenSize: 9 };
/** So many rows that a few steps make a segment, of which there are several; the last rows are empty. */
const LENGTHS = Array.from({ length: 160 }, (_, row) => Math.floor(9 - (row * 9.2) / 160)).map((length) => Math.max(0, length));

function createBatch(): PackedBatch {
  const offsets = [0, ...LENGTHS.map((_, k) => LENGTHS.slice(0, k + 1).reduce((sum, length) => sum + length, 0))];
  const pack = createBatchPacker({
    tokenIds: Int32Array.from({ length: offsets.at(-1) ?? 0 }, (_, i) => 1 + ((i * 7919 + (i >> 3)) % (VOCABULARY - 1))),
    offsets: Int32Array.from(offsets), labels: Uint8Array.from(LENGTHS, (_, row) => row % 2),
    ids: [], vocabularySize: VOCABULARY, unknownTokens: 0, truncatedReviews: 0,
  });
  return pack(Int32Array.from(LENGTHS.keys()));
}

/** Every encoder and cell, in the ways that change what a layer reads and keeps. */
const models: object[] = [
  ...cellNames.flatMap((cell) => [
    { cell, layers: 2 },
    { cell, bidirectional: true, layers: 2, dropoutRate: 0.3, embeddingDropoutRate: 0.2 },
    { cell, weightNorm: true, weightDropRate: 0.3, layers: 1 },
    ...(cells[cell].ownProduct === null ? [{ cell, recurrentDropoutRate: 0.3, layers: 1 }] : []),
  ]).map((model) => ({ ...small, ...model })),
  { ...small, embeddingSize: 9, tiedWeights: true, dropoutKind: 'locked' },
  ...namesOf(poolings).map((pooling) => ({ ...small, pooling, bidirectional: true, headDropoutRate: 0.4 })),
  ...minimalCellNames.flatMap((cell) => [
    { type: 'minimal', ...small, cell, layers: 3 },
    { type: 'minimal', ...small, cell, bidirectional: true, dropoutKind: 'locked', pooling: 'attention' },
    ...(minimalCells[cell].window === 1 ? [] : [{ type: 'minimal', ...small, cell, window: 1 }]),
  ]),
  ...['float32', 'bfloat16'].map((productPrecision) => (
    { ...small, bidirectional: true, keptPrecision: 'bfloat16', productPrecision })),
  ...['pre', 'post'].map((norm) => ({ type: 'transformer', embeddingSize: 8, heads: 2, feedForwardSize: 12, norm, dropoutRate: 0.2 })),
];
const table = models.flatMap((model) => {
  const parsed = neuralSchema.parse({ model }).model;
  const kinds = encoders[parsed.type].checkpointings.filter((kind) => kind !== 'none' && findCheckpointingProblem(parsed, kind) === null);
  return kinds.map((gradientCheckpointing): [string, string, { readonly model: object; readonly training: object }] =>
    [gradientCheckpointing, JSON.stringify(model), { model, training: { gradientCheckpointing } }]);
});

function bitsOf(tensor: Tensor): Uint32Array {
  return new Uint32Array(Float32Array.from(tensor.dataSync()).buffer);
}

/** Loss and gradients of a step in the middle of a run, as bits. */
function computeBits(config: object): Record<string, unknown> {
  const trainee = createTrainee(neuralSchema.parse(config), VOCABULARY), tensors = tf.memory().numTensors;
  const { loss, gradients } = computeGradients(trainee, trainee.optimizer.parameters, createBatch(), { seed: 3, step: 17 });
  const bits = [...gradients].map(([name, { values }]): [string, Uint32Array] => [name, bitsOf(values)]);
  disposeGradients(gradients);
  expect(tf.memory().numTensors).toBe(tensors);
  trainee.optimizer.dispose();
  return { loss, ...Object.fromEntries(bits) };
}

it.each(['transformer', 'mingru'])('checkpoints through time are refused with the way out for %s', (name) => {
  expect(() => experimentConfigs.load(`${name}.yaml`, { set: ['training.gradientCheckpointing=time'] }))
    .toThrow(/training\.gradientCheckpointing time is not for model\.type (transformer|minimal); use none or layers/);
});

it.each(['keptPrecision', 'productPrecision'])('checkpoints through time are refused with the way out for model.%s bfloat16', (key) => {
  const load = (kind: string) =>
    experimentConfigs.load('gru.yaml', { set: [`model.${key}=bfloat16`, `training.gradientCheckpointing=${kind}`] });
  expect(() => load('time')).toThrow(
    `training.gradientCheckpointing time does not go with model.${key} bfloat16; use layers, or leave one of them out`);
  expect(() => load('layers')).not.toThrow();
});

describe.for(inject('hasNativeEngine') ? (['reference', 'native'] as const) : (['portable'] as const))('%s ops', (engine) => {
  beforeAll(() => startEngine(engine));

  // What has no kernel of its own is the same ops in both engines.
  const own = engine === 'reference' ? table.filter(([, , { model }]) => hasNativeKernel({ model })) : table;
  it.each(own)('give the same bits of the gradients with checkpoints of %s: %s', (_kind, _model, config) => {
    expect(computeBits(config)).toEqual(computeBits({ model: config.model }));
  });

  if (engine === 'native')
    it.each(table.slice(0, 8))('give the same bits with any number of threads, with checkpoints of %s: %s', (_kind, _model, config) => {
      const inUse = setNativeThreads(0);
      const bits = [1, 2, 3, 8].map((threads) => {
        setNativeThreads(threads);
        return computeBits(config);
      });
      setNativeThreads(inUse);
      for (const other of bits) expect(other).toEqual(bits[0]);
    });

  it.each(['layers', 'time'])('train to the same weights with checkpoints of %s, and leave no tensor behind', (gradientCheckpointing) => {
    const weights = ['none', gradientCheckpointing].map((kind) => {
      const config = neuralSchema.parse({ model: { ...small, bidirectional: true }, training: { gradientCheckpointing: kind } });
      const trainee = createTrainee(config, VOCABULARY), batch = createBatch();
      trainStep(trainee, [batch]);
      const tensors = tf.memory().numTensors;
      for (let step = 0; step < 3; step++) trainStep(trainee, [batch, batch]);
      expect(tf.memory().numTensors).toBe(tensors);
      const bits = [...trainee.optimizer.parameters].map(([name, tensor]) => [name, bitsOf(tensor)]);
      trainee.optimizer.dispose();
      return bits;
    });
    expect(weights[1]).toEqual(weights[0]);
  });
});
