import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { attention } from '../../src/ops/attention.ts';
import { createRandomStream } from '../../src/random.ts';
import { startEngine } from '../support/engine.ts';
import { byReference, layoutOf, runAttention } from './attention-problem.ts';
import type { AttentionOptions, AttentionShape } from './attention-problem.ts';
import { randomTensor, relativeDifference } from './native-problem.ts';

/** Single precision over some hundred terms, in another order of sums. */
const TOLERANCE = 2e-5;

const random = createRandomStream({ seed: 12, purpose: 'sample' });
const draw = (count: number, longest: number, least = 0): number[] =>
  Array.from({ length: count }, () => least + random.below(longest + 1 - least)).sort((a, b) => b - a);

/** Rows to themselves, to those of another order, and to rows that several of them share while others have none. */
function randomShape(longest: number): AttentionShape {
  const sizes = { heads: 1 + random.below(4), size: 1 + random.below(40) }, rows = 1 + random.below(6);
  const queries = [longest, ...draw(rows - 1, longest)];
  if (random.below(2) === 0) return { ...sizes, queries };
  return { ...sizes, queries, keys: draw(rows, longest, 1), keyRows: Array.from({ length: rows }, () => random.below(rows)) };
}

const shapes: AttentionShape[] = [
  { heads: 1, size: 1, queries: [1] },
  { heads: 4, size: 64, queries: [300, 97, 96, 1] },
  { heads: 2, size: 5, queries: [7, 3, 0, 0] },
  { heads: 2, size: 300, queries: [5, 2] },
  { heads: 3, size: 8, queries: [9, 4, 1], keys: [280, 5, 1], keyRows: [2, 0, 1] },
  ...Array.from({ length: 12 }, (_, i) => randomShape(i % 3 === 0 ? 270 : 30)),
];
const options: AttentionOptions[] = [false, true].flatMap((isCausal) => [0, 0.4].map((dropoutRate) => ({ isCausal, dropoutRate })));

function compare(found: readonly Tensor[], expected: readonly Tensor[]): void {
  found.forEach((tensor, k) => {
    expect(tensor.shape).toEqual(expected[k]?.shape);
    expect(relativeDifference(tensor, expected[k] as Tensor), `result ${k}`).toBeLessThan(TOLERANCE);
  });
}

describe.skipIf(!inject('hasNativeEngine'))('native attention', () => {
  beforeAll(() => startEngine('native'));

  it.each(shapes)('is what the reference makes of it, and so are its gradients: %j', (shape) => {
    for (const how of options) {
      for (const groupValues of [undefined, 3000]) {
        tf.tidy(() => { compare(runAttention(shape, how, groupValues), byReference(() => runAttention(shape, how, groupValues))); });
      }
    }
  });

  it('drops what the reference drops', () => {
    const shape = { heads: 2, size: 3, queries: [6, 5, 2] }, half = { isCausal: false, dropoutRate: 0.5 };
    tf.tidy(() => {
      const dropped = runAttention(shape, half)[0] as Tensor, kept = runAttention(shape, { ...half, dropoutRate: 0 })[0] as Tensor;
      expect(relativeDifference(dropped, kept)).toBeGreaterThan(0.1);
    });
  });

  it('has large scores, and those far below the greatest, as precisely', () => {
    const layout = layoutOf([40]);
    tf.tidy(() => {
      const [query, key, value] = [12, 12, 1].map((scale, k) => randomTensor([40, 8], k, scale) as tf.Tensor2D);
      const run = (): Tensor => attention(
        { query: query as tf.Tensor2D, key: key as tf.Tensor2D, value: value as tf.Tensor2D }, { heads: 2, queries: layout, keys: layout, keyRows: null, isCausal: false, dropoutMask: () => null }, 'x');
      compare([run()], [byReference(run)]);
    });
  });

  it('of a NaN is one, where a query sees it and nowhere else', () => {
    const layout = layoutOf([3, 2]);
    tf.tidy(() => {
      const rows = randomTensor([5, 4], 1) as tf.Tensor2D;
      const bad = tf.add<tf.Tensor2D>(rows, tf.tensor2d([[0], [0], [Number.NaN], [0], [0]]));
      const plan = { heads: 2, queries: layout, keys: layout, keyRows: null, isCausal: true, dropoutMask: () => null };
      const found = attention({ query: rows, key: bad, value: rows }, plan, 'x').arraySync();
      expect(found.map((row) => row.every(Number.isNaN))).toEqual([false, false, true, false, true]);
    });
  });

  it.each([
    ['every row of queries needs keys', { queries: layoutOf([2, 1]), keys: layoutOf([3]), keyRows: null }],
    ['every row of queries needs keys', { queries: layoutOf([2, 1]), keys: layoutOf([2, 1]), keyRows: Int32Array.of(0, 2) }],
    ['every row of queries needs a row of keys', { queries: layoutOf([2, 1]), keys: layoutOf([2, 1]), keyRows: Int32Array.of(0) }],
    ['queries and keys must have a row for each token', { queries: layoutOf([4]), keys: layoutOf([3]), keyRows: null }],
  ])('refuses rows that do not belong together: %s', (message, rows) => {
    const three = tf.zeros<tf.Rank.R2>([3, 4]);
    expect(() => attention({ query: three, key: three, value: three }, { heads: 2, isCausal: false, dropoutMask: () => null, ...rows }, 'x'))
      .toThrow(message);
  });
});
