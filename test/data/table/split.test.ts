import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Label, Review } from '../../../src/data/review.ts';
import { contentKeyOf, type TableReview } from '../../../src/data/table/reviews.ts';
import { describeRepeats, splitReviews, type SplitReviews } from '../../../src/data/table/split.ts';
import { sentiments } from '../../../src/data/review.ts';
import { tokenize, tokenizers } from '../../../src/text/tokenizer.ts';

function tableOf(rows: readonly (readonly [string, Label])[]): TableReview[] {
  return rows.map(([text, label], i) => ({ id: `row/${i + 1}`, text, label, contentKey: contentKeyOf(text) }));
}

const reviews = tableOf(Array.from({ length: 60 }, (_, i) => [`review ${i % 50}`, (i % 2) as Label]));
const split = (rows: readonly TableReview[], testFraction = 0.5): SplitReviews =>
  splitReviews(rows, sentiments, { location: 'x.csv', testFraction });
const trainTexts = (corpus: { train: readonly Review[] }): string[] => [...new Set(corpus.train.map(({ text }) => text))].sort();
const contents = (part: readonly Review[]): Set<string> => new Set(part.map(({ text }) => tokenize(text).join(' ')));

describe('the split of a table', () => {
  it('halves each label, loses no row and keeps the order of the file', () => {
    const { train, test } = split(reviews);
    for (const part of [train, test]) {
      expect(part.filter(({ label }) => label === 1)).toHaveLength(15);
      expect(part.filter(({ label }) => label === 0)).toHaveLength(15);
      const rows = part.map(({ id }) => Number(id.slice(4)));
      expect(rows).toEqual([...rows].sort((a, b) => a - b));
    }
    expect(new Set([...train, ...test].map(({ id }) => id)).size).toBe(60);
  });

  it('is the same each time, whatever the order of the rows, and is not the order of the file', () => {
    const corpus = split(reviews);
    expect(split(reviews)).toEqual(corpus);
    expect(trainTexts(split([...reviews].reverse()))).toEqual(trainTexts(corpus));
    expect(corpus.train).not.toEqual(reviews.slice(0, 30));
  });

  it('is that of version 0.1 where no two texts are alike, so that its runs go on', () => {
    const rows = [1, 5, 7, 8, 13, 14, 15, 17, 18, 19, 20, 22, 28, 31, 32, 33, 35, 36, 38, 40, 41, 42, 43, 44, 48, 50, 51, 55, 57, 58];
    expect(split(reviews).train.map(({ id }) => id)).toEqual(rows.map((row) => `row/${row}`));
  });

  it('keeps rows with the same tokens on one side, also under two labels and for every tokenizer', () => {
    const text = fc.tuple(
      fc.constantFrom('a', 'A', 'a<br />', ' a', 'b!', 'b !', 'c c', 'cc', '好看', '好 看', 'd', 'e'),
      fc.constantFrom<Label>(0, 1),
    );
    const rest = Array.from({ length: 8 }, (_, i): [string, Label] => [`other ${i}`, (i % 2) as Label]);
    fc.assert(fc.property(fc.array(text, { maxLength: 30 }), (rows) => {
      const { train, test } = split(tableOf([...rest, ...rows]));
      for (const { tokenize: cut } of Object.values(tokenizers)) {
        const learned = new Set(train.map((review) => cut(review.text).join(' ')));
        expect(test.filter((review) => learned.has(cut(review.text).join(' ')))).toEqual([]);
      }
      expect(train.length + test.length).toBe(rows.length + rest.length);
    }), { numRuns: 200 });
  });

  it('says how many are there more than once, and how many with both labels', () => {
    const twins = Array.from({ length: 30 }, (_, i): [string, Label][] => [
      [`film ${i}`, (i % 2) as Label],
      [`Film  ${i}<br />`, (i % 3 === 0 ? 1 - (i % 2) : i % 2) as Label],
    ]);
    const { train, test } = split(tableOf(twins.flat()));
    expect(describeRepeats(tableOf(twins.flat()))).toEqual([
      '60 reviews are 30 texts, each more than once (spaces, case and markup aside)',
      '10 texts have two labels, in 20 reviews',
    ]);
    expect([...contents(train)].filter((content) => contents(test).has(content))).toEqual([]);
    expect(Math.abs(train.length - test.length)).toBeLessThanOrEqual(2);
    expect(describeRepeats(tableOf([['one', 0], ['two', 0], ['three', 1], ['four', 1]]))).toEqual([]);
  });
});
