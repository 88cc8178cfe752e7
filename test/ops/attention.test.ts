import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { activate, activations } from '../../src/ops/activations.ts';
import { attention } from '../../src/ops/attention.ts';
import type { AnyAttentionInputs, AttentionInputs, AttentionPlan } from '../../src/ops/attention.ts';
import { dropout } from '../../src/ops/dropout.ts';
import { layerNorm } from '../../src/ops/layer-norm.ts';
import { createLayout } from '../../src/ops/packed-layout.ts';
import type { PackedLayout } from '../../src/ops/packed-layout.ts';
import { hashName, normalValues } from '../../src/random.ts';
import { namesOf } from '../../src/registry.ts';
import { startEngine } from '../support/engine.ts';
import { largestDifference } from '../support/golden.ts';

const SIZE = 6, HEADS = 2;

function layoutOf(lengths: readonly number[]): PackedLayout {
  const batchSizes = Array.from({ length: Math.max(0, ...lengths) }, (_, step) => lengths.filter((length) => length > step).length);
  return createLayout({ lengths: Int32Array.from(lengths), batchSizes: Int32Array.from(batchSizes) });
}

const random = (shape: [number, number], index: number): Tensor2D =>
  tf.tensor2d(normalValues(shape[0] * shape[1], { seed: 5, purpose: 'sample', index }), shape);
const inputsOf = (queries: number, keys = queries): AttentionInputs =>
  ({ query: random([queries, SIZE], 1), key: random([keys, SIZE], 2), value: random([keys, SIZE], 3) });
const total = (lengths: readonly number[]): number => lengths.reduce((sum, length) => sum + length, 0);
const planOf = (queries: PackedLayout, others: Partial<AttentionPlan> = {}): AttentionPlan =>
  ({ heads: HEADS, queries, keys: queries, keyRows: null, isCausal: false, dropoutMask: () => null, ...others });
const dropped: AttentionPlan['dropoutMask'] = (place) => ({ rate: 0.4, seed: 1, step: 2, place: hashName(place) });

/** Packed rows of one row of the batch. */
const rowsOf = (x: Tensor2D, { lengths, offsets }: PackedLayout, row: number): Tensor2D =>
  tf.gather(x, tf.tensor1d(Array.from({ length: lengths[row] ?? 0 }, (_, step) => (offsets[step] ?? 0) + row), 'int32'));

/** By equation 1 of Vaswani et al. (2017), pair by pair in double precision. */
function expected({ query, key, value }: { query: number[][]; key: number[][]; value: number[][] }, isCausal = false): number[][] {
  const size = SIZE / HEADS;
  return query.map((q, t) => Array.from({ length: HEADS }, (_, head) => {
    const part = (x: number[]): number[] => x.slice(head * size, (head + 1) * size);
    const seen = key.map((_, s) => s).filter((s) => !isCausal || s <= t);
    const scores = seen.map((s) => Math.exp(part(q).reduce((sum, x, k) => sum + x * part(key[s]!)[k]!, 0) / Math.sqrt(size)));
    const all = scores.reduce((a, b) => a + b, 0);
    return Array.from({ length: size }, (_, k) => seen.reduce((sum, s, i) => sum + (scores[i]! / all) * part(value[s]!)[k]!, 0));
  }).flat());
}

/** The largest difference of the gradients of a weighted sum of results from central differences. */
function compareWithDifferences(compute: (...inputs: Tensor2D[]) => Tensor2D, inputs: readonly Tensor2D[]): number {
  const lossOf = (...given: Tensor[]): tf.Scalar => {
    const result = compute(...given as Tensor2D[]);
    return tf.sum(tf.mul(result, random(result.shape, 9)));
  };
  const gradients = tf.grads(lossOf)([...inputs]);
  return Math.max(...inputs.map((input, k) => {
    const values = input.dataSync();
    const numeric = Array.from(values, (_, i) => {
      const [up = 0, down = 0] = [1e-2, -1e-2].map((by) => tf.tidy(() =>
        lossOf(...inputs.map((other, j) =>
          (j === k ? tf.tensor2d(values.map((value, at) => (at === i ? value + by : value)), input.shape) : other))).dataSync()[0]));
      return (up - down) / 2e-2;
    });
    return largestDifference(gradients[k]!.dataSync(), numeric);
  }));
}

describe.for(inject('hasNativeEngine') ? (['reference', 'native', 'portable'] as const) : (['portable'] as const))('%s ops', (engine) => {
  beforeAll(() => startEngine(engine));

  describe.each([
    ['full rows', [3, 3, 3]], ['rows of unequal length', [5, 3, 3, 1]], ['rows of which some are empty', [4, 2, 0, 0]],
  ])('attention, %s', (_, lengths) => {
    const layout = layoutOf(lengths);

    it.each([false, true])('is what the equation says of each row alone, causal %s', (isCausal) => {
      const inputs = inputsOf(total(lengths));
      const result = attention(inputs, planOf(layout, { isCausal }), 'x');
      lengths.forEach((length, row) => {
        if (length === 0) return;
        const own = Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, rowsOf(x as Tensor2D, layout, row).arraySync()]));
        const theirs = expected(own as Parameters<typeof expected>[0], isCausal);
        expect(largestDifference(rowsOf(result, layout, row).arraySync().flat(), theirs.flat())).toBeLessThan(1e-5);
      });
    });

    it.each([['as it is', {}], ['causal', { isCausal: true }], ['with dropout', { dropoutMask: dropped }]] as const)(
      'is the same to the bit of queries, keys and values side by side, and so are its gradients, %s', (__, others) => {
        const { query, key, value } = inputsOf(total(lengths)), weights = random([total(lengths), SIZE], 9);
        const lossOf = (inputs: AnyAttentionInputs): tf.Scalar =>
          tf.sum(tf.mul(attention(inputs, planOf(layout, others), 'x'), weights));
        const apart = tf.grads((q, k, v) =>
          lossOf({ query: q as Tensor2D, key: k as Tensor2D, value: v as Tensor2D }))([query, key, value]);
        const joined = tf.concat([query, key, value], 1), [found] = tf.grads((x) => lossOf({ joined: x as Tensor2D }))([joined]);
        expect(lossOf({ joined }).dataSync()).toEqual(lossOf({ query, key, value }).dataSync());
        expect(found?.dataSync()).toEqual(tf.concat(apart as Tensor2D[], 1).dataSync());
      },
    );

    it('is the same in one group and in many, and so are its gradients', () => {
      const inputs = Object.values(inputsOf(total(lengths)));
      const run = (limit?: number): Tensor[] => {
        const compute = (query: Tensor, key: Tensor, value: Tensor): Tensor2D =>
          attention({ query: query as Tensor2D, key: key as Tensor2D, value: value as Tensor2D }, planOf(layout), 'x', limit);
        const [query, key, value] = inputs as [Tensor2D, Tensor2D, Tensor2D];
        const weights = random([total(lengths), SIZE], 9);
        return [compute(query, key, value), ...tf.grads((q, k, v) => tf.sum(tf.mul(compute(q, k, v), weights)))([query, key, value])];
      };
      const [one, many] = [run(), run(20)];
      one.forEach((tensor, k) => { expect(largestDifference(many[k]!.dataSync(), tensor.dataSync())).toBeLessThan(1e-6); });
    });

    it.each([['as it is', {}], ['causal', { isCausal: true }], ['with dropout', { dropoutMask: dropped }]] as const)(
      'has the gradients that finite differences find, %s', (_, others) => {
        const { query, key, value } = inputsOf(total(lengths));
        const difference = compareWithDifferences(
          (q, k, v) => attention({ query: q, key: k, value: v }, planOf(layout, others), 'x', 60), [query, key, value]);
        expect(difference).toBeLessThan(5e-3);
      });
  });

  it('lets each row attend to a row of other lengths and another order', () => {
    const queries = layoutOf([3, 2]), keys = layoutOf([4, 1]);
    const inputs = inputsOf(5, 5);
    const plan = planOf(queries, { keys, keyRows: Int32Array.of(1, 0) });
    const result = attention(inputs, plan, 'x');
    [0, 1].forEach((row) => {
      const own = {
        query: rowsOf(inputs.query, queries, row).arraySync(),
        key: rowsOf(inputs.key, keys, 1 - row).arraySync(), value: rowsOf(inputs.value, keys, 1 - row).arraySync(),
      };
      expect(largestDifference(rowsOf(result, queries, row).arraySync().flat(), expected(own).flat())).toBeLessThan(1e-5);
    });
    const { query, key, value } = inputs;
    expect(compareWithDifferences((q, k, v) => attention({ query: q, key: k, value: v }, plan, 'x'), [query, key, value]))
      .toBeLessThan(5e-3);
  });

  it('of no tokens at all has no rows, and no gradients but zero', () => {
    const { query, key, value } = inputsOf(0);
    const plan = planOf(layoutOf([0, 0]));
    const gradients = tf.grads((q, k, v) =>
      tf.sum(attention({ query: q as Tensor2D, key: k as Tensor2D, value: v as Tensor2D }, plan, 'x')))([query, key, value]);
    expect(gradients.map(({ shape }) => shape)).toEqual([[0, SIZE], [0, SIZE], [0, SIZE]]);
  });

  it('layer norm has mean 0 and variance 1 before its weights, and the gradients that finite differences find', () => {
    const x = random([5, SIZE], 1);
    const ones: tf.Tensor1D = tf.ones([SIZE]), zeros: tf.Tensor1D = tf.zeros([SIZE]);
    const { mean, variance } = tf.moments(layerNorm(x, ones, zeros), 1);
    expect(largestDifference(mean.dataSync(), [0, 0, 0, 0, 0])).toBeLessThan(1e-6);
    expect(largestDifference(variance.dataSync(), [1, 1, 1, 1, 1])).toBeLessThan(1e-3);
    const difference = compareWithDifferences(
      (rows, weight, bias) => layerNorm(rows, tf.reshape(weight, [SIZE]), tf.reshape(bias, [SIZE])),
      [x, random([1, SIZE], 2), random([1, SIZE], 3)]);
    expect(difference).toBeLessThan(5e-3);
  });

  it.each(namesOf(activations))('%s, with the dropout after it, has the gradients that finite differences find', (name) => {
    const x = random([5, SIZE], 1);
    const away = tf.add<Tensor2D>(x, tf.mul(tf.sign(x), 0.1)); // of relu's corner
    const drop = (x: Tensor2D): Tensor2D => dropout(x, { rate: 0.4, seed: 1, step: 2, place: 7 });
    expect(compareWithDifferences((x) => activate(x, name, drop), [away])).toBeLessThan(5e-3);
  });

  it('in evaluation holds the shares of one group at a time, or of none', async () => {
    const layout = layoutOf([20, 20, 20, 20, 20, 20, 20, 20]);
    const { query, key, value } = inputsOf(160);
    const peak = async (limit?: number): Promise<number> => {
      const { peakBytes } = await tf.profile(() => tf.tidy(() => {
        attention({ query, key, value }, planOf(layout), 'x', limit);
        return tf.scalar(0);
      }));
      return peakBytes - tf.memory().numBytes;
    };
    const shares = 4 * HEADS * 160 * 20;
    if (engine === 'native') expect(await peak()).toBeLessThan(shares / 2);
    else expect(await peak(HEADS * 400)).toBeLessThan(await peak() / 2);
  });

  it('leaves no tensor behind', () => {
    const layout = layoutOf([4, 2, 0]);
    const before = tf.memory().numTensors;
    const run = (): void => { tf.tidy(() => {
      const { query, key, value } = inputsOf(6);
      const one = tf.ones<tf.Rank.R1>([SIZE]);
      tf.dispose(tf.grads((q, k, v) => tf.sum(activate(layerNorm(
        attention({ query: q as Tensor2D, key: k as Tensor2D, value: v as Tensor2D }, planOf(layout), 'x', 20), one, one), 'gelu', (x) => x,
      )))([query, key, value]));
      attention({ query, key, value }, planOf(layout), 'x');
    }); };
    run();
    run();
    expect(tf.memory().numTensors).toBe(before);
  });
});
