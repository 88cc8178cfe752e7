import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { PackedLayout } from '../../ops/packed-layout.ts';
import { packedMax, packedMean } from '../../ops/pooling.ts';
import { joinColumns, unshareRows, VALUE_BYTES } from '../module.ts';
import type { Component, Sequence, Sizes } from '../module.ts';
import { maxInOnnx, meanInOnnx } from './onnx.ts';

const settings = {};

type Pooling = Component<typeof settings, Sequence, Tensor2D>;

/** Of the reductions of each direction [B, H], and of them side by side, where there are two: tfjs keeps what it concatenates. */
export function countJoined(rows: number, { inputSize, blocks }: Pick<Sizes, 'inputSize' | 'blocks'>): number {
  return rows * inputSize * (blocks === 1 ? 1 : 2);
}

/** Each column of the states reduced over a row's tokens, [N, D] → [B, D]. @param kept values besides the result, for a row */
function reducing(
  reduce: (values: Tensor2D, layout: PackedLayout) => Tensor2D, kept: (inputSize: number) => number, toOnnx: typeof meanInOnnx,
): Pooling['create'] {
  return (_settings, sizes) => ({
    parameters: [], outputSize: sizes.inputSize, toOnnx,
    apply(sequence) {
      const { blocks, layout } = unshareRows(sequence);
      return joinColumns(blocks.map(({ rows }) => reduce(rows, layout)));
    },
    costs: ({ rows }) =>
      [{ name: null, parameters: [], multiplyAdds: 0, keptBytes: VALUE_BYTES * (countJoined(rows, sizes) + rows * kept(sizes.inputSize)) }],
  });
}

/** The mean of the states over a row's tokens; 0 of an empty row. */
export const meanPooling = {
  settings,
  summary: 'the mean of the states over all tokens',
  mark: '+ mean pooling',
  describe: () => 'mean pooling',
  dropouts: () => ({}),
  create: reducing(packedMean, () => 0, meanInOnnx),
} satisfies Pooling;

/** The largest of the states over a row's tokens, unit by unit; 0 of an empty row. Kept: which token it is of. */
export const maxPooling = {
  settings,
  summary: 'the largest of the states over all tokens, unit by unit',
  mark: '+ max pooling',
  describe: () => 'max pooling',
  dropouts: () => ({}),
  create: reducing(packedMax, (inputSize) => inputSize, maxInOnnx),
} satisfies Pooling;
