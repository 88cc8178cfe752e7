import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createTableSource } from '../../../src/data/table/corpus.ts';
import { findLabel } from '../../../src/data/table/labels.ts';
import { readTable } from '../../../src/data/table/source.ts';
import { sentiments } from '../../../src/data/review.ts';
import type { Review } from '../../../src/data/review.ts';
import { UserError } from '../../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatelab-csv-'));
afterAll(() => { rmSync(folder, { recursive: true }); });
const path = join(folder, 'reviews.csv');

function write(content: string | Buffer): string {
  writeFileSync(path, content);
  return path;
}

/** The reviews alone. */
async function readCsvReviews(file: string): Promise<Review[]> {
  return (await readTable(file)).rows.map(({ id, text, word }) => ({ id, text, label: findLabel(word, sentiments) ?? -1 }));
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
    ['nothing in it', '', ': is empty; expected aclImdb_v1.tar.gz, its unpacked folder, or a table of reviews and labels (CSV, TSV '
      + 'or JSON Lines, gzipped or not)'],
    ['a missing column', 'review,from,likes\nGood.,me,3\n',
      ', line 1: holds "review", "from", "likes"; the first line must name the columns review (or text, sentence, comment, content) and '
        + 'sentiment (or label, class, target, polarity); or name yours: --set data.textColumn=NAME --set data.labelColumn=NAME'],
    ['no header', 'Good.,positive\n', ', line 1: holds "Good.", "positive"; the first line must name the columns review (or text, '
      + 'sentence, comment, content) and sentiment (or label, class, target, polarity); or name yours: --set data.textColumn=NAME --set '
      + 'data.labelColumn=NAME'],
    ['two columns that could each be it', 'text,comment,label\nGood.,x,positive\n',
      ', line 1: "text", "comment" could each be the column of the reviews; name the right one: --set data.textColumn=text'],
    ['several separators and none that is plain', 'a;b,c|d\n1;2,3|4\n',
      ': it is not plain what separates its columns; the first line must be review,sentiment, and is "a;b,c|d"'],
    ['a comma outside of quotes', 'review,sentiment\nGood, really.,positive\n',
      ', line 2: 3 fields instead of 2; a review with a comma must stand in double quotes'],
    ['a row without a label', 'review,sentiment\n"a\nb",positive\n\nGood.\n',
      ', line 5: 1 field instead of 2; a review with a comma must stand in double quotes'],
    ['a quote that is never closed', 'review,sentiment\nGood.,positive\n"Bad.,negative\nFine.,positive\n',
      ', line 3: the quote opened in this row is never closed'],
    ['a quote that the next row closes', 'review,sentiment\n"Bad.,negative\n"Fine.",positive\n',
      ', line 2: text follows a closing quote where a comma must; within a review, write a double quote twice'],
    ['text after a closing quote', 'review,sentiment\n"A "great" film.",positive\n',
      ', line 2: text follows a closing quote where a comma must; within a review, write a double quote twice'],
    ['a quote within an unquoted review', 'review,sentiment\nA "great" film.,positive\n',
      ', line 2: a double quote stands within an unquoted review; put the review in double quotes and write its own twice'],
    ['a bad row after line breaks of each kind', 'review,sentiment\r\n"a\nb\r\nc",positive\nSo so.,neutral\n',
      ': holds no two different texts of the classes "neutral" (row/2 alone), "positive" (row/1 alone); training and test need one each: '
        + 'add some, correct the label, or remove the rows'],
    ['an empty label', 'review,sentiment\nGood.,positive\nSo so., \n', ', line 3: the label is empty; write one or remove the row'],
    ['more labels than can be learned', `review,sentiment\n${Array.from({ length: 300 }, (_, i) => `Film ${i}.,x${i}\n`).join('')}`,
      ': the column "sentiment" holds 300 different labels ("x0", "x1", "x10", …), and at most 256 classes can be learned; is it the '
        + 'column of the labels?'],
    ['a label with control characters', 'review,sentiment\nGood.,\u001b[31m\n', ': the column "sentiment" holds the one class '
      + '"\\u001b[31m" and no other; training needs two or more'],
    ['an empty review and no other', 'review,sentiment\n"  ",positive\n', ': none of its 1 rows has a text in the column "review"; is it '
      + 'the right column? Name it with --set data.textColumn=NAME'],
    ['a row over 1 MiB', `review,sentiment\nGood.,positive\n${'a'.repeat(2 ** 20 + 2)},positive\n`,
      ', line 3: the row is over 1 MiB; is a double quote not closed?'],
    ['Latin-1', Buffer.from('review,sentiment\nGood.,positive\nTr\u00e8s bon.,positive\n', 'latin1'),
      ', line 3: not UTF-8 text (Windows-1252, as older Excel writes it?); save the file in UTF-8, or name its '
      + 'encoding: --set data.encoding=windows-1252'],
    ['problems of several kinds', 'review,sentiment\nGood.,positive\nFine.,\nBad, bad.,negative\nSo so.,\n',
      ', 2 rows (lines 3, 5): the label is empty; write one or remove the row\n'
      + `${path}, line 4: 3 fields instead of 2; a review with a comma must stand in double quotes`],
    ['one label only', 'review,sentiment\nGood.,positive\nFine.,positive\n', ': the column "sentiment" holds the one class '
      + '"positive" and no other; training needs two or more'],
    ['a header alone', 'review,sentiment\n', ': the column "sentiment" holds no labelled review'],
    ['one text of a label', 'review,sentiment\nBad.,negative\nWeak.,negative\nGood.,positive\nGood.,positive\n',
      ': holds no two different texts of the class "positive"; training and test need one each: add some, correct the label, or remove the '
        + 'rows'],
  ])('is refused with file and line for %s', async (_, content, message) => {
    const error: unknown = await createTableSource(write(content)).load().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toBe(path + message);
  });

  it('of random text never gives anything but reviews or a UserError', async () => {
    const piece = fc.constantFrom(
      '"',
      '""',
      ',',
      '\n',
      '\r\n',
      '\r',
      'positive',
      'negative',
      'review,sentiment\n',
      'Good.',
      ' ',
      '\ufeff',
      '\0',
      'é',
    );
    let read = 0;
    await fc.assert(fc.asyncProperty(fc.boolean(), fc.array(piece, { maxLength: 12 }), async (headed, pieces) => {
      await readCsvReviews(write((headed ? 'review,sentiment\n' : '') + pieces.join(''))).then(() => read++, (error: unknown) => {
        if (!(error instanceof UserError)) throw error;
      });
    }), { numRuns: 300, seed: 1 });
    expect(read).toBeGreaterThan(5);
  });
});
