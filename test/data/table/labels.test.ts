import { describe, expect, it } from 'vitest';

import { findClasses, findLabel } from '../../../src/data/table/labels.ts';

describe('the classes of label words', () => {
  it.each<[string, readonly string[], readonly string[], string | null]>([
    ['IMDB\'s', ['positive', 'negative'], ['negative', 'positive'], null],
    ['IMDB\'s in other words', ['POS', 'neg', '1'], ['negative', 'positive'], '"POS", "1" is read as positive, "neg" as negative'],
    ['0 and 1', ['1', '0', '1'], ['negative', 'positive'], '"1" is read as positive, "0" as negative'],
    ['numbers by value', ['10', '9', '-1', '2'], ['-1', '2', '9', '10'], null],
    ['the same number twice', ['1', '2', '3.0', '3'], ['1', '2', '3'], '"3.0", "3" is read as 3'],
    ['words by code unit', ['tech', 'food', 'Sport', 'épée'], ['Sport', 'food', 'tech', 'épée'], null],
    ['IMDB\'s beside another', ['pos', 'neg', 'neutral'], ['neg', 'neutral', 'pos'], null],
    ['numbers beside a word', ['1', '2', 'none'], ['1', '2', 'none'], null],
    ['codes that begin with 0', ['007', '7', '08'], ['007', '08', '7'], null],
    ['words that differ in capital letters', ['tech', 'Tech', 'food'], ['Tech', 'food', 'tech'],
      '"Tech", "tech" differ in capital letters alone and are taken as different classes'],
  ])('are %s', (_, words, classes, note) => {
    expect(findClasses(words)).toEqual({ classes, note });
    const labels = words.map((word) => findLabel(word, classes));
    expect(new Set(labels)).toEqual(new Set(classes.keys()));
  });

  it.each<[readonly string[], RegExp]>([
    [[], /no labelled review/],
    [['a', 'a'], /the one class "a" and no other; training needs two or more/],
    [Array.from({ length: 257 }, (_, i) => `c${i}`), /257 different labels .* at most 256 .* column of the labels/],
  ])('are refused where there are too few or too many (%#)', (words, problem) => {
    expect(findClasses(words)).toMatch(problem);
  });

  it('of a model take the words of another file that mean them, and no others', () => {
    const found = (words: readonly string[], classes: readonly string[]): unknown[] => words.map((word) => findLabel(word, classes));
    expect(found(['1', 'NEG', 'positive', 'so so'], ['negative', 'positive'])).toEqual([1, 0, 1, undefined]);
    expect(found(['1.0', '3', '4'], ['1', '2', '3'])).toEqual([0, 2, undefined]);
    expect(found(['Food', 'food', '1'], ['food', 'tech'])).toEqual([undefined, 0, undefined]);
  });
});
