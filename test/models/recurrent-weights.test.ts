import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { experimentSchema } from '../../src/experiment-schema.ts';
import { buildModel, describeModel } from '../../src/models/build.ts';
import { evaluationPass, trainingPass } from '../../src/models/module.ts';
import { createWeights, initialValues, initializeParameters } from '../../src/models/parameters.ts';
import { dropoutFactors, dropoutStream } from '../../src/ops/dropout.ts';
import { startEngine } from '../support/engine.ts';
import { largestDifference, packReviews } from '../support/golden.ts';

beforeAll(() => startEngine('portable'));

const HIDDEN = 6;
const batch = packReviews([[2, 5, 5, 1, 8, 3], [4, 2, 7], [6, 3]], [1, 0, 1], 9);

function build(model: object) {
  return buildModel(experimentSchema.parse({ model: { embeddingSize: HIDDEN, hiddenSize: HIDDEN, layers: 1, ...model } }).model, 9);
}

function valuesOf(model: object, name: string): Float32Array {
  const spec = build(model).parameters.find((one) => one.name === name);
  if (spec === undefined) throw new Error(`no parameter ${name}`);
  return initialValues(spec, 3);
}

describe('orthogonal initialization', () => {
  it('makes an orthogonal matrix of each gate, another for each', () => {
    const values = valuesOf({ cell: 'lstm', recurrentInitialization: 'orthogonal' }, 'rnn.weight_hh_l0');
    const gates = [0, 1, 2, 3].map((gate) =>
      tf.tensor2d(values.subarray(gate * HIDDEN * HIDDEN, (gate + 1) * HIDDEN * HIDDEN), [HIDDEN, HIDDEN]));
    for (const gate of gates) {
      for (const product of [tf.matMul(gate, gate, false, true), tf.matMul(gate, gate, true, false)])
        expect(largestDifference(product.dataSync(), tf.eye(HIDDEN).dataSync())).toBeLessThan(1e-6);
    }
    expect(largestDifference(gates[0]?.dataSync() ?? [], gates[1]?.dataSync() ?? [])).toBeGreaterThan(0.1);
  });

  it('stays orthogonal where the matrix is large', () => {
    const size = 128, spec = { name: 'x', shape: [size, size], group: '', initial: 'orthogonal' } as const;
    const matrix = tf.tensor2d(initialValues(spec, 1), [size, size]);
    expect(largestDifference(tf.matMul(matrix, matrix, false, true).dataSync(), tf.eye(size).dataSync())).toBeLessThan(1e-6);
  });
});

it('the forget gate begins with the bias that is set, as the sum of both, and all else as without it', () => {
  for (const [kind, value] of [['ih', 1.5], ['hh', 0]] as const) {
    const plain = valuesOf({ cell: 'lstm' }, `rnn.bias_${kind}_l0`), set = valuesOf({ cell: 'lstm', forgetBias: 1.5 }, `rnn.bias_${kind}_l0`);
    expect([...set]).toEqual([...plain].map((before, k) => (k >= HIDDEN && k < 2 * HIDDEN ? value : before)));
  }
});

it('weight norm begins as a model without it does: each matrix is its directions, each magnitude the norm of a row', () => {
  for (const kind of ['ih', 'hh']) {
    const [magnitudes, directions] = [0, 1].map((half) =>
      valuesOf({ weightNorm: true }, `rnn.parametrizations.weight_${kind}_l0.original${half}`)) as [Float32Array, Float32Array];
    magnitudes.forEach((norm, row) => {
      expect(norm).toBeCloseTo(Math.hypot(...directions.subarray(row * HIDDEN, (row + 1) * HIDDEN)), 6);
    });
  }
});

it.each(['rnn', 'lstm', 'gru', 'gru-printed'])('weight drop multiplies W_hh of %s by the mask of the step, in training alone', (cell) => {
  const dropping = build({ cell, weightDropRate: 0.4 }), plain = build({ cell });
  const parameters = initializeParameters(plain.parameters, 3), whole = parameters.get('rnn.weight_hh_l0') as Tensor2D;
  const read = cell === 'gru-printed' ? 2 * HIDDEN : whole.shape[0]; // the cell reads two of the gates
  const factors = dropoutFactors(read * HIDDEN, { rate: 0.4, seed: 7, step: 5, place: dropoutStream('rnn.weight_hh_l0') });
  const dropped = whole.dataSync().map((value, k) => value * (factors[k] ?? 0));
  const masked = new Map([...parameters, ['rnn.weight_hh_l0', tf.tensor(dropped, whole.shape)]]);
  const logits = (model: typeof plain, weights: typeof parameters, pass = evaluationPass): Float32Array =>
    tf.tidy(() => model.logits(batch, createWeights(weights, batch.distinctIds), pass).dataSync() as Float32Array);
  expect(largestDifference(logits(dropping, parameters, trainingPass(7, 5)), logits(plain, masked))).toBeLessThan(1e-6);
  expect(logits(dropping, parameters)).toEqual(logits(plain, parameters));
});

it('says in the header of a run what is not torch.nn\'s', () => {
  const { model } = experimentSchema.parse({
    model: {
      embeddingSize: 128, recurrentInitialization: 'orthogonal', inputInitialization: 'xavier', forgetBias: 1, weightNorm: true,
      tiedWeights: true, weightDropRate: 0.3, recurrentDropoutRate: 0.2, dropoutKind: 'locked',
    },
  });
  expect(describeModel(model)).toBe('LSTM, 2 layers, 128 → 128, xavier W_ih, orthogonal W_hh, forget bias 1, weight norm, W_ih tied to W_hh, '
    + 'dropout 0.5 between layers (locked), 0.3 on recurrent weights, 0.2 on the state');
});
