import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { minimal } from '../../src/models/encoders/minimal.ts';
import { evaluationPass, joinedRows } from '../../src/models/module.ts';
import { createWeights, initializeParameters } from '../../src/models/parameters.ts';
import { createLayout } from '../../src/ops/packed-layout.ts';
import { previousRows } from '../../src/ops/previous.ts';
import { normalValues } from '../../src/random.ts';
import { startEngine } from '../support/engine.ts';
import { largestDifference, packReviews } from '../support/golden.ts';

const VOCABULARY = 12, D = 3, H = 4;
const reviews = [[2, 5, 5, 1, 8, 3, 10], [4, 2, 7], [], [6, 3, 2, 4], [7], [1, 6, 6]];
const engines = inject('hasNativeEngine') ? (['reference', 'native', 'portable'] as const) : (['portable'] as const);
const table = normalValues(VOCABULARY * D, { seed: 1, purpose: 'sample' });

type Kind = Partial<z.infer<z.ZodObject<typeof minimal.settings>>>;

/** [review][token][unit] what two layers of a QRNN make of reviews in one packed batch, whose tokens share rows where they are one word. */
function encode(texts: number[][], kind: Kind): number[][][] {
  const settings = z.object(minimal.settings).parse({ cell: 'qrnn', hiddenSize: H, layers: 2, ...kind });
  const encoder = minimal.create(settings, { inputSize: D, blocks: 1, vocabularySize: VOCABULARY, classes: 2 });
  const parameters = initializeParameters(encoder.parameters, 5);
  const batch = packReviews(texts, texts.map(() => 0), VOCABULARY), layout = createLayout(batch);
  const rows = tf.tidy(() => {
    const words = tf.gather(tf.tensor2d(table, [VOCABULARY, D]), tf.tensor1d(batch.distinctIds, 'int32'));
    const sequence = { blocks: [{ rows: words, direction: 'forward' as const }], index: tf.tensor1d(batch.distinctIndex, 'int32'), layout };
    return joinedRows(encoder.apply(sequence, createWeights(parameters, batch.distinctIds), evaluationPass)).arraySync();
  });
  tf.dispose([...parameters.values()]);
  return texts.map((text, row) => text.map((_, t) => rows[(layout.offsets[t] ?? 0) + batch.rows.indexOf(row)] ?? []));
}

/** The first token at which two texts of one length are encoded differently. */
function firstDifference(one: number[][], other: number[][]): number {
  return one.findIndex((values, t) => largestDifference(values, other[t] ?? []) > 1e-6);
}

describe.for(engines)('a QRNN, %s ops', (engine) => {
  beforeAll(() => startEngine(engine));
  let tensors = 0;
  beforeEach(() => { tensors = tf.memory().numTensors; });
  afterEach(() => { expect(tf.memory().numTensors).toBe(tensors); });

  describe.each([1, 2])('of window %i', (window) => {
    it.each([false, true])('reads a review in a ragged batch as it reads it alone, bidirectional %s', (bidirectional) => {
      const together = encode(reviews, { window, bidirectional });
      reviews.forEach((review, row) => {
        const [alone = []] = encode([review], { window, bidirectional });
        expect(largestDifference((together[row] ?? []).flat(), alone.flat()), `review ${row}`).toBeLessThan(1e-6);
      });
    });

    it('sees no later token in one direction, and each in both', () => {
      const text = [2, 5, 5, 1, 8, 3, 10];
      const [before = []] = encode([text], { window }), [both = []] = encode([text], { window, bidirectional: true });
      text.forEach((_, t) => {
        const changed = text.with(t, 11);
        expect(firstDifference(before, encode([changed], { window })[0] ?? [])).toBe(t);
        expect(firstDifference(both, encode([changed], { window, bidirectional: true })[0] ?? [])).toBe(0);
      });
    });

    it('has in reverse the states that the same weights have of the text turned round', () => {
      const text = reviews[0] ?? [], one = { window, layers: 1, bidirectional: true };
      const settings = z.object(minimal.settings).parse({ cell: 'qrnn', hiddenSize: H, ...one });
      const encoder = minimal.create(settings, { inputSize: D, blocks: 1, vocabularySize: VOCABULARY, classes: 2 });
      const parameters = new Map([...initializeParameters(encoder.parameters, 5)]);
      for (const [name, values] of parameters)
        if (name.endsWith('_reverse')) {
          values.dispose();
          parameters.set(name, tf.clone(parameters.get(name.replace('_reverse', '')) as tf.Tensor));
        }
      const read = (ids: number[]): number[][] => tf.tidy(() => {
        const words = tf.gather(tf.tensor2d(table, [VOCABULARY, D]), tf.tensor1d(ids, 'int32'));
        const layout = createLayout({ lengths: Int32Array.of(ids.length), batchSizes: new Int32Array(ids.length).fill(1) });
        const sequence = { blocks: [{ rows: words, direction: 'forward' as const }], index: null, layout };
        return joinedRows(encoder.apply(sequence, createWeights(parameters, new Int32Array()), evaluationPass)).arraySync();
      });
      const straight = read(text), turned = read(text.toReversed()).reverse();
      expect(largestDifference(straight.flatMap((row) => row.slice(H)), turned.flatMap((row) => row.slice(0, H)))).toBeLessThan(1e-6);
      expect(largestDifference(straight.flatMap((row) => row.slice(H)), straight.flatMap((row) => row.slice(0, H)))).toBeGreaterThan(0.01);
      tf.dispose([...parameters.values()]);
    });
  });

  it('has a window of 2 where a config does not say, which is another model than one of 1', () => {
    const text = [2, 5, 5, 1];
    expect(largestDifference(encode([text], { window: 1 }).flat(2), encode([text], { window: 2 }).flat(2))).toBeGreaterThan(0.01);
    expect(encode([text], {})).toEqual(encode([text], { window: 2 }));
  });
});

describe.for(engines)('the rows of the tokens before, %s ops', (engine) => {
  beforeAll(() => startEngine(engine));

  it.each([
    ['forward', [0, 0, 0, 1, 2, 4]],
    ['reverse', [4, 5, 0, 6, 0, 0]],
  ] as const)('%s: of the same row of the batch, zero before the first', (direction, expected) => {
    const layout = createLayout({ lengths: Int32Array.of(3, 2, 1), batchSizes: Int32Array.of(3, 2, 1) });
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [6, 1]);
    expect([...previousRows(x, layout, direction).dataSync()]).toEqual(expected);
    const weights = tf.tensor2d([1, 10, 100, 1000, 10_000, 100_000], [6, 1]);
    const gradient = tf.grad((rows) => tf.sum(tf.mul(previousRows(rows as tf.Tensor2D, layout, direction), weights)))(x).dataSync();
    const spread = [0, 0, 0, 0, 0, 0];
    expected.forEach((value, token) => { if (value > 0) spread[value - 1] = 10 ** token; });
    expect([...gradient]).toEqual(spread);
  });

  it('are none of no tokens', () => {
    const layout = createLayout({ lengths: Int32Array.of(0, 0), batchSizes: new Int32Array() });
    expect(previousRows(tf.zeros([0, 3]), layout, 'forward').shape).toEqual([0, 3]);
  });
});
