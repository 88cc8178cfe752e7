import type { Tensor2D } from '@tensorflow/tfjs-core';
import { finalStates } from '../../ops/recurrence.ts';
import { joinColumns, unshareRows, VALUE_BYTES } from '../module.ts';
import type { Component, Sequence } from '../module.ts';
import { finalInOnnx } from './onnx.ts';

const settings = {};

/** The state after each row's last token, and of what was read in reverse after its first: [B, D]. An empty row has the state 0. */
export const lastPooling = {
  settings,
  summary: 'the final state of each direction',
  describe: () => '',
  dropouts: () => ({}),
  create: (_settings, { inputSize, blocks }) => ({
    parameters: [], outputSize: inputSize,
    apply(sequence) {
      const { blocks, layout } = unshareRows(sequence);
      return joinColumns(blocks.map(({ rows, direction }) => finalStates(rows, { layout, direction })));
    },
    toOnnx: finalInOnnx,
    costs({ rows }) {
      const copies = blocks === 1 ? 1 : 2; // of the states: apart, and side by side
      // And which rows they are.
      return [{ name: null, parameters: [], multiplyAdds: 0, keptBytes: VALUE_BYTES * rows * (blocks + copies * inputSize) }];
    },
  }),
} satisfies Component<typeof settings, Sequence, Tensor2D>;
