import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cell } from '../../src/ops/cell.ts';
import { cellNames, cells } from '../../src/ops/cells.ts';
import type { CellName } from '../../src/ops/cells.ts';
import { createLayout } from '../../src/ops/packed-layout.ts';
import type { Direction } from '../../src/ops/packed-layout.ts';
import { finalStates, recurrence } from '../../src/ops/recurrence.ts';
import type { RecurrenceInputs } from '../../src/ops/reference.ts';
import { gatherRows } from '../../src/ops/linear.ts';
import { normalValues } from '../../src/random.ts';
import { startEngine } from '../support/engine.ts';
import { largestDifference } from '../support/golden.ts';

beforeAll(() => startEngine('portable'));

const HIDDEN = 3;

function layoutOf(lengths: number[]) {
  const batchSizes = Array.from({ length: Math.max(0, ...lengths) }, (_, step) => lengths.filter((length) => length > step).length);
  return createLayout({ lengths: Int32Array.from(lengths), batchSizes: Int32Array.from(batchSizes) });
}

function randomTensor(shape: number[], subindex: number): tf.Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tf.tensor(normalValues(count, { seed: 5, purpose: 'sample', subindex }), shape);
}

/** With a gain or a bias for each value that a cell has of its own, and, masked, factors of the hidden state for the batch's five rows. */
function createInputs(name: CellName, tokens: number, isMasked: boolean): RecurrenceInputs {
  const cell: Cell = cells[name], rows = cell.gates * HIDDEN;
  const biases = cell.bias === 'own' ? { bias_ih: { multiple: cell.gates }, bias_hh: { multiple: cell.gates } } : {};
  const own = Object.entries({ ...biases, ...cell.own })
    .map(([key, { multiple }], k): [string, Tensor1D] => [key, randomTensor([multiple * HIDDEN], 20 + k) as Tensor1D]);
  return {
    ...(own.length === 0 ? {} : { own: Object.fromEntries(own) }),
    ...(isMasked ? { mask: randomTensor([5, HIDDEN], 30) as Tensor2D } : {}),
    gateInputs: randomTensor([tokens, rows], 1) as Tensor2D,
    index: tf.tensor1d([], 'int32'),
    weightHh: randomTensor([rows, HIDDEN], 2) as Tensor2D,
    biasHh: randomTensor([rows], 3) as Tensor1D,
  };
}

const directions = ['forward', 'reverse'] as const;
const table = cellNames.flatMap((name) => {
  const masks = cells[name].ownProduct === null ? [false, true] : [false];
  return directions.flatMap((direction) => masks.map((isMasked): [CellName, Direction, boolean] => [name, direction, isMasked]));
});

describe.each(table)('%s, %s, its state masked: %j', (name, direction, isMasked) => {
  const lengths = [4, 3, 3, 1, 0];
  const layout = layoutOf(lengths);
  const tokens = 11;

  it('reads each row as if it were alone in the batch', () => {
    const inputs = createInputs(name, tokens, isMasked);
    const together = finalStates(recurrence(cells[name], inputs, { layout, direction }), { layout, direction }).arraySync();
    lengths.forEach((length, row) => {
      const own = tf.tensor1d(Array.from({ length }, (_, step) => (layout.offsets[step] ?? 0) + row), 'int32');
      const walk = { layout: layoutOf([length]), direction };
      const masked = inputs.mask === undefined ? {} : { mask: tf.slice<tf.Rank, Tensor2D>(inputs.mask, row, 1) };
      const alone = finalStates(
        recurrence(cells[name], { ...inputs, ...masked, gateInputs: tf.gather(inputs.gateInputs, own) }, walk),
        walk,
      ).arraySync();
      expect(largestDifference(together[row] ?? [], alone[0] ?? [])).toBeLessThan(1e-6);
    });
  });

  it('leaves the state of an empty row at zero', () => {
    const states = finalStates(recurrence(cells[name], createInputs(name, tokens, isMasked), { layout, direction }), { layout, direction });
    expect(states.shape).toEqual([5, HIDDEN]);
    expect(states.arraySync()[4]).toEqual([0, 0, 0]);
  });

  it('accepts a batch of nothing but empty rows', () => {
    const walk = { layout: layoutOf([0, 0]), direction };
    const states = finalStates(recurrence(cells[name], createInputs(name, 0, isMasked), walk), walk);
    expect(states.arraySync()).toEqual([[0, 0, 0], [0, 0, 0]]);
  });

  it('reads shared input rows through the index as it reads them copied out', () => {
    const inputs = createInputs(name, 4, isMasked);
    const index = tf.tensor1d([0, 3, 3, 1, 2, 0, 0, 1, 3, 2, 1], 'int32');
    const weights = randomTensor([tokens, HIDDEN], 4);
    const loss = (shared: boolean) => (gateInputs: tf.Tensor) => {
      const rows = shared ? gateInputs : gatherRows(gateInputs as Tensor2D, index);
      const hidden = recurrence(
        cells[name],
        { ...inputs, gateInputs: rows as Tensor2D, index: shared ? index : inputs.index },
        { layout, direction },
      );
      return tf.sum(tf.mul(hidden, weights));
    };
    const [one, other] = [true, false].map((shared) => tf.valueAndGrad(loss(shared))(inputs.gateInputs));
    expect(largestDifference(one?.value.dataSync() ?? [], other?.value.dataSync() ?? [])).toBeLessThan(1e-5);
    expect(largestDifference(one?.grad.dataSync() ?? [], other?.grad.dataSync() ?? [])).toBeLessThan(1e-5);
  });

  it('has the gradients that finite differences give', () => {
    const inputs = createInputs(name, tokens, isMasked);
    const weights = randomTensor([tokens, HIDDEN], 4);
    const names = Object.keys(inputs.own ?? {});
    const loss = (...[gateInputs, weightHh, biasHh, ...own]: tf.Tensor[]): tf.Scalar => {
      const moved = own.length === 0 ? {} : { own: Object.fromEntries(names.map((key, k) => [key, own[k] as Tensor1D])) };
      const weighted = { gateInputs: gateInputs as Tensor2D, weightHh: weightHh as Tensor2D, biasHh: biasHh as Tensor1D };
      return tf.sum(tf.mul(weights, recurrence(cells[name], { ...inputs, ...weighted, ...moved }, { layout, direction })));
    };
    const at = [inputs.gateInputs, inputs.weightHh, inputs.biasHh, ...Object.values(inputs.own ?? {})];
    const gradients = tf.grads(loss)([...at]);
    const STEP = 4e-3;
    at.forEach((tensor, k) => {
      // One random direction for each input: the derivative along it, against the central difference.
      const along = randomTensor(tensor.shape, 10 + k);
      const moved = (sign: number) => loss(...at.map((other, j) => (j === k ? tf.add(other, tf.mul(along, sign * STEP)) : other)));
      const difference = (moved(1).arraySync() - moved(-1).arraySync()) / (2 * STEP);
      const derivative = tf.sum(tf.mul(gradients[k] as tf.Tensor, along)).arraySync() as number;
      expect(Math.abs(derivative - difference)).toBeLessThan(5e-3 * Math.max(1, Math.abs(difference)));
    });
  });

  it('refuses a second derivative with a clear word', () => {
    const inputs = createInputs(name, tokens, isMasked);
    const first = (gateInputs: tf.Tensor) => tf.grad((x: tf.Tensor) =>
      tf.sum(recurrence(cells[name], { ...inputs, gateInputs: x as Tensor2D }, { layout, direction })))(gateInputs);
    expect(() => tf.grad((x: tf.Tensor) => tf.sum(tf.square(first(x))))(inputs.gateInputs)).toThrow(
      `${name}: second derivatives of a recurrence are not implemented`,
    );
  });
});
