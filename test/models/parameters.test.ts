import { expect, it } from 'vitest';

import { experimentSchema, nameModel } from '../../src/experiment-schema.ts';
import { buildModel } from '../../src/models/build.ts';
import { countParameters } from '../../src/models/parameters.ts';
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

const labels = {
  'rnn': ['RNN', 'BiRNN'],
  'lstm': ['LSTM', 'BiLSTM'],
  'gru': ['GRU', 'BiGRU'],
  'gru-printed': ['printed GRU', 'printed BiGRU'],
  'mgu': ['MGU', 'BiMGU'],
};

it.each(cellNames)('names %s in one and two directions', (cell) => {
  expect([false, true].map((bidirectional) => nameModel(experimentSchema.parse({ model: { cell, bidirectional } })))).toEqual(labels[cell]);
});
