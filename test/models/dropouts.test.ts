import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { experimentSchema } from '../../src/experiment-schema.ts';
import { embedding } from '../../src/models/embedding.ts';
import { evaluationPass, joinedRows, lockedDropout, trainingPass, unshareRows } from '../../src/models/module.ts';
import type { Pass } from '../../src/models/module.ts';
import { createWeights } from '../../src/models/parameters.ts';
import { createLayout, rowIndex } from '../../src/ops/packed-layout.ts';
import { normalValues } from '../../src/random.ts';
import { startEngine } from '../support/engine.ts';
import { packReviews } from '../support/golden.ts';

beforeAll(() => startEngine('portable'));

const WIDTH = 40, VOCABULARY = 9;
const batch = packReviews([[2, 5, 5, 1, 8, 3], [4, 2, 7], [6, 5], []], [1, 0, 1, 1], VOCABULARY);
const row = [...rowIndex(createLayout(batch))];
const table = tf.tensor2d(normalValues(VOCABULARY * WIDTH, { seed: 1, purpose: 'sample' }), [VOCABULARY, WIDTH]);

/** [tokens][width] what a token's embedded values are multiplied by: 0 or 1/(1 − rate). */
function factors(model: object, pass: Pass): number[][] {
  const settings = experimentSchema.parse({ model: { embeddingSize: WIDTH, ...model } }).model;
  const embed = embedding.create(settings, { vocabularySize: VOCABULARY, inputSize: 0, blocks: 0, classes: 2 });
  const sequence = embed.apply(batch, createWeights(new Map([['embed.weight', table]]), batch.distinctIds), pass);
  return joinedRows(unshareRows(sequence)).arraySync().map((values, token) =>
    values.map((value, k) => value / (table.arraySync()[batch.tokenIds[token] ?? 0]?.[k] ?? 0)));
}

/** Which tokens have the same mask as another one. */
function tokensAlike(masks: readonly number[][]): number[] {
  const seen = masks.map((mask) => mask.map((factor) => factor.toFixed(3)).join());
  return seen.map((mask) => seen.indexOf(mask));
}

describe('dropout on embeddings', () => {
  const rate = { embeddingDropoutRate: 0.5 };

  it.each([
    ['element', 'each token has a mask of its own', [...batch.tokenIds.keys()]],
    ['type', 'a word has one mask wherever it stands', [...batch.tokenIds].map((id) => batch.tokenIds.indexOf(id))],
    ['locked', 'a review has one mask for all its tokens', row.map((of) => row.indexOf(of))],
  ])('%s: %s, 0 or twice the value', (embeddingDropoutKind, _, expected) => {
    const masks = factors({ ...rate, embeddingDropoutKind }, trainingPass(3, 8));
    expect(tokensAlike(masks)).toEqual(expected);
    for (const factor of masks.flat()) expect([0, 2]).toContain(Number(factor.toFixed(4)));
    expect(masks).not.toEqual(factors({ ...rate, embeddingDropoutKind }, trainingPass(3, 9)));
    expect(factors({ ...rate, embeddingDropoutKind }, evaluationPass).flat().every((factor) => factor === 1)).toBe(true);
  });

  it('of whole words drops all of a vector or nothing, wherever the word stands', () => {
    const masks = [0, 1, 2, 3].map((step) => factors({ wordDropoutRate: 0.5 }, trainingPass(3, step)));
    for (const mask of masks) {
      for (const token of mask) expect(new Set(token.map((factor) => Math.round(factor))).size).toBe(1);
      const words = mask.map(([first = Number.NaN], token) => [batch.tokenIds[token], Math.round(first)] as const);
      for (const [id, factor] of words) expect(words.filter(([other]) => other === id).every(([, same]) => same === factor)).toBe(true);
    }
    expect(new Set(masks.flat(2).map((factor) => Math.round(factor)))).toEqual(new Set([0, 2]));
  });
});

it('the gradient passes a locked mask as the values did', () => {
  const layout = createLayout(batch), x = tf.ones<tf.Rank.R2>([row.length, WIDTH]);
  const drop = (values: tf.Tensor): Tensor2D => lockedDropout(values as Tensor2D, layout, { pass: trainingPass(1, 2), rate: 0.3, place: 'here' });
  const gradient = tf.grad((values) => tf.sum(tf.mul(drop(values), 3)))(x);
  expect([...gradient.dataSync()]).toEqual([...tf.mul(drop(x), 3).dataSync()]);
});
