import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { minimalCellNames, minimalCells, minimalLayer } from '../../src/ops/minimal-cells.ts';
import { setNativeThreads } from '../../src/ops/native.ts';
import { createLayout } from '../../src/ops/packed-layout.ts';
import type { Direction, PackedLayout } from '../../src/ops/packed-layout.ts';
import { scan, scanGradient, scanKernels } from '../../src/ops/scan.ts';
import type { RecurrenceWalk } from '../../src/ops/reference.ts';
import { normalValues, uniformValues } from '../../src/random.ts';
import { startEngine } from '../support/engine.ts';

function layoutOf(lengths: number[]): PackedLayout {
  const batchSizes = Array.from({ length: Math.max(0, ...lengths) }, (_, step) => lengths.filter((length) => length > step).length);
  return createLayout({ lengths: Int32Array.from(lengths), batchSizes: Int32Array.from(batchSizes) });
}

const countOf = (lengths: number[]): number => lengths.reduce((sum, length) => sum + length, 0);

function normal(rows: number, width: number, subindex: number): Tensor2D {
  return tf.tensor2d(normalValues(rows * width, { seed: 3, purpose: 'sample', subindex }), [rows, width]);
}

/** Coefficients as the cells have them, between 0 and 1. */
function shares(rows: number, width: number, subindex: number): Tensor2D {
  return tf.tensor2d(uniformValues(rows * width, 0.05, 0.95, { seed: 3, purpose: 'sample', subindex }), [rows, width]);
}

const directions = ['forward', 'reverse'] as const satisfies Direction[];
const shapes: [number[], number][] = [
  [[5, 3, 3, 1, 0], 7], [[4], 1], [[2, 2], 16], [[9, 8, 1], 33], [[0, 0], 3], [Array.from({ length: 40 }, () => 12), 130],
];
const engines = inject('hasNativeEngine') ? (['reference', 'native', 'portable'] as const) : (['portable'] as const);

describe.for(engines)('%s ops', (engine) => {
  beforeAll(() => startEngine(engine));
  let tensors = 0;
  beforeEach(() => { tensors = tf.memory().numTensors; });
  afterEach(() => { expect(tf.memory().numTensors).toBe(tensors); });

  describe.each(directions)('a scan, %s', (direction) => {
    it.each(shapes)('is h ← a·h + b of each row alone, as the authors\' scan in log space is: lengths %j, width %i', (lengths, width) => {
      const layout = layoutOf(lengths), tokens = countOf(lengths);
      const a = shares(tokens, width, 1), b = shares(tokens, width, 2);
      const found = tf.tidy(() => scan({ a, b }, { layout, direction }).arraySync());
      const [as, bs] = [a.arraySync(), b.arraySync()];
      lengths.forEach((length, row) => {
        const places = Array.from({ length }, (_, t) => (layout.offsets[t] ?? 0) + row);
        if (direction === 'reverse') places.reverse();
        for (let unit = 0; unit < width; unit++) {
          let state = 0, logA = 0, logSum = -Infinity; // log Σ exp(log b − log of the product of a so far)
          for (const place of places) {
            const [aNow, bNow] = [as[place]?.[unit] ?? NaN, bs[place]?.[unit] ?? NaN];
            state = aNow * state + bNow;
            logA += Math.log(aNow);
            const term = Math.log(bNow) - logA, most = Math.max(logSum, term);
            logSum = most + Math.log(Math.exp(logSum - most) + Math.exp(term - most));
            expect(Math.abs((found[place]?.[unit] ?? NaN) - state)).toBeLessThan(2e-6);
            expect(Math.abs(Math.exp(logA + logSum) - state)).toBeLessThan(1e-9);
          }
        }
      });
      tf.dispose([a, b]);
    });

    it('has the gradient that finite differences have', () => {
      const walk: RecurrenceWalk = { layout: layoutOf([4, 2, 1]), direction };
      const a = shares(7, 3, 1), b = normal(7, 3, 2), towards = normal(7, 3, 3);
      const [dA, dB] = tf.tidy(() =>
        scanGradient({ dHidden: towards, a, hidden: scan({ a, b }, walk) }, walk).map((one) => one.dataSync().slice()));
      const lossOf = (values: Float32Array, of: 'a' | 'b'): number => tf.tidy(() => {
        const moved = tf.tensor2d(values, [7, 3]);
        return tf.sum(tf.mul(scan(of === 'a' ? { a: moved, b } : { a, b: moved }, walk), towards)).dataSync()[0] ?? NaN;
      });
      for (const [of, exact] of [['a', dA], ['b', dB]] as const) {
        const values = Float32Array.from((of === 'a' ? a : b).dataSync());
        exact?.forEach((gradient, i) => {
          const [up, down] = [0.01, -0.01].map((step) => lossOf(values.map((value, j) => (j === i ? value + step : value)), of));
          expect(Math.abs(((up ?? 0) - (down ?? 0)) / 0.02 - gradient), `${of} ${i}`).toBeLessThan(2e-3);
        });
      }
      tf.dispose([a, b, towards]);
    });
  });

  describe.each(minimalCellNames)('%s', (name) => {
    const cell = minimalCells[name], H = 3;

    it('has the gradient that finite differences have, with rows that tokens share and without', () => {
      const layout = layoutOf([4, 3, 1, 0]), walk: RecurrenceWalk = { layout, direction: 'forward' };
      for (const ids of [[0, 1, 2, 1, 1, 0, 3, 2], null]) {
        const index = ids === null ? null : tf.tensor1d(ids, 'int32');
        const x = normal(ids === null ? 8 : 4, cell.gates * H, 4), towards = normal(8, H, 5);
        const loss = (input: Tensor2D): tf.Scalar => tf.sum(tf.mul(minimalLayer(cell, input, index, walk), towards));
        const gradient = tf.tidy(() => tf.grad((input) => loss(input as Tensor2D))(x).dataSync().slice());
        const flat = x.dataSync(), step = 5e-3;
        gradient.forEach((exact, i) => {
          const [up, down] = [step, -step].map((change) => tf.tidy(() => {
            const moved = Float32Array.from(flat, (value, j) => (j === i ? value + change : value));
            return loss(tf.tensor2d(moved, x.shape)).dataSync()[0] ?? NaN;
          }));
          expect(Math.abs(((up ?? 0) - (down ?? 0)) / (2 * step) - exact), `element ${i}`).toBeLessThan(3e-3);
        });
        tf.dispose([x, towards, ...(index === null ? [] : [index])]);
      }
    });

    it('has coefficients between 0 and 1 that add up to the share of the old and of the new', () => {
      const x = normal(50, cell.gates * H, 6);
      const { a, b } = tf.tidy(() => {
        const { a, b } = cell.coefficients(x);
        return { a: a.dataSync().slice(), b: b.dataSync().slice() };
      });
      expect(a.every((value) => value > 0 && value < 1)).toBe(true);
      expect(b.every((value) => value > 0)).toBe(true);
      x.dispose();
    });
  });

  if (engine === 'native')
    it.each(shapes)('give the bits of the reference with any number of threads: lengths %j, width %i', (lengths, width) => {
      const layout = layoutOf(lengths), tokens = countOf(lengths);
      const a = shares(tokens, width, 1), b = shares(tokens, width, 2), dHidden = normal(tokens, width, 3);
      const [forward, backward] = scanKernels('reference');
      for (const direction of directions) {
        const attrs = { layout, direction };
        const expected = tf.tidy(() => {
          const run = (kernel: tf.KernelConfig | undefined, inputs: object): unknown =>
            kernel?.kernelFunc({
              inputs: inputs as tf.NamedTensorInfoMap, attrs: attrs as unknown as tf.NamedAttrMap, backend: tf.backend(),
            });
          const hidden = run(forward, { a, b }) as Tensor2D;
          return [hidden, ...run(backward, { dHidden, a, hidden }) as Tensor2D[]].map((one) => one.dataSync().slice());
        });
        for (const threads of [1, 2, 3, 7]) {
          const before = setNativeThreads(threads);
          const found = tf.tidy(() => {
            const hidden = scan({ a, b }, attrs);
            return [hidden, ...scanGradient({ dHidden, a, hidden }, attrs)].map((one) => one.dataSync().slice());
          });
          setNativeThreads(before);
          expect(found).toEqual(expected);
        }
      }
      tf.dispose([a, b, dHidden]);
    });
});
