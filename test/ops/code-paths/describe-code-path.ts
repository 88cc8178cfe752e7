// What is promised of the kernels on each code path that a CPU may take. A process can load one build only, so that each has a test file.
import { createHash } from 'node:crypto';

import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { codePaths } from '../../../src/engine/build.ts';
import type { CodePath } from '../../../src/engine/build.ts';
import { readCpuFeatures } from '../../../src/engine/platform.ts';
import type { AdamSlots } from '../../../src/ops/adam.ts';
import { cellNames, cells } from '../../../src/ops/cells.ts';
import type { CellName } from '../../../src/ops/cells.ts';
import { dropout } from '../../../src/ops/dropout.ts';
import { minimalCellNames, minimalCells, minimalKernelNames } from '../../../src/ops/minimal-cells.ts';
import type { MinimalCellName } from '../../../src/ops/minimal-cells.ts';
import { nativeAdamStep, nativeSumOfSquares, setNativeThreads } from '../../../src/ops/native.ts';
import { createLayout } from '../../../src/ops/packed-layout.ts';
import type { Direction } from '../../../src/ops/packed-layout.ts';
import { startEngine } from '../../support/engine.ts';
import { byReference, runAttention } from '../attention-problem.ts';
import {
  createLayerProblem,
  createProblem,
  randomTensor,
  relativeDifference,
  runBySegments,
  runLayerBySegments,
  runLayerReference,
  runLayerRegistered,
  runReference,
  runRegistered,
  runWithoutKeeping,
  withMask,
} from '../native-problem.ts';
import type { Shape } from '../native-problem.ts';
import { compareRounded, compareRoundedLayer } from '../rounded-problem.ts';

const threadCounts = [1, 3, 8];

/** Below this many multiply-adds, or elements, a kernel uses one thread whatever it is told (src/native/settings.h). */
const LEAST_THREADED = 2e5;

/** With as many threads, some hold one row and some more; a batch of two rows is walked back by threads of one row each. */
const shapesOf = (cell: CellName): Shape[] => [
  { hiddenSize: 1, lengths: Array<number>(Math.ceil((LEAST_THREADED + 1) / 12 / cells[cell].gates)).fill(12), distinct: 0 },
  { hiddenSize: 31, lengths: [28, 28, 27, 27, 26, 26, 25, 14, 13], distinct: 20 },
  { hiddenSize: 32, lengths: Array.from({ length: 70 }, (_, row) => 20 - Math.floor(row * 20 / 70)), distinct: 50 },
  { hiddenSize: 32, lengths: [28, 28, 26, 26, 26, 26, 25, 25], distinct: 0 },
  { hiddenSize: 128, lengths: [12, 11, 9, 9, 9, 3, 2, 1, 1, 1, 1, 1, 1, 1], distinct: 30 },
  { hiddenSize: 128, lengths: [16, 13], distinct: 0 },
];

/** Whole vectors of units and parts of one, tokens that share input rows and tokens that do not. */
const roundedShapes: Shape[] = [
  { hiddenSize: 1, lengths: [3, 1], distinct: 0 },
  { hiddenSize: 37, lengths: [9, 9, 7, 4, 1], distinct: 6 },
  { hiddenSize: 64, lengths: [28, 28, 27, 27, 26, 26, 25, 14, 13], distinct: 0 },
];

/** Single precision over some hundred terms, in another order of sums. */
const TOLERANCE = 2e-5;

/**
 * A state that two engines compute a little differently may lie on two sides of a tie, and round to neighbours; what comes after in its row
 * differs by that. It is rare.
 */
const FLIPPED_TOLERANCE = 5e-4;
/** What rounding may do at most; all of it shifts a result by 1e-2. */
const ROUNDING_TOLERANCE = 1e-2;

/** Differences relative to the largest expected value: of two values of three no more than `most`. */
function spreadOfDifferences(actual: Tensor, expected: Tensor): { readonly most: number; readonly largest: number } {
  const [a, e] = [actual.dataSync(), expected.dataSync()];
  const size = Math.max(1e-3, ...Array.from(e, Math.abs));
  const differences = Array.from(e, (value, i) => Math.abs(value - (a[i] ?? Number.NaN)) / size).sort((x, y) => x - y);
  return { most: differences[Math.floor(differences.length * 2 / 3)] ?? 0, largest: differences.at(-1) ?? 0 };
}

const nativeCells = cellNames.filter((cell) => cells[cell].hasNativeKernel);

/** Both directions on this CPU's own path; elsewhere one of each cell, since a direction is the order of rows and no arithmetic. */
const walksOn = (codePath: CodePath): [CellName, Direction][] => nativeCells.flatMap((cell, k) =>
  (['forward', 'reverse'] as const).filter((_, at) => codePath === 'native' || at === k % 2).map((direction): [CellName, Direction] => [cell, direction]));

function bitsOf(tensors: readonly Tensor[]): string {
  const hash = createHash('sha1');
  for (const tensor of tensors) hash.update(new Uint8Array(tensor.dataSync().slice().buffer)).update('|');
  return hash.digest('hex');
}

/** How many different results a computation has over all numbers of threads. */
function countResults(compute: () => readonly Tensor[]): number {
  return new Set(threadCounts.map((threads) => {
    setNativeThreads(threads);
    const tensors = compute();
    const bits = bitsOf(tensors);
    tf.dispose([...tensors]);
    return bits;
  })).size;
}

function adamResult(rows: Tensor | null): readonly Tensor[] {
  const slots: AdamSlots = {
    parameter: tf.variable(randomTensor([3000, 100], 1)),
    firstMoment: tf.variable(randomTensor([3000, 100], 2, 0.1)),
    secondMoment: tf.variable(tf.square(randomTensor([3000, 100], 3, 0.1))),
  };
  const gradient = { values: randomTensor([rows?.size ?? 3000, 100], 4), ...(rows === null ? {} : { rows: rows as tf.Tensor1D }) };
  nativeAdamStep(slots, gradient, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, stepSize: 1e-2, correction: 0.05, gradientScale: 0.7 });
  return [slots.parameter, slots.firstMoment, slots.secondMoment];
}

/** States of a minimal cell and the gradient of its input product, over rows that tokens share. */
function minimalResult(cell: MinimalCellName, direction: Direction): readonly Tensor[] {
  const lengths = Int32Array.from({ length: 30 }, (_, row) => 40 - row), size = 65;
  const batchSizes = Int32Array.from({ length: 40 }, (_, step) => lengths.filter((length) => length > step).length);
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const names = minimalKernelNames(cell);
  const attrs = { layout: createLayout({ lengths, batchSizes }), direction } as unknown as tf.NamedAttrMap;
  const index = tf.tensor1d(Int32Array.from({ length: tokens }, (_, k) => (13 * k) % 50), 'int32');
  const [x, dHidden] = [randomTensor([50, minimalCells[cell].gates * size], 50), randomTensor([tokens, size], 51)];
  const made: Tensor[] = tf.engine().runKernel(names.forward, { x, index }, attrs);
  const gradients: Tensor[] = tf.engine().runKernel(names.backward, { dHidden, x, index, states: made.at(-1) as Tensor }, attrs);
  tf.dispose([x, index, dHidden]);
  return [...made, ...gradients];
}

/** Says why it skips where it does. */
export function describeCodePath(codePath: CodePath): void {
  const features = readCpuFeatures();
  const missing = codePaths[codePath].needs.filter((feature) => !features.includes(feature));
  const reason =
    process.arch !== 'x64' && codePath !== 'native'
      ? 'this CPU is not of the x86-64 family'
      : `this CPU has no ${missing.join(' and no ')}`;
  const isHere = missing.length === 0 && (process.arch === 'x64' || codePath === 'native');

  describe.skipIf(!inject('hasNativeEngine') || !isHere)(`kernels compiled for ${codePath}${isHere ? '' : ` (skipped: ${reason})`}`, () => {
    beforeAll(() => startEngine('native', codePath), 1_800_000); // the first time it compiles, which takes a minute

    describe.each(walksOn(codePath))('%s, %s', (cell, direction) => {
      it.each(shapesOf(cell))('gives the same bits with any number of threads: $hiddenSize units, lengths $lengths', (shape) => {
        const tokens = shape.lengths.reduce((sum, length) => sum + length, 0);
        expect(tokens * cells[cell].gates * shape.hiddenSize ** 2).toBeGreaterThan(LEAST_THREADED);
        const problem = createProblem(cell, direction, shape);
        expect(countResults(() => runRegistered(problem))).toBe(1);
        if (cells[cell].ownProduct === null) expect(countResults(() => runRegistered(withMask(problem)))).toBe(1);
      });

      it.each(shapesOf(cell))('gives the same bits for a whole layer, whether or not a backward pass follows: $hiddenSize units, lengths '
        + '$lengths', (shape) => {
        const problem = createLayerProblem(cell, direction, shape, 20);
        expect(countResults(() => runLayerRegistered(problem))).toBe(1);
        const [hidden] = runLayerRegistered(problem);
        expect(new Set([bitsOf([hidden as Tensor]), ...threadCounts.map((threads) => {
          setNativeThreads(threads);
          return bitsOf(runWithoutKeeping(problem).slice(0, 1));
        })]).size).toBe(1);
      });

      it('gives the same bits when the steps are computed again by segments, with any number of threads', () => {
        for (const shape of [...shapesOf(cell), { hiddenSize: 20, lengths: [1100, 600, 3], distinct: 40 }]) {
          const problem = createProblem(cell, direction, shape), layer = createLayerProblem(cell, direction, shape, 20);
          expect(countResults(() => runBySegments(problem))).toBe(1);
          expect(bitsOf(runBySegments(problem))).toBe(bitsOf(runRegistered(problem)));
          if (cells[cell].ownProduct === null) {
            const masked = withMask(problem);
            expect(countResults(() => runBySegments(masked))).toBe(1);
            expect(bitsOf(runBySegments(masked))).toBe(bitsOf(runRegistered(masked)));
          }
          expect(countResults(() => runLayerBySegments(layer))).toBe(1);
          expect(bitsOf(runLayerBySegments(layer))).toBe(bitsOf(runLayerRegistered(layer)));
        }
      });

      it.each(roundedShapes)('keeps in bfloat16 what float32 rounds to, and has the gradients of it, bit by bit: $hiddenSize units, lengths '
        + '$lengths', (shape) => {
        const results = [compareRounded(cell, direction, shape), compareRoundedLayer(cell, direction, shape, 33)];
        for (const [name, [found, expected]] of results.flatMap((pairs) => Object.entries(pairs)))
          expect(Buffer.from(Float32Array.from(found).buffer).equals(Buffer.from(Float32Array.from(expected).buffer)), name).toBe(true);
      });

      it.each(shapesOf(cell))('gives the same bits with any number of threads when it keeps bfloat16: $hiddenSize units, lengths '
        + '$lengths', (shape) => {
        const [problem, layer] = [createProblem(cell, direction, shape), createLayerProblem(cell, direction, shape, 21)];
        expect(countResults(() => runRegistered(problem, { rounds: true }))).toBe(1);
        expect(countResults(() => runLayerRegistered(layer, { rounds: true }))).toBe(1);
      });

      it.runIf(cells[cell].ownProduct === null)('gives the same bits with any number of threads when it multiplies bfloat16', () => {
        for (const shape of shapesOf(cell)) {
          const [problem, layer] = [createProblem(cell, direction, shape), createLayerProblem(cell, direction, shape, 21)];
          expect(countResults(() => runRegistered(problem, { halves: true }))).toBe(1);
          expect(countResults(() => runLayerRegistered(layer, { halves: true, rounds: true }))).toBe(1);
          const [hidden] = runLayerRegistered(layer, { halves: true });
          expect(bitsOf(runWithoutKeeping(layer, { halves: true }).slice(0, 1))).toBe(bitsOf([hidden as Tensor]));
        }
      });

      it.runIf(cells[cell].ownProduct === null).each(roundedShapes)('multiplies bfloat16 as the reference does, in most numbers to float32\'s '
        + 'last bits: $hiddenSize units, lengths $lengths', (shape) => {
        const problem = createProblem(cell, direction, shape), layer = createLayerProblem(cell, direction, shape, 33);
        const results = [...runRegistered(problem, { halves: true }), ...runLayerRegistered(layer, { halves: true })];
        const expected = [...runReference(problem, { halves: true }), ...runLayerReference(layer, { halves: true })];
        results.forEach((tensor, k) => {
          const { most, largest } = spreadOfDifferences(tensor, expected[k] as Tensor);
          expect(most, `result ${k}`).toBeLessThan(FLIPPED_TOLERANCE);
          expect(largest, `result ${k}`).toBeLessThan(ROUNDING_TOLERANCE);
        });
      });

      it('agrees with the reference', () => {
        const shape = { hiddenSize: 37, lengths: [9, 9, 7, 4, 1], distinct: 6 };
        const [problem, layer] = [createProblem(cell, direction, shape), createLayerProblem(cell, direction, shape, 20)];
        const [results, expected] = [
          [...runRegistered(problem), ...runLayerRegistered(layer)],
          [...runReference(problem), ...runLayerReference(layer)],
        ];
        expect(Math.max(...results.map((tensor, k) => relativeDifference(tensor, expected[k] as Tensor)))).toBeLessThan(TOLERANCE);
      });
    });

    it.each([false, true])('computes attention and its gradients as the reference does, causal %s', (isCausal) => {
      const run = (): Tensor[] => runAttention({ heads: 3, size: 21, queries: [100, 99, 60, 7, 1] }, { isCausal, dropoutRate: 0.3 });
      const [found, expected] = [run(), byReference(run)];
      found.forEach((tensor, k) => { expect(relativeDifference(tensor, expected[k] as Tensor)).toBeLessThan(TOLERANCE); });
    });

    it.each([
      ['Adam, dense', () => adamResult(null)],
      ['Adam, some rows of a table', () => adamResult(tf.tensor1d([7, 0, 2999, 1234], 'int32'))],
      ['dropout', () => [dropout(randomTensor([LEAST_THREADED + 77], 30), { rate: 0.3, seed: 4294967295, step: 17, place: 2 })]],
      ...[false, true].map((isCausal) => [
        `attention, causal ${isCausal}`, () => runAttention({ heads: 3, size: 21, queries: [100, 99, 60, 7, 1] }, { isCausal, dropoutRate: 0.3 }),
      ] as const),
      ['the sum of squares', () => [nativeSumOfSquares(randomTensor([LEAST_THREADED + 77], 40))]],
      ...minimalCellNames.flatMap((cell) => (['forward', 'reverse'] as const).map((direction) =>
        [`${cell}, ${direction}`, () => minimalResult(cell, direction)] as const)),
    ] as const)('gives the same bits with any number of threads: %s', (_op, compute) => {
      expect(countResults(compute)).toBe(1);
    });
  });
}
