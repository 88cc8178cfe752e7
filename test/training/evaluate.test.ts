import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { evaluationBatches } from '../../src/data/batches.ts';
import { neuralSchema } from '../../src/experiment-schema.ts';
import { buildModel } from '../../src/models/build.ts';
import { initializeParameters } from '../../src/models/parameters.ts';
import * as linearOps from '../../src/ops/linear.ts';
import { createRandomStream } from '../../src/random.ts';
import { joinSequences } from '../../src/text/encode.ts';
import { createPartReader, createPredictor, evaluateBatch, evaluatePart, noTotals } from '../../src/training/evaluate.ts';
import type { Evaluated, PartEvaluation } from '../../src/training/evaluate.ts';
import { startEngine } from '../support/engine.ts';

beforeAll(() => startEngine(inject('hasNativeEngine') ? 'native' : 'portable'));

const VOCABULARY = 150, BATCH = 16;
const random = createRandomStream({ seed: 5, purpose: 'sample', index: 3 });
const drawPart = (reviews: number) => {
  const sequences = Array.from({ length: reviews }, (_, k) =>
    Int32Array.from({ length: (7 * k) % 61 }, () => Math.floor(VOCABULARY * random.uniform() ** 2)));
  const part = joinSequences(sequences, VOCABULARY);
  return { ...part, labels: Uint8Array.from(part.ids, (_, k) => k % 2) };
};
const part = drawPart(90); // some 2,700 tokens, 18 a word

function build(model: object): Evaluated {
  const { model: config } = neuralSchema.parse({ model: { embeddingSize: 40, ...model } });
  const built = buildModel(config, VOCABULARY);
  return { model: built, parameters: initializeParameters(built.parameters, 3) };
}

/** Each batch by itself, with its own words. */
function evaluateAlone({ model, parameters }: Evaluated): PartEvaluation {
  const rows: (readonly number[])[] = [];
  let totals = noTotals;
  for (const batch of evaluationBatches(part, BATCH)) {
    const evaluated = evaluateBatch(model, parameters, batch, totals);
    ({ totals } = evaluated);
    batch.rows.forEach((row, k) => { rows[row] = evaluated.probabilities[k] ?? []; });
  }
  return { totals, probabilities: rows };
}

function evaluateWhole(evaluated: Evaluated): PartEvaluation {
  const steps = evaluatePart(evaluated, part, BATCH);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The portable engine's products have other last bits for the same rows in a larger table, on some CPUs. */
function expectAlike(found: PartEvaluation['probabilities'], alone: PartEvaluation['probabilities']): void {
  if (inject('hasNativeEngine')) {
    expect(found).toEqual(alone);
    return;
  }
  expect(found.map((row) => row.length)).toEqual(alone.map((row) => row.length));
  const differences = found.flatMap((row, k) => row.map((probability, i) => Math.abs(probability - (alone[k]?.[i] ?? NaN))));
  expect(Math.max(...differences)).toBeLessThan(1e-6);
}

const shared = [
  { cell: 'lstm', hiddenSize: 24 }, { cell: 'gru', hiddenSize: 20, bidirectional: true }, { cell: 'rnn', hiddenSize: 7, layers: 1 },
  { cell: 'lstm-layer-norm', hiddenSize: 6 }, { cell: 'gru-printed', hiddenSize: 9 },
  { type: 'minimal', cell: 'mingru', hiddenSize: 11, bidirectional: true }, { type: 'minimal', cell: 'qrnn', hiddenSize: 9 }, { type: 'transformer', heads: 4 },
];

describe('evaluatePart', () => {
  it.each([...shared, { cell: 'gru', padTo: 30 }])('gives what each batch gives by itself, and the same bits again: %j', (model) => {
    const evaluated = build(model), before = tf.memory().numTensors;
    const whole = evaluateWhole(evaluated), alone = evaluateAlone(evaluated);
    expectAlike(whole.probabilities, alone.probabilities);
    expect(whole.totals.correct).toBe(alone.totals.correct);
    expect(whole.totals.lossSum / alone.totals.lossSum).toBeCloseTo(1, 6);
    const reader = createPartReader(evaluated);
    expect(createPredictor(reader, BATCH)(part)).toEqual(whole.probabilities);
    reader.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('multiplies the table of a long part once, and the words of each batch of a short one', () => {
    const evaluated = build({ cell: 'lstm', hiddenSize: 24 }), multiply = vi.spyOn(linearOps, 'multiply');
    const countOf = (some: typeof part, reader = createPartReader(evaluated)): number => {
      multiply.mockClear();
      createPredictor(reader, BATCH)(some);
      return multiply.mock.calls.filter(([rows]) => rows.shape[1] === 40).length;
    };
    try {
      expect(countOf(part)).toBe(1);
      expect(countOf(drawPart(45))).toBe(3);
      const lasting = createPartReader(evaluated), short = drawPart(10);
      const counts = Array.from({ length: 200 }, () => countOf(short, lasting)); // each of one batch, until they had as many words in all
      expect(counts.lastIndexOf(1)).toBeGreaterThan(0);
      expect(counts.slice(counts.lastIndexOf(1) + 1)).toContain(0);
      expect(counts.slice(0, counts.lastIndexOf(1) + 1)).not.toContain(0);
      expect(createPredictor(lasting, BATCH)(short)).toEqual(createPredictor(createPartReader(evaluated), BATCH)(short));
    } finally {
      multiply.mockRestore();
    }
  });

  it('frees what it keeps where it is left in the middle', () => {
    const evaluated = build({ cell: 'lstm', hiddenSize: 24 }), before = tf.memory().numTensors;
    for (const _ of evaluatePart(evaluated, part, BATCH)) break;
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps no table that takes much memory', () => {
    const { model } = neuralSchema.parse({ model: { hiddenSize: 4000, layers: 1 } });
    expect(buildModel(model, 20_000).sharedBytes).toBe(4 * 20_000 * 4 * 4000);
    expect(build({ cell: 'gru', padTo: 30 }).model.sharedBytes).toBeNull();
  });
});
