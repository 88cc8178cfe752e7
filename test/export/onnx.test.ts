import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { neuralSchema } from '../../src/experiment-schema.ts';
import { exportOnnx } from '../../src/export/onnx/model.ts';
import type { Classifier } from '../../src/experiment/load-model.ts';
import type { Precision } from '../../src/export/onnx/graph.ts';
import { applyTemperature } from '../../src/measure/temperature.ts';
import { buildModel, encoders, poolings } from '../../src/models/build.ts';
import { evaluationPass } from '../../src/models/module.ts';
import { createWeights, initializeParameters } from '../../src/models/parameters.ts';
import { lastPooling } from '../../src/models/poolings/last.ts';
import { activations } from '../../src/ops/activations.ts';
import { cellNames } from '../../src/ops/cells.ts';
import { minimalCellNames, minimalCells } from '../../src/ops/minimal-cells.ts';
import { namesOf } from '../../src/registry.ts';
import { startEngine } from '../support/engine.ts';
import { largestDifference, packReviews } from '../support/golden.ts';

beforeAll(() => startEngine(inject('hasNativeEngine') ? 'native' : 'portable'));

const VOCABULARY = 30, CLASSES = 3;
const lengths = [4, 7, 1, 12, 0, 7];
const texts = lengths.map((length, row) => Array.from({ length }, (_, k) => 1 + ((7 * row + 3 * k * k + k) % (VOCABULARY - 1))));

/** Logits and probabilities by onnxruntime; what is beyond a row's length is rubbish. */
async function run(file: Uint8Array, rows: readonly number[][]): Promise<{ logits: number[]; probabilities: number[] }> {
  const session = await InferenceSession.create(file);
  const time = Math.max(1, ...rows.map((row) => row.length)) + 2;
  const ids = Int32Array.from(rows.flatMap((row) => [...row, ...Array.from({ length: time - row.length }, (_, k) => 5 + (k % 9))]));
  const outputs = await session.run({
    token_ids: new Tensor('int32', ids, [rows.length, time]),
    lengths: new Tensor('int32', Int32Array.from(rows, (row) => row.length), [rows.length]),
  });
  const read = (name: string): number[] => [...outputs[name]?.data as Float32Array];
  return { logits: read('logits'), probabilities: read('probabilities') };
}

function prepare(model: object) {
  const { model: config } = neuralSchema.parse({ model });
  const built = buildModel(config, VOCABULARY, CLASSES);
  // Gains and biases that begin as ones and zeros would hide each other.
  const parameters = initializeParameters(built.parameters.map((spec) =>
    (spec.initial === 'ones' || spec.initial === 'zeros' ? { ...spec, initial: { deviation: 1 } } : spec)), 4);
  const batch = packReviews(texts, texts.map(() => 0), VOCABULARY);
  const rows = tf.tidy(() => built.logits(batch, createWeights(parameters, batch.distinctIds), evaluationPass).arraySync());
  const ours = texts.map((_, text) => rows[batch.rows.indexOf(text)] ?? []);
  const toOnnx: Classifier['toOnnx'] = (graph, packed) => built.toOnnx(graph, packed, createWeights(parameters, new Int32Array()));
  return { exported: { toOnnx, temperature: null, classes: Array.from({ length: CLASSES }, (_, k) => `class ${k}`) }, ours };
}

const small = { embeddingSize: 8, hiddenSize: 5 };
const models: object[] = [
  ...cellNames.flatMap((cell) =>
    [false, true].map((bidirectional) => ({ ...small, cell, bidirectional }))),
  ...minimalCellNames.flatMap((cell) => [false, true].flatMap((bidirectional) => [null, ...(minimalCells[cell].window === 1 ? [] : [1])]
    .map((window) => ({ ...small, type: 'minimal', cell, bidirectional, window })))),
  ...namesOf(activations).flatMap((activation) => (['pre', 'post'] as const).map((norm) =>
    ({ type: 'transformer', embeddingSize: 8, heads: 2, feedForwardSize: 12, activation, norm, maxPositions: 6 }))),
  { type: 'transformer', embeddingSize: 8, heads: 2, feedForwardSize: 12, positions: 'sinusoidal' },
  ...namesOf(poolings).flatMap((pooling) => [
    { ...small, pooling, cell: 'gru', bidirectional: true },
    { ...small, pooling, type: 'minimal', bidirectional: true }, { type: 'transformer', embeddingSize: 8, heads: 2, pooling },
  ]),
  ...(['start', 'end'] as const).flatMap((padSide) => [3, 7, 20].flatMap((padTo) => [
    { ...small, cell: 'gru', bidirectional: true, padTo, padSide }, { ...small, type: 'minimal', pooling: 'mean', padTo, padSide },
    { ...small, type: 'minimal', cell: 'qrnn', bidirectional: true, padTo, padSide },
  ])),
  { ...small, hiddenSize: 8, cell: 'rnn', tiedWeights: true, layers: 1 }, { ...small, cell: 'lstm', weightNorm: true },
];

describe('ONNX by onnxruntime', () => {
  it.each(models)('gives the same logits for rows of any length: %j', async (model) => {
    const { exported, ours } = prepare(model);
    const file = exportOnnx(exported, 'float32', '0', {});
    const { logits, probabilities } = await run(file, texts);
    expect(largestDifference(logits, ours.flat())).toBeLessThan(2e-6);
    const sums = texts.map((_, row) => probabilities.slice(row * CLASSES, (row + 1) * CLASSES).reduce((sum, p) => sum + p, 0));
    expect(largestDifference(sums, texts.map(() => 1))).toBeLessThan(1e-5);
    const alone = await run(file, texts.slice(1, 2));
    expect(largestDifference(alone.logits, ours[1] ?? [])).toBeLessThan(2e-6);
  });

  it('has an encoder of every kind', () => {
    for (const type of namesOf(encoders)) expect(models.some((model) => ('type' in model ? model.type : 'recurrent') === type), type).toBe(true);
  });

  it.each<[Precision, number, number]>([['float16', 2e-3, 0.52], ['int8', 2e-2, 0.32]])(
    'in %s moves logits by at most %d, in a file of at most %d of the size', async (precision, difference, share) => {
      const { exported, ours } = prepare({ embeddingSize: 64, hiddenSize: 8, layers: 1 });
      const [whole, stored] = (['float32', precision] as const).map((one) => exportOnnx(exported, one, '0', {})) as [Uint8Array, Uint8Array];
      const moved = largestDifference((await run(stored, texts)).logits, ours.flat());
      expect(moved).toBeLessThan(difference);
      expect(moved).toBeGreaterThan(0);
      expect(stored.length).toBeLessThan(share * whole.length + 3000);
    });

  it.each(['lstm-layer-norm', 'gru-layer-norm'])('reads weights in 16 bits within a walk over time: %s', async (cell) => {
    const { exported, ours } = prepare({ ...small, cell, bidirectional: true });
    const moved = largestDifference((await run(exportOnnx(exported, 'float16', '0', {}), texts)).logits, ours.flat());
    expect(moved).toBeLessThan(1e-2);
    expect(moved).toBeGreaterThan(0);
  });

  it('gives calibrated probabilities where there is a temperature, and the logits as they are', async () => {
    const { exported, ours } = prepare({ ...small, cell: 'gru' }), temperature = 2.5;
    const { logits, probabilities } = await run(exportOnnx({ ...exported, temperature }, 'float32', '0', {}), texts);
    expect(largestDifference(logits, ours.flat())).toBeLessThan(2e-6);
    const plain = (await run(exportOnnx(exported, 'float32', '0', {}), texts)).probabilities;
    const rows = texts.map((_, row) => plain.slice(row * CLASSES, (row + 1) * CLASSES));
    expect(largestDifference(probabilities, rows.flatMap((row) => applyTemperature(row, temperature)))).toBeLessThan(1e-6);
    expect(largestDifference(probabilities, plain)).toBeGreaterThan(0.01);
  });

  it('refuses a model with a part that does not say how, in one line', () => {
    const { create } = lastPooling;
    const silent = vi.spyOn(lastPooling, 'create').mockImplementation((...given) => {
      const { toOnnx: _, ...rest } = create(...given);
      return rest as ReturnType<typeof create>;
    });
    try {
      const { exported } = prepare({ ...small, cell: 'gru' });
      expect(() => exportOnnx(exported, 'float32', '0', {})).toThrow(/^GRU cannot be written as ONNX.*--format safetensors$/);
    } finally {
      silent.mockRestore();
    }
  });
});
