import { describe, expect, it } from 'vitest';
import { createVocabulary, selectVocabulary, UNKNOWN_ID } from '../../src/text/vocabulary.ts';

const words = ['so', 'good', 'é', 'bad', 'unseen'];
const counts = Int32Array.of(2, 5, 2, 2, 0);

describe('selectVocabulary', () => {
  it('orders by count, then by the word, after <pad> and <unk>', () => {
    expect(selectVocabulary(words, counts, 100).words).toEqual(['<pad>', '<unk>', 'good', 'bad', 'so', 'é']);
  });

  it('counts the two special words in its size', () => {
    const vocabulary = selectVocabulary(words, counts, 4);
    expect(vocabulary.words).toEqual(['<pad>', '<unk>', 'good', 'bad']);
    expect(vocabulary.size).toBe(4);
  });

  it('does not depend on the order of the words', () => {
    const reversed = selectVocabulary(words.toReversed(), counts.toReversed(), 5);
    expect(reversed.words).toEqual(selectVocabulary(words, counts, 5).words);
  });

  it('has the special words only when nothing was counted', () => {
    expect(selectVocabulary([], new Int32Array(), 20_000).words).toEqual(['<pad>', '<unk>']);
  });
});

describe('a vocabulary', () => {
  const vocabulary = createVocabulary(['<pad>', '<unk>', 'good', 'constructor']);

  it('gives each word its id and every other word that of <unk>', () => {
    expect(vocabulary.words.map((word) => vocabulary.idOf(word))).toEqual([0, UNKNOWN_ID, 2, 3]);
    expect(['never', '', 'toString', '__proto__'].map((word) => vocabulary.idOf(word))).toEqual(Array(4).fill(UNKNOWN_ID));
  });

  it.each([
    ['without <pad>', ['<unk>', 'good']],
    ['with a word twice', ['<pad>', '<unk>', 'good', 'good']],
    ['of nothing', []],
  ])('is not made of a list %s', (_, list) => {
    expect(() => createVocabulary(list)).toThrow('<pad>, <unk> and then distinct words');
  });
});
