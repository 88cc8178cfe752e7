import { expect, it } from 'vitest';

import { experimentSchema, nameModel, neuralSchema } from '../../src/experiment-schema.ts';
import { buildModel } from '../../src/models/build.ts';
import { countParameters, initialValues } from '../../src/models/parameters.ts';
import { cellNames } from '../../src/ops/cells.ts';

const count = (model: object, vocabularySize = 20_000) =>
  countParameters(buildModel(experimentSchema.parse({ model }).model, vocabularySize).parameters);

// PyTorch: sum(p.numel() for p in nn.LSTM(256, 128).parameters()), and so on (claim C2 of the articles for the first two).
it.each([
  ['lstm', false, 1, 197_632], ['gru', false, 1, 148_224], ['rnn', false, 1, 49_408],
  ['lstm', false, 2, 329_728], ['gru', false, 2, 247_296], ['lstm', true, 2, 790_528],
] as const)('%s (bidirectional %s, %i layers) has %i recurrent parameters, as torch.nn', (cell, bidirectional, layers, expected) => {
  expect(count({ cell, bidirectional, layers }).recurrent).toBe(expected);
});

it('counts embedding, recurrent part and head, which make up the total', () => {
  expect(count({ cell: 'gru' })).toEqual({ total: 5_367_554, embedding: 5_120_000, recurrent: 247_296, head: 258 });
});

// PyTorch: nn.TransformerEncoder(nn.TransformerEncoderLayer(256, 4, 1024), 2, norm=nn.LayerNorm(256)), without the norm for `post`.
it.each([['pre', 1_580_032], ['post', 1_579_520]])('a Transformer of %s-norm layers has %i parameters, as torch.nn', (norm, expected) => {
  const { model } = neuralSchema.parse({ model: { type: 'transformer', norm, embeddingSize: 256, heads: 4, feedForwardSize: 1024 } });
  const { parameters } = buildModel(model, 20_000);
  expect(countParameters(parameters)).toEqual({
    total: 5_120_000 + 300 * 256 + expected + 514, embedding: 5_120_000, positions: 300 * 256, encoder: expected, head: 514,
  });
});

it.each([
  ['zeros', 0, 0], ['ones', 1, 1], ['xavier', -Math.sqrt(6 / 50), Math.sqrt(6 / 50)], [{ bound: 0.25 }, -0.25, 0.25],
] as const)('start within their bounds and reach near them: %j', (initial, low, high) => {
  const values = initialValues({ name: 'x', shape: [30, 20], group: '', initial }, 1);
  expect(values).toHaveLength(600);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(low - 1e-6);
  expect(Math.max(...values)).toBeLessThanOrEqual(high + 1e-6);
  expect(Math.max(...values) - Math.min(...values)).toBeGreaterThanOrEqual(0.98 * (high - low));
});

it('start normal with a deviation of their own, the first row too', () => {
  const values = [...initialValues({ name: 'x', shape: [300, 20], group: '', initial: { deviation: 0.5 } }, 1)];
  expect(values.reduce((sum, value) => sum + value ** 2, 0) / values.length).toBeCloseTo(0.25, 1);
  expect(values.slice(0, 20).every((value) => value !== 0)).toBe(true);
});

const labels = {
  'rnn': ['RNN', 'BiRNN'],
  'lstm': ['LSTM', 'BiLSTM'],
  'gru': ['GRU', 'BiGRU'],
  'gru-printed': ['printed GRU', 'printed BiGRU'],
  'gru-reset-before': ['reset-before GRU', 'reset-before BiGRU'],
  'mgu': ['MGU', 'BiMGU'],
  'lstm-layer-norm': ['layer-norm LSTM', 'layer-norm BiLSTM'],
  'gru-layer-norm': ['layer-norm GRU', 'layer-norm BiGRU'],
};

it.each(cellNames)('names %s in one and two directions', (cell) => {
  expect([false, true].map((bidirectional) => nameModel(experimentSchema.parse({ model: { cell, bidirectional } })))).toEqual(labels[cell]);
});
