import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { setNativeThreads } from '../../src/ops/native.ts';
import { cellNames, cells } from '../../src/ops/cells.ts';
import type { CellName } from '../../src/ops/cells.ts';
import type { Direction } from '../../src/ops/packed-layout.ts';
import { finalStates, recurrence } from '../../src/ops/recurrence.ts';
import { startEngine } from '../support/engine.ts';
import {
  createLayerProblem,
  createProblem,
  randomShapes,
  relativeDifference,
  runLayerReference,
  runLayerRegistered,
  runReference,
  runRegistered,
  runWithoutKeeping,
  withMask,
} from './native-problem.ts';
import type { Shape } from './native-problem.ts';

const table = cellNames
  .filter((name) => cells[name].hasNativeKernel)
  .flatMap((name) => (['forward', 'reverse'] as const).map((direction): [CellName, Direction] => [name, direction]));

/** Single precision over some hundred terms, in another order of sums. */
const TOLERANCE = 2e-5;

const edges: Shape[] = [
  { hiddenSize: 1, lengths: [1], distinct: 0 },
  { hiddenSize: 8, lengths: [60], distinct: 9 },
  { hiddenSize: 17, lengths: [5, 5, 5, 5, 0, 0], distinct: 0 },
  { hiddenSize: 128, lengths: [12, 11, 9, 9, 9, 3, 2, 1, 1, 1, 1, 1, 1, 1], distinct: 30 },
  { hiddenSize: 512, lengths: [3, 2, 2], distinct: 0 },
  { hiddenSize: 4, lengths: Array<number>(700).fill(1), distinct: 3 },
  { hiddenSize: 4, lengths: [0, 0], distinct: 0 },
];

describe.skipIf(!inject('hasNativeEngine'))('native recurrences', () => {
  beforeAll(() => startEngine('native'));

  describe.each(table)('%s, %s', (name, direction) => {
    it('computes what the reference computes, over all kinds of shapes', () => {
      for (const shape of [...edges, ...randomShapes(8)]) {
        tf.tidy(() => {
          const problem = createProblem(name, direction, shape);
          const expected = runReference(problem);
          const differences = runRegistered(problem).map((tensor, k) => relativeDifference(tensor, expected[k] as tf.Tensor));
          expect(Math.max(...differences), JSON.stringify({ shape, differences })).toBeLessThan(TOLERANCE);
        });
      }
    });

    it.runIf(cells[name].ownProduct === null)('computes what the reference computes where the state is masked before its product', () => {
      for (const shape of [...edges, ...randomShapes(8)]) {
        tf.tidy(() => {
          const problem = withMask(createProblem(name, direction, shape));
          const expected = runReference(problem);
          const differences = runRegistered(problem).map((tensor, k) => relativeDifference(tensor, expected[k] as tf.Tensor));
          expect(Math.max(...differences), JSON.stringify({ shape, differences })).toBeLessThan(TOLERANCE);
        });
      }
    });

    it('computes what the reference computes for a whole layer', () => {
      const inputSizes = [1, 17, 64, 130];
      for (const [i, shape] of [...edges, ...randomShapes(6)].entries()) {
        tf.tidy(() => {
          const inputSize = inputSizes[i % inputSizes.length] ?? 1;
          const problem = createLayerProblem(name, direction, shape, inputSize);
          const expected = runLayerReference(problem);
          const differences = runLayerRegistered(problem).map((tensor, k) => relativeDifference(tensor, expected[k] as tf.Tensor));
          expect(Math.max(...differences), JSON.stringify({ shape, inputSize, differences })).toBeLessThan(TOLERANCE);
        });
      }
    });

    it('has the gradient that finite differences show', () => {
      const { inputs, walk } = createProblem(name, direction, { hiddenSize: 3, lengths: [4, 3, 1, 0], distinct: 5 });
      const loss = (gateInputs: tf.Tensor, weightHh: tf.Tensor, biasHh: tf.Tensor): tf.Scalar => {
        const hidden = recurrence(
          cells[name],
          { ...inputs, gateInputs: gateInputs as Tensor2D, weightHh: weightHh as Tensor2D, biasHh: biasHh as tf.Tensor1D },
          walk,
        );
        return tf.add(tf.sum(finalStates(hidden, walk)), tf.mul(tf.sum(tf.square(hidden)), 0.5));
      };
      const at = [inputs.gateInputs, inputs.weightHh, inputs.biasHh] as const;
      const gradients = tf.grads(loss)([...at]);
      at.forEach((tensor, k) => {
        const analytic = (gradients[k] as tf.Tensor).dataSync();
        const numeric = Array.from(analytic, (_, i) => {
          const moved = [0.01, -0.01].map((step) => {
            const values = tensor.dataSync().slice();
            values[i] = (values[i] ?? 0) + step;
            const arguments_ = at.map((other) => (other === tensor ? tf.tensor(values, tensor.shape) : other)) as [
              tf.Tensor,
              tf.Tensor,
              tf.Tensor,
            ];
            return loss(...arguments_).dataSync()[0] ?? Number.NaN;
          });
          return ((moved[0] ?? 0) - (moved[1] ?? 0)) / 0.02;
        });
        expect(relativeDifference(tf.tensor1d(numeric), tf.tensor1d(analytic))).toBeLessThan(2e-3);
      });
    });
  });

  it('reads a hundred thousand rows and more in one thread', () => {
    setNativeThreads(1);
    tf.tidy(() => {
      const problem = createLayerProblem('lstm', 'forward', { hiddenSize: 1, lengths: Array<number>(200_000).fill(1), distinct: 0 }, 1);
      const [hidden] = runWithoutKeeping(problem);
      expect(relativeDifference(hidden as tf.Tensor, runLayerReference(problem)[0] as tf.Tensor)).toBeLessThan(TOLERANCE);
    });
  });

  it('leaves no tensor behind but its results', () => {
    const problem = createProblem('lstm', 'forward', { hiddenSize: 5, lengths: [3, 2], distinct: 0 });
    const before = tf.memory().numTensors;
    tf.dispose(runRegistered(problem));
    expect(tf.memory().numTensors).toBe(before + 1); // `saved`, which runRegistered keeps to itself
  });

  it('refuses second derivatives', () => {
    const { inputs, walk } = createProblem('gru', 'forward', { hiddenSize: 2, lengths: [2], distinct: 0 });
    const slope = tf.grad((x) => tf.sum(recurrence(cells.gru, { ...inputs, gateInputs: x as Tensor2D }, walk)));
    expect(() => tf.grad((x) => tf.sum(slope(x)))(inputs.gateInputs)).toThrow(
      'gru: second derivatives of a recurrence are not implemented',
    );
  });

  it('says which cells and which precisions take a mask', () => {
    const shape = { hiddenSize: 2, lengths: [2], distinct: 0 }, words = 'a mask is for float32, and for cells with one product';
    expect(() => runRegistered(withMask(createProblem('gru-printed', 'forward', shape)))).toThrow(words);
    expect(() => runRegistered(withMask(createProblem('gru', 'forward', shape)), { rounds: true })).toThrow(words);
  });

  it('says what is wrong with an index out of range', () => {
    const problem = createProblem('rnn', 'forward', { hiddenSize: 2, lengths: [2], distinct: 3 });
    const index = tf.tensor1d([0, 3], 'int32');
    expect(() => runRegistered({ ...problem, inputs: { ...problem.inputs, index } })).toThrow('index out of range');
  });
});
