import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { roundRows, roundToBfloat16, widenBfloat16, widenRows } from '../../src/ops/bfloat16.ts';
import { cellNames, cells } from '../../src/ops/cells.ts';
import type { CellName } from '../../src/ops/cells.ts';
import { recurrence, recurrentLayer } from '../../src/ops/recurrence.ts';
import { startEngine } from '../support/engine.ts';
import { createLayerProblem, createProblem, relativeDifference } from './native-problem.ts';
import type { Precisions, Shape } from './native-problem.ts';

const engine = inject('hasNativeEngine') ? 'native' : 'portable';

beforeAll(() => startEngine(engine));

const rounded = (value: number): number => widenBfloat16(roundToBfloat16(Float32Array.of(value)))[0] ?? Number.NaN;

describe('rounding to bfloat16', () => {
  it.each([
    ['what it can hold stays', -1.5, -1.5],
    ['the nearer neighbour', 1 + 0.6 / 128, 1 + 1 / 128],
    ['a tie goes to the even one, down', 1 + 0.5 / 128, 1],
    ['a tie goes to the even one, up', 1 + 1.5 / 128, 1 + 2 / 128],
    ['just above a tie goes up', Math.fround(1 + 0.5 / 128 + 2 ** -23), 1 + 1 / 128],
    ['a carry into the exponent', 1.999, 2],
    ['the largest float becomes infinite', 3.4028234663852886e38, Number.POSITIVE_INFINITY],
    ['infinity stays', Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ['minus zero stays', -0, -0],
    ['a number below the normal ones', 2 ** -133, 2 ** -133],
  ])('%s: %d → %d', (_what, value, expected) => {
    expect(Object.is(rounded(value), expected)).toBe(true);
  });

  it('keeps a NaN whose lower half alone says that it is one', () => {
    const values = new Float32Array(Uint32Array.of(0x7f80_0001, 0xffff_ffff).buffer);
    expect([...widenBfloat16(roundToBfloat16(values))]).toEqual([Number.NaN, Number.NaN]);
  });

  it.each([[0, 5], [3, 0], [1, 1], [7, 33], [4, 64], [301, 1025]])('of %i rows of %i values is undone by widening', (rows, width) => {
    const values = Float32Array.from({ length: rows * width }, (_, k) => Math.sin(k) * 2 ** (k % 40 - 20));
    const x = tf.tensor2d(values, [rows, width]), kept = roundRows(x);
    expect(kept.shape).toEqual([rows, Math.ceil(width / 2)]);
    expect(widenRows(kept, width).dataSync()).toEqual(widenBfloat16(roundToBfloat16(values)));
    tf.dispose([x, kept]);
  });
});

const shapes: Shape[] = [
  { hiddenSize: 7, lengths: [9, 6, 6, 1, 0], distinct: 5 },
  { hiddenSize: 32, lengths: [12, 11, 3], distinct: 0 },
];

/** Half the distance of neighbours, relative to the larger of two values: the most that rounding moves one. */
const ROUNDING = 2 ** -8;

describe.each(cellNames.filter((name) => !('own' in cells[name])))('%s', (cell: CellName) => {
  /** Gradients of the gates' inputs and weights, or of a layer's, of states that are all asked for. */
  function gradientsOf(shape: Shape, { rounds = false, halves = false }: Precisions): { hidden: Tensor; all: Tensor[] } {
    const { inputs: { index, ...shared }, walk, dHidden } = createProblem(cell, 'reverse', shape);
    const layer = createLayerProblem(cell, 'forward', shape, 5);
    let states: Tensor[] = [];
    const loss = (...args: Tensor[]): tf.Scalar => {
      const [gateInputs, weightHh, biasHh, x, weightIh] = args as [Tensor2D, Tensor2D, tf.Tensor1D, Tensor2D, Tensor2D];
      const first = recurrence(cells[cell], { gateInputs, index, weightHh, biasHh }, { ...walk, rounds, halves });
      const second = recurrentLayer(
        cells[cell], { ...layer.inputs, x, weightIh }, { ...layer.walk, rounds, halves }, { keptX: rounds ? roundRows(x) : x });
      states = [first, second].map((tensor) => tf.keep(tf.clone(tensor)));
      return tf.sum(tf.mul(tf.add(first, second), dHidden));
    };
    const at = [shared.gateInputs, shared.weightHh, shared.biasHh, layer.inputs.x, layer.inputs.weightIh];
    return { all: tf.grads(loss)(at), hidden: tf.concat(states, 0) };
  }

  it.each(shapes)('gives the same states and nearly the same gradients when it keeps bfloat16: $hiddenSize units', (shape) => {
    const exact = gradientsOf(shape, {}), kept = gradientsOf(shape, { rounds: true });
    expect(kept.hidden.dataSync()).toEqual(exact.hidden.dataSync());
    const differences = kept.all.map((gradient, k) => relativeDifference(gradient, exact.all[k] as Tensor));
    expect(Math.max(...differences), JSON.stringify(differences)).toBeLessThan(4 * ROUNDING);
    expect(Math.max(...differences)).toBeGreaterThan(ROUNDING / 100);
  });

  it.runIf(cells[cell].ownProduct === null).each(shapes)('gives nearly the same states and gradients when it multiplies bfloat16: '
    + '$hiddenSize units', (shape) => {
    const exact = gradientsOf(shape, {}), found = gradientsOf(shape, { halves: true });
    const expected = [exact.hidden, ...exact.all];
    const differences = [found.hidden, ...found.all].map((tensor, k) => relativeDifference(tensor, expected[k] as Tensor));
    expect(Math.max(...differences), JSON.stringify(differences)).toBeLessThan(8 * ROUNDING);
    expect(Math.min(...differences), JSON.stringify(differences)).toBeGreaterThan(ROUNDING / 100);
  });
});
