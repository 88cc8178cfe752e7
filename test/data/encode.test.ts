import { describe, expect, it } from 'vitest';
import { encodePart } from '../../src/text/encode.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { createVocabulary } from '../../src/text/vocabulary.ts';
import { corpusOf } from './corpus-fixture.ts';

const vocabulary = createVocabulary(['<pad>', '<unk>', 'a', 'b', 'c', 'd']);
const { words, test: part } = await tokenizeCorpus(corpusOf([], [['a b c d', 1], ['', 0], ['d never c', 0], ['b', 1]]));

const rowsOf = ({ tokenIds, offsets, ids }: ReturnType<typeof encodePart>): number[][] =>
  ids.map((_, row) => [...tokenIds.subarray(offsets[row], offsets[row + 1])]);

describe('encodePart', () => {
  it.each([
    ['start', 3, [[3, 4, 5], [], [5, 1, 4], [3]], 1],
    ['end', 3, [[2, 3, 4], [], [5, 1, 4], [3]], 1],
    ['start', 1, [[5], [], [4], [3]], 2],
    ['end', 1, [[2], [], [5], [3]], 2],
    ['start', 4, [[2, 3, 4, 5], [], [5, 1, 4], [3]], 0],
  ] as const)('cuts the %s of reviews longer than %i', (truncate, maxLength, expected, truncated) => {
    const encoded = encodePart(words, part, vocabulary, { maxLength, truncate });
    expect(rowsOf(encoded)).toEqual(expected);
    expect(encoded.truncatedReviews).toBe(truncated);
  });

  it('counts unknown words among the tokens kept', () => {
    expect(encodePart(words, part, vocabulary, { maxLength: 3, truncate: 'start' }).unknownTokens).toBe(1);
    expect(encodePart(words, part, vocabulary, { maxLength: 1, truncate: 'start' }).unknownTokens).toBe(0);
  });

  it('takes the rows asked for, with their labels and ids', () => {
    const encoded = encodePart(words, part, vocabulary, { maxLength: 2, truncate: 'end' }, Int32Array.of(3, 0));
    expect(rowsOf(encoded)).toEqual([[3], [2, 3]]);
    expect([...encoded.labels]).toEqual([1, 1]);
    expect(encoded.ids).toEqual(['test/3', 'test/0']);
    expect(encoded.vocabularySize).toBe(6);
  });

  it('takes no rows', () => {
    const encoded = encodePart(words, part, vocabulary, { maxLength: 2, truncate: 'end' }, new Int32Array());
    expect([encoded.tokenIds.length, ...encoded.offsets]).toEqual([0, 0]);
  });
});
