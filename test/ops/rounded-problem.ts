// What the native kernels keep in bfloat16 is, bit by bit, what they keep in float32, rounded; and the gradients are those of the rounded
// values. Whatever the float32 kernels are held to holds for these too.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { roundRows, roundToBfloat16, widenBfloat16, widenRows } from '../../src/ops/bfloat16.ts';
import { cells } from '../../src/ops/cells.ts';
import type { CellName } from '../../src/ops/cells.ts';
import type { Direction } from '../../src/ops/packed-layout.ts';
import { kernelNames } from '../../src/ops/recurrence.ts';
import { createLayerProblem, createProblem, runKernel } from './native-problem.ts';
import type { Shape } from './native-problem.ts';

/** Values of two runs that are to have the same bits, by what they are. */
export type Pairs = Readonly<Record<string, readonly [ArrayLike<number>, ArrayLike<number>]>>;

function halvesOf(rounded: Tensor): Uint16Array {
  const words = rounded.dataSync<'float32'>().slice();
  return new Uint16Array(words.buffer);
}

/** W: a native row of one unit is one vector for each value. */
function countLanes(cell: CellName): number {
  const { inputs, walk } = createProblem(cell, 'forward', { hiddenSize: 1, lengths: [1], distinct: 0 });
  const [, saved] = runKernel(kernelNames(cells[cell]).forward, { ...inputs }, { ...walk, rounds: true, keeps: true });
  return 2 * (saved as Tensor).size / (1 + cells[cell].saved);
}

/** Native `saved` of a rounding walk, [N, V, S + 1, W] halves: the cell's own [N, V·S·W], as float32 kernels have it, and h [N, H]. */
function takeApart(cell: CellName, saved: Tensor2D, size: number): { own: Float32Array; hidden: Float32Array } {
  const lanes = countLanes(cell), values = cells[cell].saved, vectors = Math.ceil(size / lanes), tokens = saved.shape[0];
  const widened = widenBfloat16(halvesOf(saved)), at = (token: number, u: number, k: number): number =>
    ((token * vectors + u) * (values + 1) + k) * lanes;
  const own = new Float32Array(tokens * vectors * values * lanes), hidden = new Float32Array(tokens * size);
  for (let token = 0; token < tokens; token++)
    for (let u = 0; u < vectors; u++) {
      const start = at(token, u, 0), count = Math.min(lanes, size - u * lanes);
      own.set(widened.subarray(start, start + values * lanes), (token * vectors + u) * values * lanes);
      hidden.set(widened.subarray(at(token, u, values), at(token, u, values) + count), token * size + u * lanes);
    }
  return { own, hidden };
}

/** A recurrence over shared or own input rows. */
export function compareRounded(cell: CellName, direction: Direction, shape: Shape): Pairs {
  const { walk, inputs, dHidden, distinctRows } = createProblem(cell, direction, shape), names = kernelNames(cells[cell]);
  const { index, weightHh } = inputs;
  const run = (rounds: boolean): Tensor[] => runKernel(names.forward, { ...inputs }, { ...walk, rounds, keeps: true });
  const gradients = (kept: Record<string, Tensor>, rounds: boolean): Tensor[] =>
    runKernel(names.backward, { dHidden, ...kept, index, weightHh }, { ...walk, rounds, distinctRows });
  return comparePasses(cell, shape, run, gradients);
}

/** A whole layer, whose input is kept rounded too. */
export function compareRoundedLayer(cell: CellName, direction: Direction, shape: Shape, inputSize: number): Pairs {
  const { walk, inputs, dHidden } = createLayerProblem(cell, direction, shape, inputSize), names = kernelNames(cells[cell]);
  const { x, weightIh, weightHh } = inputs, rounded = roundRows(x), widened = widenRows(rounded, inputSize);
  const run = (rounds: boolean): Tensor[] => runKernel(names.layerForward, { ...inputs }, { ...walk, rounds, keeps: true });
  const gradients = (kept: Record<string, Tensor>, rounds: boolean): Tensor[] => runKernel(
    names.layerBackward, { dHidden, ...kept, x: rounds ? rounded : widened, weightIh, weightHh }, { ...walk, rounds });
  return {
    ...comparePasses(cell, shape, run, gradients),
    x: [widened.dataSync(), widenBfloat16(roundToBfloat16(x.dataSync<'float32'>()))],
  };
}

function comparePasses(
  cell: CellName, { hiddenSize }: Shape, run: (rounds: boolean) => Tensor[],
  gradients: (kept: Record<string, Tensor>, rounds: boolean) => Tensor[],
): Pairs {
  const [hidden, saved] = run(false) as [Tensor2D, Tensor2D], [sameHidden, kept] = run(true) as [Tensor2D, Tensor2D];
  const { own, hidden: keptHidden } = takeApart(cell, kept, hiddenSize);
  const exact = gradients({ hidden: tf.tensor(keptHidden, hidden.shape), saved: tf.tensor(own, saved.shape) }, false);
  const found = gradients({ saved: kept }, true);
  return {
    'hidden states that are passed on': [sameHidden.dataSync(), hidden.dataSync()],
    'hidden states that are kept': [keptHidden, widenBfloat16(roundToBfloat16(hidden.dataSync<'float32'>()))],
    'gates and states of the cell': [own, widenBfloat16(roundToBfloat16(saved.dataSync<'float32'>()))],
    ...Object.fromEntries(found.map((gradient, k) => [`gradient ${k}`, [gradient.dataSync(), (exact[k] as Tensor).dataSync()] as const])),
  };
}
