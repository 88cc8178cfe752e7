import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { cellNames, cells } from '../../src/ops/cells.ts';
import type { CellName } from '../../src/ops/cells.ts';
import { createLayout } from '../../src/ops/packed-layout.ts';
import type { Direction } from '../../src/ops/packed-layout.ts';
import { finalStates, recurrence } from '../../src/ops/recurrence.ts';
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

function createInputs(cell: CellName, tokens: number) {
  const rows = cells[cell].gates * HIDDEN;
  return {
    gateInputs: randomTensor([tokens, rows], 1) as Tensor2D,
    index: tf.tensor1d([], 'int32'),
    weightHh: randomTensor([rows, HIDDEN], 2) as Tensor2D,
    biasHh: randomTensor([rows], 3) as Tensor1D,
  };
}

const directions = ['forward', 'reverse'] as const;
const table = cellNames.flatMap((name) => directions.map((direction): [CellName, Direction] => [name, direction]));

describe.each(table)('%s, %s', (name, direction) => {
  const lengths = [4, 3, 3, 1, 0];
  const layout = layoutOf(lengths);
  const tokens = 11;

  it('reads each row as if it were alone in the batch', () => {
    const inputs = createInputs(name, tokens);
    const together = finalStates(recurrence(cells[name], inputs, { layout, direction }), { layout, direction }).arraySync();
    lengths.forEach((length, row) => {
      const own = tf.tensor1d(Array.from({ length }, (_, step) => (layout.offsets[step] ?? 0) + row), 'int32');
      const walk = { layout: layoutOf([length]), direction };
      const alone = finalStates(
        recurrence(cells[name], { ...inputs, gateInputs: tf.gather(inputs.gateInputs, own) }, walk),
        walk,
      ).arraySync();
      expect(largestDifference(together[row] ?? [], alone[0] ?? [])).toBeLessThan(1e-6);
    });
  });

  it('leaves the state of an empty row at zero', () => {
    const states = finalStates(recurrence(cells[name], createInputs(name, tokens), { layout, direction }), { layout, direction });
    expect(states.shape).toEqual([5, HIDDEN]);
    expect(states.arraySync()[4]).toEqual([0, 0, 0]);
  });

  it('accepts a batch of nothing but empty rows', () => {
    const walk = { layout: layoutOf([0, 0]), direction };
    const states = finalStates(recurrence(cells[name], createInputs(name, 0), walk), walk);
    expect(states.arraySync()).toEqual([[0, 0, 0], [0, 0, 0]]);
  });

  it('reads shared input rows through the index as it reads them copied out', () => {
    const inputs = createInputs(name, 4);
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
    const inputs = createInputs(name, tokens);
    const weights = randomTensor([tokens, HIDDEN], 4);
    const loss = (gateInputs: tf.Tensor, weightHh: tf.Tensor, biasHh: tf.Tensor): tf.Scalar =>
      tf.sum(
        tf.mul(
          weights,
          recurrence(
            cells[name],
            { ...inputs, gateInputs: gateInputs as Tensor2D, weightHh: weightHh as Tensor2D, biasHh: biasHh as Tensor1D },
            { layout, direction },
          ),
        ),
      );
    const at = [inputs.gateInputs, inputs.weightHh, inputs.biasHh] as const;
    const gradients = tf.grads(loss)([...at]);
    const STEP = 1e-2;
    at.forEach((tensor, k) => {
      // One random direction for each input: the derivative along it, against the central difference.
      const along = randomTensor(tensor.shape, 10 + k);
      const moved = (sign: number) =>
        loss(...(at.map((other, j) => (j === k ? tf.add(other, tf.mul(along, sign * STEP)) : other)) as [tf.Tensor, tf.Tensor, tf.Tensor]));
      const difference = (moved(1).arraySync() - moved(-1).arraySync()) / (2 * STEP);
      const derivative = tf.sum(tf.mul(gradients[k] as tf.Tensor, along)).arraySync() as number;
      expect(Math.abs(derivative - difference)).toBeLessThan(5e-3 * Math.max(1, Math.abs(difference)));
    });
  });

  it('refuses a second derivative with a clear word', () => {
    const inputs = createInputs(name, tokens);
    const first = (gateInputs: tf.Tensor) => tf.grad((x: tf.Tensor) =>
      tf.sum(recurrence(cells[name], { ...inputs, gateInputs: x as Tensor2D }, { layout, direction })))(gateInputs);
    expect(() => tf.grad((x: tf.Tensor) => tf.sum(tf.square(first(x))))(inputs.gateInputs)).toThrow(
      `${name}: second derivatives of a recurrence are not implemented`,
    );
  });
});
