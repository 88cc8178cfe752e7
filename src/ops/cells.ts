import type { Cell } from './cell.ts';
import { gruCell } from './gru.ts';
import { gruResetBeforeCell } from './gru-reset-before.ts';
import { layerNormGruCell } from './layer-norm-gru.ts';
import { layerNormLstmCell } from './layer-norm-lstm.ts';
import { lstmCell } from './lstm.ts';
import { mguCell } from './mgu.ts';
import { printedGruCell } from './printed-gru.ts';
import { rnnCell } from './rnn.ts';

/**
 * The cells by their names in configs. A new one is its file and its line here: kernels, config schema, parameters, costs,
 * checkpoints, labels and tests follow from its declaration.
 */
export const cells = {
  rnn: rnnCell,
  lstm: lstmCell,
  gru: gruCell,
  'gru-printed': printedGruCell,
  'gru-reset-before': gruResetBeforeCell,
  mgu: mguCell,
  'lstm-layer-norm': layerNormLstmCell,
  'gru-layer-norm': layerNormGruCell,
} as const satisfies Record<string, Cell>;

export type CellName = keyof typeof cells;
export const cellNames = Object.keys(cells) as CellName[];
