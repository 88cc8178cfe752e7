import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { roundRows } from '../../src/ops/bfloat16.ts';
import { cells } from '../../src/ops/cells.ts';
import type { CellName } from '../../src/ops/cells.ts';
import { createLayout } from '../../src/ops/packed-layout.ts';
import type { Direction } from '../../src/ops/packed-layout.ts';
import { kernelNames } from '../../src/ops/recurrence.ts';
import { layerBackward, layerForward, recurrenceBackward, recurrenceForward } from '../../src/ops/reference.ts';
import type { RecurrenceWalk } from '../../src/ops/reference.ts';
import { createRandomStream, normalValues } from '../../src/random.ts';

/** What a recurrence is run over. */
export interface Shape {
  hiddenSize: number;
  /** Never increasing. */
  lengths: readonly number[];
  /** Distinct input rows that the tokens share; 0: each token has its own. */
  distinct: number;
}

export function randomShapes(count: number): Shape[] {
  const random = createRandomStream({ seed: 11, purpose: 'sample', subindex: 99 });
  return Array.from({ length: count }, () => {
    const longest = 1 + random.below(25);
    const lengths = Array.from({ length: 1 + random.below(20) }, () => [0, longest, random.below(longest + 1)][random.below(3)] ?? 0);
    return { hiddenSize: 1 + random.below(70), lengths: lengths.sort((a, b) => b - a), distinct: random.below(2) * (1 + random.below(9)) };
  });
}

export function randomTensor(shape: number[], subindex: number, scale = 1): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tf.tidy(() => tf.mul(tf.tensor(normalValues(count, { seed: 3, purpose: 'sample', subindex }), shape), scale));
}

export function createProblem(cell: CellName, direction: Direction, { hiddenSize, lengths, distinct }: Shape) {
  const steps = lengths[0] ?? 0;
  const batchSizes = Int32Array.from({ length: steps }, (_, step) => lengths.filter((length) => length > step).length);
  const tokens = batchSizes.reduce((sum, rows) => sum + rows, 0);
  const rows = cells[cell].gates * hiddenSize;
  const random = createRandomStream({ seed: 4, purpose: 'sample' });
  const shared = distinct > 0 && tokens > 0;
  return {
    cell,
    walk: { layout: createLayout({ lengths: Int32Array.from(lengths), batchSizes }), direction },
    distinctRows: shared ? distinct : tokens,
    inputs: {
      gateInputs: randomTensor([shared ? distinct : tokens, rows], 1) as Tensor2D,
      index: tf.tensor1d(shared ? Int32Array.from({ length: tokens }, () => random.below(distinct)) : [], 'int32'),
      weightHh: randomTensor([rows, hiddenSize], 2, 1 / Math.sqrt(hiddenSize)) as Tensor2D,
      biasHh: randomTensor([rows], 3, 0.5) as Tensor1D,
    },
    dHidden: randomTensor([tokens, hiddenSize], 4) as Tensor2D,
  };
}

type Unmasked = ReturnType<typeof createProblem>;
interface Problem extends Omit<Unmasked, 'inputs'> { inputs: Unmasked['inputs'] & { mask?: Tensor2D } }

/** The same with a state that is multiplied by a mask, zeros among it, before its product. */
export function withMask(problem: Unmasked): Problem {
  const { inputs: { weightHh }, walk: { layout: { lengths } } } = problem, shape = [lengths.length, weightHh.shape[1]];
  const mask = tf.tidy(() => tf.relu(randomTensor(shape, 8))) as Tensor2D;
  return { ...problem, inputs: { ...problem.inputs, mask } };
}

const maskOf = ({ inputs: { mask } }: Problem): { mask?: Tensor2D } => (mask === undefined ? {} : { mask });

/** What of a walk is bfloat16. */
export type Precisions = Pick<RecurrenceWalk, 'rounds' | 'halves'>;

/** hidden and the three gradients, by reference.ts. */
export function runReference(problem: Problem, how: Precisions = {}): Tensor[] {
  const { cell, walk: base, inputs, dHidden, distinctRows } = problem;
  const walk = { ...base, ...how };
  const [hidden, saved] = recurrenceForward(cells[cell], inputs, walk);
  const { index, weightHh } = inputs, kept = how.rounds === true ? { saved } : { hidden, saved };
  return [hidden, ...recurrenceBackward(cells[cell], { dHidden, ...kept, index, weightHh, distinctRows, ...maskOf(problem) }, walk)];
}

/** The same by the kernels that are registered. */
export function runRegistered(problem: Problem, how: Precisions = {}): Tensor[] {
  const { cell, walk: base, inputs, dHidden, distinctRows } = problem;
  const walk = { ...base, ...how };
  const { forward, backward } = kernelNames(cells[cell]);
  const { index, weightHh } = inputs;
  const [hidden, saved] = runKernel(forward, { ...inputs }, { ...walk, keeps: true });
  const kept = how.rounds === true ? { saved } : { hidden, saved };
  return [hidden as Tensor, ...runKernel(backward, { dHidden, ...kept, index, weightHh, ...maskOf(problem) }, { ...walk, distinctRows })];
}

/** The same by the kernels that keep states now and then. */
export function runBySegments({ cell, walk, inputs, dHidden }: Problem): Tensor[] {
  const { segments, segmentsBackward } = kernelNames(cells[cell]);
  const [hidden, states] = runKernel(segments, { ...inputs }, walk);
  return [hidden as Tensor, ...runKernel(segmentsBackward, { dHidden, states, ...inputs }, walk)];
}

/** A whole layer on the same tokens. */
export function createLayerProblem(cell: CellName, direction: Direction, { hiddenSize, lengths }: Shape, inputSize: number) {
  const { walk, inputs: { weightHh, biasHh }, dHidden } = createProblem(cell, direction, { hiddenSize, lengths, distinct: 0 });
  const rows = cells[cell].gates * hiddenSize;
  const inputs = {
    x: randomTensor([dHidden.shape[0], inputSize], 5) as Tensor2D,
    weightIh: randomTensor([rows, inputSize], 6, 1 / Math.sqrt(inputSize)) as Tensor2D,
    weightHh,
    biasIh: randomTensor([rows], 7, 0.5) as Tensor1D,
    biasHh,
  };
  return { cell, walk, inputs, dHidden };
}

type LayerProblem = ReturnType<typeof createLayerProblem>;

/** hidden and the five gradients, by reference.ts. */
export function runLayerReference({ cell, walk: base, inputs, dHidden }: LayerProblem, how: Precisions = {}): Tensor[] {
  const walk = { ...base, ...how };
  const [hidden, saved] = layerForward(cells[cell], inputs, walk);
  const kept = how.rounds === true ? { saved, x: roundRows(inputs.x) } : { hidden, saved };
  return [hidden, ...layerBackward(cells[cell], { ...inputs, dHidden, ...kept }, walk)];
}

/** The same by the kernels that are registered. */
export function runLayerRegistered({ cell, walk: base, inputs, dHidden }: LayerProblem, how: Precisions = {}): Tensor[] {
  const walk = { ...base, ...how };
  const names = kernelNames(cells[cell]);
  const { x, weightIh, weightHh } = inputs;
  const [hidden, saved] = runKernel(names.layerForward, { ...inputs }, { ...walk, keeps: true });
  const kept = how.rounds === true ? { saved, x: roundRows(x) } : { hidden, saved, x };
  return [hidden as Tensor, ...runKernel(names.layerBackward, { dHidden, ...kept, weightIh, weightHh }, walk)];
}

/** The same by the kernels that keep states now and then. */
export function runLayerBySegments({ cell, walk, inputs, dHidden }: LayerProblem): Tensor[] {
  const { layerSegments, layerSegmentsBackward } = kernelNames(cells[cell]);
  const [hidden, states] = runKernel(layerSegments, { ...inputs }, walk);
  return [hidden as Tensor, ...runKernel(layerSegmentsBackward, { dHidden, states, ...inputs }, walk)];
}

/** What a forward pass of the registered kernels gives when no backward pass follows: hidden and saved. */
export function runWithoutKeeping({ cell, walk, inputs }: LayerProblem, how: Precisions = {}): Tensor[] {
  return runKernel(kernelNames(cells[cell]).layerForward, { ...inputs }, { ...walk, ...how, keeps: false });
}

export function runKernel(name: string, inputs: Record<string, Tensor | undefined>, attrs: object): Tensor[] {
  const outputs: unknown = tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attrs as tf.NamedAttrMap);
  return outputs as Tensor[];
}

/** Largest difference relative to the largest expected value; infinite for NaN or another shape. */
export function relativeDifference(actual: Tensor, expected: Tensor): number {
  if (actual.shape.join() !== expected.shape.join()) return Number.POSITIVE_INFINITY;
  const [a, e] = [actual.dataSync(), expected.dataSync()];
  let worst = 0, size = 1e-3;
  e.forEach((value, i) => {
    const difference = Math.abs(value - (a[i] ?? Number.NaN));
    worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
    size = Math.max(size, Math.abs(value));
  });
  return worst / size;
}
