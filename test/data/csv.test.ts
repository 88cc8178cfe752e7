import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createCsvSource, readCsvReviews } from '../../src/data/csv.ts';
import { splitReviews } from '../../src/data/csv-split.ts';
import type { Label, Review } from '../../src/data/review.ts';
import { UserError } from '../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatelab-csv-'));
afterAll(() => { rmSync(folder, { recursive: true }); });
const path = join(folder, 'reviews.csv');

function write(content: string | Buffer): string {
  writeFileSync(path, content);
  return path;
}

describe('a CSV', () => {
  it('is read as Kaggle writes it: doubled quotes, <br />, commas and line breaks within quotes', async () => {
    const content = 'review,sentiment\n"A ""wonderful"" film.<br /><br />Slow, though.",positive\nBad.,negative\n"two\nlines",negative\n';
    expect(await readCsvReviews(write(content))).toEqual([
      { id: 'row/1', text: 'A "wonderful" film.<br /><br />Slow, though.', label: 1 },
      { id: 'row/2', text: 'Bad.', label: 0 },
      { id: 'row/3', text: 'two\nlines', label: 0 },
    ]);
  });

  it.each<[string, string]>([
    ['a byte order mark', '\ufeffreview,sentiment\nGood.,positive\n'],
    ['a byte order mark before a quoted header', '\ufeff"review","sentiment"\nGood.,positive\n'],
    ['Windows line ends', 'review,sentiment\r\nGood.,positive\r\n'],
    ['line ends of several kinds', 'review,sentiment\r\nGood.,positive\n\r'],
    ['the columns swapped', 'sentiment,review\npositive,Good.\n'],
    ['blank lines and no line end at the end', '\nreview,sentiment\n\nGood.,positive'],
  ])('may have %s', async (_, content) => {
    expect(await readCsvReviews(write(content))).toEqual([{ id: 'row/1', text: 'Good.', label: 1 }]);
  });

  it('may have a review of 1 MB', async () => {
    const long = 'word '.repeat(200_000);
    expect(await readCsvReviews(write(`review,sentiment\n"${long}",positive\n`))).toEqual([{ id: 'row/1', text: long, label: 1 }]);
  });

  it.each<[string, string | Buffer, string]>([
    ['nothing in it', '', ': empty; the first line must be review,sentiment'],
    ['a missing column', 'review,label\nGood.,positive\n', ', line 1: no column named sentiment; the first line must be review,sentiment'],
    ['no header', 'Good.,positive\n', ', line 1: no column named review; the first line must be review,sentiment'],
    ['an extra column', 'id,review,sentiment\n1,Good.,positive\n', ', line 1: unknown column "id"; leave only review and sentiment'],
    ['a comma outside of quotes', 'review,sentiment\nGood, really.,positive\n',
      ', line 2: 3 fields instead of 2; a review with a comma must stand in double quotes'],
    ['a row without a label', 'review,sentiment\n"a\nb",positive\n\nGood.\n',
      ', line 5: 1 field instead of 2; a review with a comma must stand in double quotes'],
    ['a quote that is never closed', 'review,sentiment\nGood.,positive\n"Bad.,negative\nFine.,positive\n',
      ', line 3: the quote opened in this row is never closed'],
    ['a quote that the next row closes', 'review,sentiment\n"Bad.,negative\n"Fine.",positive\n',
      ', line 2: text after a closing quote; within a review, write a double quote twice'],
    ['text after a closing quote', 'review,sentiment\n"A "great" film.",positive\n',
      ', line 2: text after a closing quote; within a review, write a double quote twice'],
    ['a quote within an unquoted review', 'review,sentiment\nA "great" film.,positive\n',
      ', line 2: a double quote within an unquoted review; put the review in double quotes and write its own twice'],
    ['a bad row after line breaks of each kind', 'review,sentiment\r\n"a\nb\r\nc",positive\nSo so.,neutral\n',
      ', line 5: sentiment "neutral" is neither positive nor negative'],
    ['an unknown label', 'review,sentiment\nGood.,positive\nSo so.,neutral\n', ', line 3: sentiment "neutral" is neither positive nor negative'],
    ['a label with control characters', 'review,sentiment\nGood.,\u001b[31m\n', ', line 2: sentiment "\\u001b[31m" is neither positive nor negative'],
    ['an empty review', 'review,sentiment\n"  ",positive\n', ', line 2: the review is empty; write one or remove the row'],
    ['a row over 1 MiB', `review,sentiment\nGood.,positive\n${'a'.repeat(2 ** 20 + 2)},positive\n`,
      ', line 3: the row is over 1 MiB; is a double quote not closed?'],
    ['Latin-1', Buffer.from('review,sentiment\nGood.,positive\nTr\u00e8s bon.,positive\n', 'latin1'),
      ', line 3: not UTF-8 text; save the file with UTF-8 encoding'],
    ['one label only', 'review,sentiment\nGood.,positive\nFine.,positive\n', ': no negative review in it; training needs both labels'],
    ['a header alone', 'review,sentiment\n', ': no negative review in it; training needs both labels'],
    ['one text of a label', 'review,sentiment\nBad.,negative\nWeak.,negative\nGood.,positive\nGood.,positive\n',
      ': no two different positive reviews in it; training and test need one each'],
  ])('is refused with file and line for %s', async (_, content, message) => {
    const error: unknown = await createCsvSource(write(content)).load().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toBe(path + message);
  });

  it('of random text never gives anything but reviews or a UserError', async () => {
    const piece = fc.constantFrom('"', '""', ',', '\n', '\r\n', '\r', 'positive', 'negative', 'review,sentiment\n', 'Good.', ' ', '\ufeff', '\0', 'é');
    let read = 0;
    await fc.assert(fc.asyncProperty(fc.boolean(), fc.array(piece, { maxLength: 12 }), async (headed, pieces) => {
      await readCsvReviews(write((headed ? 'review,sentiment\n' : '') + pieces.join(''))).then(() => read++, (error: unknown) => {
        if (!(error instanceof UserError)) throw error;
      });
    }), { numRuns: 300, seed: 1 });
    expect(read).toBeGreaterThan(5);
  });
});

describe('the split of a CSV', () => {
  const texts = Array.from({ length: 60 }, (_, i) => `review ${i % 50}`);
  const reviews = texts.map((text, i): Review => ({ id: `row/${i + 1}`, text, label: (i % 2) as Label }));
  const trainTexts = (corpus: { train: readonly Review[] }): string[] => [...new Set(corpus.train.map(({ text }) => text))].sort();

  it('halves each label, loses no row and keeps the order of the file', () => {
    const { train, test } = splitReviews(reviews, 'x.csv');
    for (const part of [train, test]) {
      expect(part.filter(({ label }) => label === 1)).toHaveLength(15);
      expect(part.filter(({ label }) => label === 0)).toHaveLength(15);
      const rows = part.map(({ id }) => Number(id.slice(4)));
      expect(rows).toEqual([...rows].sort((a, b) => a - b));
    }
    expect(new Set([...train, ...test].map(({ id }) => id)).size).toBe(60);
  });

  it('is the same each time, whatever the order of the rows, and is not the order of the file', () => {
    const corpus = splitReviews(reviews, 'x.csv');
    expect(splitReviews(reviews, 'x.csv')).toEqual(corpus);
    expect(trainTexts(splitReviews([...reviews].reverse(), 'x.csv'))).toEqual(trainTexts(corpus));
    expect(corpus.train).not.toEqual(reviews.slice(0, 30));
  });

  it('keeps rows of the same text on one side', () => {
    const { train, test } = splitReviews(reviews, 'x.csv');
    const inTraining = new Set(train.map(({ text }) => text));
    expect(inTraining.size).toBeLessThan(train.length + test.length - 30);
    expect(test.filter(({ text }) => inTraining.has(text))).toEqual([]);
  });
});
