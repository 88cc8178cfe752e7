import { expect, it } from 'vitest';
import { nameCell, nameClassifier } from '../../src/config/model-name.ts';

it.each([
  ['lstm', 'LSTM', 'LSTM', 'BiLSTM'], ['gru', 'GRU', 'GRU', 'BiGRU'], ['gru-printed', 'printed GRU', 'printed GRU', 'printed BiGRU'],
] as const)('names %s as the articles do', (cell, name, one, two) => {
  expect(nameCell(cell)).toBe(name);
  expect([false, true].map((bidirectional) => nameClassifier({ cell, bidirectional }))).toEqual([one, two]);
});
