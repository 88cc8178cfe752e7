import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { minimalCellNames, minimalCells, minimalKernelNames, minimalKernels, minimalLayer } from '../../src/ops/minimal-cells.ts';
import type { MinimalCellName } from '../../src/ops/minimal-cells.ts';
import { setNativeThreads } from '../../src/ops/native.ts';
import { createLayout } from '../../src/ops/packed-layout.ts';
import type { Direction, PackedLayout } from '../../src/ops/packed-layout.ts';
import { scan, scanGradient } from '../../src/ops/scan.ts';
import type { RecurrenceWalk } from '../../src/ops/reference.ts';
import { normalValues, uniformValues } from '../../src/random.ts';
import { startEngine } from '../support/engine.ts';
import { largestDifference } from '../support/golden.ts';

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

const softplus = (value: number): number => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));

/** The share of the old state in the new one by the first two gates, in double precision, and the least candidate that there can be. */
const published: Record<MinimalCellName, { share(first: number, second: number): number; readonly least: number }> = {
  mingru: { share: (z) => 1 / (1 + Math.exp(z)), least: 0 },
  minlstm: { share: (f, i) => 1 / (1 + Math.exp(softplus(-f) - softplus(-i))), least: 0 },
  qrnn: { share: (_, f) => 1 / (1 + Math.exp(-f)), least: -1 },
};

const directions = ['forward', 'reverse'] as const satisfies Direction[];
const shapes: [number[], number][] = [
  [[5, 3, 3, 1, 0], 7], [[4], 1], [[2, 2], 16], [[9, 8, 1], 33], [[0, 0], 3], [Array.from({ length: 40 }, () => 12), 130],
  [[200, 150, 90, 10, 1], 33], [[120], 64],
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
      let fromEquation = 0, fromLogSpace = 0; // the largest differences
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
            fromEquation = Math.max(fromEquation, Math.abs((found[place]?.[unit] ?? NaN) - state)); // NaN stays NaN
            fromLogSpace = Math.max(fromLogSpace, Math.abs(Math.exp(logA + logSum) - state));
          }
        }
      });
      expect(fromEquation).toBeLessThan(2e-6);
      expect(fromLogSpace).toBeLessThan(1e-9);
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
        const loss = (input: Tensor2D): tf.Scalar => tf.sum(tf.mul(minimalLayer(name, input, index, walk), towards));
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

    it('is finite and the same far from 0, where sigmoids are 0 or 1', () => {
      const far = [-200, -100, -90, -88, -30, 0, 30, 90, 200];
      const rows = far.flatMap((first) => far.map((second) => [first, second, ...Array.from({ length: cell.gates - 2 }, () => -95)]));
      const x = tf.tensor2d(rows), walk: RecurrenceWalk = { layout: layoutOf([rows.length]), direction: 'forward' };
      const found = tf.tidy(() => {
        const { value, grad } = tf.valueAndGrad((input) => tf.sum(minimalLayer(name, input as Tensor2D, null, walk)))(x);
        return [...value.dataSync(), ...grad.dataSync()];
      });
      expect(found.every(Number.isFinite)).toBe(true);
      const shares = tf.tidy(() => cell.coefficients(x).a.arraySync().map(([a]) => a ?? NaN));
      rows.forEach(([first = 0, second = 0], k) => {
        expect(Math.abs((shares[k] ?? NaN) - published[name].share(first, second)), `${first} ${second}`).toBeLessThan(1e-6);
      });
      x.dispose();
    });

    it('has coefficients that are shares of the old state and of a candidate within its range', () => {
      const x = normal(50, cell.gates * H, 6);
      const { a, b } = tf.tidy(() => {
        const { a, b } = cell.coefficients(x);
        return { a: a.dataSync().slice(), b: b.dataSync().slice() };
      });
      expect(a.every((value) => value > 0 && value < 1)).toBe(true);
      expect(b.every((value, k) => value / (1 - (a[k] ?? NaN)) > published[name].least)).toBe(true);
      x.dispose();
    });
  });

  if (engine === 'native')
    describe.each(minimalCellNames)('native kernels of %s', (name) => {
      const { gates, hasOutputGate } = minimalCells[name], names = minimalKernelNames(name);
      const kernels = new Map(minimalKernels('reference').map((kernel) => [kernel.kernelName, kernel.kernelFunc]));

      it.each(shapes.flatMap(([lengths, width]) => [[lengths, width, 0], [lengths, width, 5]] as const))(
        'are those of the reference, the same bits with any number of threads: lengths %j, width %i, %i distinct rows',
        (lengths, width, distinct) => {
          const layout = layoutOf([...lengths]), tokens = countOf([...lengths]), shared = distinct > 0 && tokens > 0;
          const x = normal(shared ? distinct : tokens, gates * width, 1), dHidden = normal(tokens, width, 3);
          const index = tf.tensor1d(shared ? Int32Array.from({ length: tokens }, (_, k) => (7 * k) % distinct) : [], 'int32');
          for (const direction of directions) {
            const attrs = { layout, direction } as unknown as tf.NamedAttrMap;
            const runAll = (run: (kernel: string, inputs: tf.NamedTensorMap) => Tensor2D[]): Float32Array[] => tf.tidy(() => {
              const made = run(names.forward, { x, index });
              const gradients = run(names.backward, { dHidden, x, index, states: made.at(-1) as Tensor2D });
              return [...made, ...gradients].map((one) => one.dataSync<'float32'>().slice());
            });
            const expected = runAll((kernel, inputs) => kernels.get(kernel)?.({ inputs, attrs, backend: tf.backend() }) as Tensor2D[]);
            const found = [1, 2, 3, 7].map((threads) => {
              const before = setNativeThreads(threads);
              const results = runAll((kernel, inputs) => tf.engine().runKernel(kernel, inputs, attrs));
              setNativeThreads(before);
              return results;
            });
            expect(expected.length).toBe(hasOutputGate ? 3 : 2);
            for (const [k, values] of expected.entries()) {
              const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
              expect(largestDifference(found[0]?.[k] ?? [], values) / scale).toBeLessThan(3e-6);
            }
            const bits = found.map((results) => Buffer.concat(results.map((values) => Buffer.from(values.buffer))).toString('latin1'));
            expect(new Set(bits).size).toBe(1);
          }
          tf.dispose([x, dHidden, index]);
        },
      );
    });
});
