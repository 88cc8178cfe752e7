import { describe, expect, it } from 'vitest';
import { encodePart } from '../../../src/text/encode.ts';
import type { EncodedPart } from '../../../src/text/encode.ts';
import { createVocabulary } from '../../../src/text/vocabulary.ts';
import { computeOffsets } from '../../../src/data/tokenized-corpus.ts';
import { createNgramFeatures, createPairIndex, hashKey } from '../../../src/training/linear/ngram-features.ts';
import { multiply, multiplyTransposed, scaleColumns } from '../../../src/training/linear/sparse-rows.ts';
import type { SparseRows } from '../../../src/training/linear/sparse-rows.ts';
import { toSparseRows } from './sparse-fixture.ts';

const words = ['good', 'not', 'bad', 'odd'];
const vocabulary = createVocabulary(['<pad>', '<unk>', 'good', 'not', 'bad']);

/** Reviews of words; `odd` is not in the vocabulary. */
function encode(reviews: readonly string[]): EncodedPart {
  const rows = reviews.map((review) => review.split(' ').filter((word) => word !== '').map((word) => words.indexOf(word)));
  const part = {
    wordIds: Int32Array.from(rows.flat()), offsets: computeOffsets(rows.map((row) => row.length)),
    labels: new Uint8Array(rows.length), ids: reviews.map((_, i) => String(i)),
  };
  return encodePart(words, part, vocabulary, { maxLength: 100, truncate: 'start' });
}

function toMatrix({ columns, values, offsets, width }: SparseRows): number[][] {
  return Array.from({ length: offsets.length - 1 }, (_, row) => {
    const dense = new Array<number>(width).fill(0);
    for (let k = offsets[row]!; k < offsets[row + 1]!; k++) dense[columns[k]!] = values[k]!;
    return dense;
  });
}

describe('n-gram features', () => {
  const train = encode(['not bad not bad', 'good', 'odd bad', '']);

  it('are a column for each word, and ones', () => {
    const rows = createNgramFeatures(train, 1).toRows(train, 'counts');
    expect(toMatrix(rows)).toEqual([[0, 2, 2, 1], [1, 0, 0, 1], [0, 0, 1, 1], [0, 0, 0, 1]]);
  });

  it('count presence once', () => {
    expect(toMatrix(createNgramFeatures(train, 1).toRows(train, 'presence'))[0]).toEqual([0, 1, 1, 1]);
  });

  it('pair neighbours within a review, never over an unknown word or from one review to the next', () => {
    const features = createNgramFeatures(train, 2);
    expect(features.width).toBe(3 + 2 + 1); // "not bad", "bad not"
    expect(toMatrix(features.toRows(train, 'counts'))[0]).toEqual([0, 2, 2, 2, 1, 1]);
  });

  it('leave out pairs that the training part does not have', () => {
    const rows = createNgramFeatures(train, 2).toRows(encode(['good bad not', 'bad odd not']), 'counts');
    expect(toMatrix(rows)).toEqual([[1, 1, 1, 0, 1, 1], [0, 1, 1, 0, 0, 1]]);
  });
});

describe('the index of pairs', () => {
  it.each([20_000, 2 ** 15, 2 ** 16])('spreads the pairs of a vocabulary of %i words over its slots', (vocabularySize) => {
    const pairs = Array.from({ length: 2 ** 16 }, (_, i) => (i >> 8) * vocabularySize + (i & 0xff));
    const slots = new Set(pairs.map((key) => hashKey(key) & (2 ** 17 - 1)));
    expect(slots.size / pairs.length).toBeGreaterThan(0.7); // of random slots 0.79
  });

  it('numbers 100,000 keys in their order, through every growth, and knows those that are not there', () => {
    const index = createPairIndex();
    const key = (i: number): number => (i * 7919) % 100_003 * 1_000_003 + i;
    for (let i = 0; i < 100_000; i++) index.add(key(i));
    for (let i = 0; i < 100_000; i += 7) index.add(key(i));
    expect(index.size()).toBe(100_000);
    expect(Array.from({ length: 100_000 }, (_, i) => index.find(key(i))).every((number, i) => number === i)).toBe(true);
    expect([index.find(-1), index.find(3), index.find(2 ** 52)]).toEqual([-1, -1, -1]);
  });
});

describe('sparse rows', () => {
  const rows = toSparseRows([[1, 0, 2], [0, 0, 0], [0, 3, -1]]);

  it('multiply as the dense matrix does', () => {
    expect([...multiply(rows, Float64Array.of(1, 10, 100))]).toEqual([201, 0, -70]);
    expect([...multiplyTransposed(rows, Float64Array.of(1, 5, 2))]).toEqual([1, 6, 0]);
    expect(toMatrix(scaleColumns(rows, Float64Array.of(2, 3, 4)))).toEqual([[2, 0, 8], [0, 0, 0], [0, 9, -4]]);
  });
});
