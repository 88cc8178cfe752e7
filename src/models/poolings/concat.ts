import { apply } from '../../ops/onnx-graph.ts';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { packedMax, packedMean } from '../../ops/pooling.ts';
import { finalStates } from '../../ops/recurrence.ts';
import { joinColumns, unshareRows, VALUE_BYTES } from '../module.ts';
import type { Component, Sequence } from '../module.ts';
import { finalInOnnx, maxInOnnx, meanInOnnx } from './onnx.ts';

const settings = {};

/** Last, largest and mean state. */
const PARTS = 3;

/** The final state, the largest and the mean side by side, [B, 3·D]: Howard and Ruder (2018), section 3.3, "concat pooling". */
export const concatPooling = {
  settings,
  summary: 'the final state, the largest and the mean side by side',
  mark: '+ concat pooling',
  describe: () => 'last, max and mean pooling',
  dropouts: () => ({}),
  create: (_settings, { inputSize, blocks }) => ({
    parameters: [], outputSize: PARTS * inputSize,
    apply(sequence) {
      const { blocks, layout } = unshareRows(sequence);
      return joinColumns([
        ...blocks.map(({ rows, direction }) => finalStates(rows, { layout, direction })),
        ...blocks.map(({ rows }) => packedMax(rows, layout)),
        ...blocks.map(({ rows }) => packedMean(rows, layout)),
      ]);
    },
    toOnnx: (graph, sequence) => apply(
      graph, 'Concat', [finalInOnnx(graph, sequence), maxInOnnx(graph, sequence), meanInOnnx(graph, sequence)], { axis: { int: 1 } }),
    // The parts apart and side by side, which tokens the largest are of, and which are the last.
    costs: ({ rows }) =>
      [{ name: null, parameters: [], multiplyAdds: 0, keptBytes: VALUE_BYTES * rows * ((2 * PARTS + 1) * inputSize + blocks) }],
  }),
} satisfies Component<typeof settings, Sequence, Tensor2D>;
