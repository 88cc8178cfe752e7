import { expect, it } from 'vitest';
import { experimentSchema, nameModel } from '../../src/experiment-schema.ts';
import { cellNames } from '../../src/ops/cells.ts';

const labels = { rnn: ['RNN', 'BiRNN'], lstm: ['LSTM', 'BiLSTM'], gru: ['GRU', 'BiGRU'], 'gru-printed': ['printed GRU', 'printed BiGRU'], mgu: ['MGU', 'BiMGU'] };

it.each(cellNames)('names %s in one and two directions', (cell) => {
  expect([false, true].map((bidirectional) => nameModel(experimentSchema.parse({ model: { cell, bidirectional } })))).toEqual(labels[cell]);
});
