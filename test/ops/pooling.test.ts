import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createLayout } from '../../src/ops/packed-layout.ts';
import type { PackedLayout } from '../../src/ops/packed-layout.ts';
import { packedMax, packedMean, packedSoftmaxMean } from '../../src/ops/pooling.ts';
import { normalValues } from '../../src/random.ts';
import { startEngine } from '../support/engine.ts';
import { largestDifference } from '../support/golden.ts';

const WIDTH = 3;

function layoutOf(lengths: number[]): PackedLayout {
  const batchSizes = Array.from({ length: Math.max(0, ...lengths) }, (_, step) => lengths.filter((length) => length > step).length);
  return createLayout({ lengths: Int32Array.from(lengths), batchSizes: Int32Array.from(batchSizes) });
}

function randomRows(rows: number, width: number, subindex: number): Tensor2D {
  return tf.tensor2d(normalValues(rows * width, { seed: 5, purpose: 'sample', subindex }), [rows, width]);
}

type Pool = (values: Tensor2D, layout: PackedLayout) => Tensor2D;

/** Each of them by the tokens of one row alone, [T, K] → [K]. */
const poolings: readonly [string, Pool, (own: number[][]) => number[]][] = [
  ['mean', packedMean, (own) => Array.from({ length: WIDTH }, (_, k) => own.reduce((sum, row) => sum + (row[k] ?? 0), 0) / own.length)],
  ['max', packedMax, (own) => Array.from({ length: WIDTH }, (_, k) => Math.max(...own.map((row) => row[k] ?? 0)))],
  [
    'softmax mean',
    (values, layout) => packedSoftmaxMean(tf.slice(values, [0, 0], [-1, WIDTH]), tf.slice(values, [0, WIDTH], [-1, 1]), layout),
    (own) => {
      const weights = own.map((row) => Math.exp(row[WIDTH] ?? 0)), sum = weights.reduce((total, weight) => total + weight, 0);
      return Array.from({ length: WIDTH }, (_, k) => own.reduce((total, row, t) => total + (weights[t] ?? 0) * (row[k] ?? 0), 0) / sum);
    },
  ],
];

const engines = inject('hasNativeEngine') ? (['reference', 'portable'] as const) : (['portable'] as const);

describe.for(engines)('%s ops', (engine) => {
  beforeAll(() => startEngine(engine));
  let tensors = 0;
  beforeEach(() => { tensors = tf.memory().numTensors; });
  afterEach(() => { expect(tf.memory().numTensors).toBe(tensors); });

  describe.each(poolings)('the %s over packed rows', (_, pool, alone) => {
    it.each([[[4, 3, 3, 1]], [[5]], [[2, 1, 0, 0]], [[1, 1]]])('is that of each row alone, and 0 of an empty one: lengths %j', (lengths) => {
      const layout = layoutOf(lengths);
      const values = randomRows(lengths.reduce((sum, length) => sum + length, 0), WIDTH + 1, 1);
      const pooled = tf.tidy(() => pool(values, layout).arraySync().map((row) => row.slice(0, WIDTH)));
      const all = values.arraySync();
      const expected = lengths.map((length, row) => {
        const own = Array.from({ length }, (_, t) => all[(layout.offsets[t] ?? 0) + row] ?? []);
        return length === 0 ? [0, 0, 0] : alone(own);
      });
      expect(largestDifference(pooled.flat(), expected.flat())).toBeLessThan(2e-6);
      values.dispose();
    });

    it('is 0 where all rows are empty', () => {
      const values = tf.zeros<tf.Rank.R2>([0, WIDTH]);
      if (pool !== poolings[2]?.[1]) expect(tf.tidy(() => pool(values, layoutOf([0, 0])).arraySync())).toEqual([[0, 0, 0], [0, 0, 0]]);
      else {
        const scores = tf.zeros<tf.Rank.R2>([0, 1]);
        expect(tf.tidy(() => packedSoftmaxMean(values, scores, layoutOf([0, 0])).arraySync())).toEqual([[0, 0, 0], [0, 0, 0]]);
        scores.dispose();
      }
      values.dispose();
    });

    it('has the gradient that finite differences have', () => {
      const layout = layoutOf([4, 3, 1, 0]), values = randomRows(8, WIDTH + 1, 2), towards = randomRows(4, WIDTH + 1, 3);
      const loss = (x: Tensor2D): tf.Scalar => {
        const pooled = pool(x, layout);
        return tf.sum(tf.mul(pooled, tf.slice(towards, [0, 0], [4, pooled.shape[1]])));
      };
      const gradient = tf.tidy(() => tf.grad((x) => loss(x as Tensor2D))(values).dataSync().slice());
      const flat = values.dataSync(), step = 1e-2;
      gradient.forEach((exact, i) => {
        const [up, down] = [step, -step].map((change) => tf.tidy(() => {
          const moved = Float32Array.from(flat, (value, j) => (j === i ? value + change : value));
          return loss(tf.tensor2d(moved, [8, WIDTH + 1])).dataSync()[0] ?? Number.NaN;
        }));
        expect(Math.abs(((up ?? 0) - (down ?? 0)) / (2 * step) - exact), `element ${i}`).toBeLessThan(2e-3);
      });
      tf.dispose([values, towards]);
    });
  });

  it('gives the gradient of a largest value to the first of equals', () => {
    const values = tf.tensor2d([1, 2, 2, 2, 0, 2], [6, 1]); // rows of 4 and 2 tokens: [1, 2, 0, 2] and [2, 2]
    const gradient = tf.tidy(() => tf.grad((x) => tf.sum(packedMax(x as Tensor2D, layoutOf([4, 2]))))(values).dataSync());
    expect([...gradient]).toEqual([0, 1, 1, 0, 0, 0]);
    values.dispose();
  });

  it('takes nothing but a row\'s own tokens for its largest value, be they without bound', () => {
    const values = tf.tensor2d([0, -Infinity, 1, 2], [4, 1]); // rows of 3 and 1 tokens: [0, 1, 2] and [−∞]
    expect([...tf.tidy(() => packedMax(values, layoutOf([3, 1])).dataSync())]).toEqual([2, -Infinity]);
    const gradient = tf.tidy(() => tf.grad((x) => tf.sum(packedMax(x as Tensor2D, layoutOf([3, 1]))))(values).dataSync());
    expect([...gradient]).toEqual([0, 1, 0, 1]);
    values.dispose();
  });
});
