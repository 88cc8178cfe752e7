import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';

import { createTableSource } from '../../../src/data/table/corpus.ts';
import { defaultTableOptions, type TableOptions } from '../../../src/data/table/options.ts';
import type { Corpus, Review } from '../../../src/data/review.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatelab-corpus-'));
afterAll(() => { rmSync(folder, { recursive: true }); });

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const load = (path: string, options: Partial<TableOptions> = {}): Promise<Corpus> =>
  createTableSource(path, { ...defaultTableOptions, ...options }).load();
const refused = (path: string, options: Partial<TableOptions> = {}): Promise<string> =>
  load(path, options).then(() => 'taken', (error: unknown) => (error as Error).message.replaceAll(`${folder}/`, ''));
const named = ({ classes }: Corpus, part: readonly Review[]): string[] => part.map(({ text, label }) => `${text}: ${classes[label] ?? '?'}`);

const topics = ['sport', 'food', 'tech'];
const rows = (count: number): string => Array.from({ length: count }, (_, i) => `text ${i},${topics[i % 3] ?? ''}\n`).join('');

describe('a table of any labels', () => {
  it('has its label words as classes, and each of them in both parts', async () => {
    const corpus = await load(write('topics.csv', `text,topic\n${rows(30)}`));
    expect(corpus.classes).toEqual(['food', 'sport', 'tech']);
    for (const part of [corpus.train, corpus.test])
      expect([0, 1, 2].map((k) => part.filter(({ label }) => label === k).length)).toEqual([5, 5, 5]);
    expect(named(corpus, [...corpus.train, ...corpus.test]).sort()).toEqual(
      Array.from({ length: 30 }, (_, i) => `text ${i}: ${topics[i % 3] ?? ''}`).sort(),
    );
    expect(corpus.notes).toEqual([
      'reviews are taken from the column "text", labels from "topic"',
      'neither a column nor a file is named for the test part: 15 reviews are for training and 15 for test (data.testFraction 0.5), '
        + 'drawn by class with a fixed seed',
    ]);
  });

  it.each([[0.2, 24], [0.9, 3]])('keeps the share %d for test', async (testFraction, train) => {
    const corpus = await load(write('share.csv', `text,topic\n${rows(30)}`), { testFraction });
    expect([corpus.train.length, corpus.test.length]).toEqual([train, 30 - train]);
  });

  it('leaves rows without a text out, says so, and counts on by the rows of the file', async () => {
    const { train, test, notes } = await load(write('gaps.csv', `review,sentiment\n ,a\none,a\ntwo,a\nthree,b\nfour,b\n"",b\n`));
    expect([...train, ...test].map(({ id }) => id).sort()).toEqual(['row/2', 'row/3', 'row/4', 'row/5']);
    expect(notes[0]).toBe('2 rows have no text and are left out (lines 2, 7)');
  });
});

describe('columns and parts', () => {
  const wide = write('wide.tsv', 'id\tbody\tfolder\tpart\n1\tbuy now\tspam\ttrain\n2\tdear ann\tham\tTrain\n3\tcheap\tspam\tdev\n'
    + '4\tlunch?\tham\ttest\n');
  const columns = { textColumn: 'Body', labelColumn: 'folder' };

  it('are those that the config names, in any case', async () => {
    const corpus = await load(wide, { ...columns, splitColumn: 'part' });
    expect([corpus.train, corpus.validation, corpus.test].map((part) => named(corpus, part))).toEqual([
      ['buy now: spam', 'dear ann: ham'], ['cheap: spam'], ['lunch?: ham'],
    ]);
  });

  it('may be of other files', async () => {
    const train = write('train.jsonl', '{"text": "good", "label": 2}\n{"text": "bad", "label": 0}\n{"text": "so so", "label": 1}\n');
    const testPath = write('test.csv.gz', gzipSync('text,label\nbad,0.0\nfine,2\n'));
    const validationPath = write('validation.csv', 'text;label\nwell;1\n');
    const corpus = await load(train, { testPath, validationPath });
    expect(corpus.classes).toEqual(['0', '1', '2']);
    expect(named(corpus, corpus.test)).toEqual(['bad: 0', 'fine: 2']);
    expect(corpus.test.map(({ id }) => id)).toEqual(['test/row/1', 'test/row/2']);
    expect(named(corpus, corpus.validation)).toEqual(['well: 1']);
    expect(corpus.notes).toContain('2 reviews are 1 text, each more than once (spaces, case and markup aside)');
  });

  it('give the data a hash of its own, which changes with the other files', async () => {
    const path = write('own.csv', `review,sentiment\n${rows(9)}`), testPath = write('other.csv', 'review,sentiment\nx,food\n');
    const hash = (options: Partial<TableOptions>): Promise<string> =>
      createTableSource(path, { ...defaultTableOptions, ...options }).sourceHash();
    const plain = await hash({}), same = await hash({ naming: 'option' });
    const withTest = await hash({ testPath }), smaller = await hash({ testFraction: 0.2 });
    expect(same).toBe(plain);
    write('other.csv', 'review,sentiment\ny,food\n');
    expect(new Set([plain, withTest, smaller, await hash({ testPath })]).size).toBe(4);
  });

  it.each<[string, string, Partial<TableOptions>, string]>([
    ['a text column that is not there', wide, { textColumn: 'title' },
      'wide.tsv, line 1: holds "id", "body", "folder", "part", and no column "title"; name the one of the texts with --set '
        + 'data.textColumn=NAME'],
    ['a split column that is not there', wide, { ...columns, splitColumn: 'fold' },
      'wide.tsv, line 1: holds "id", "body", "folder", "part", and no column "fold"; name the one that says train or test with --set '
        + 'data.splitColumn=NAME'],
    ['a split column of other words', wide, { ...columns, splitColumn: 'id' },
      'wide.tsv, line 2: the part is "1"; expected train, validation or test\nwide.tsv, line 3: the part is "2"; expected train, validation '
        + 'or test\nwide.tsv, line 4: the part is "3"; expected train, validation or test\nwide.tsv, line 5: the part is "4"; expected train, '
        + 'validation or test'],
    ['one column for both', wide, { textColumn: 'body', labelColumn: 'body' },
      'wide.tsv, line 1: "body" cannot be the column of both the reviews and the labels'],
    ['a part that is named twice', wide, { ...columns, splitColumn: 'part', testPath: wide },
      'data.testPath: names wide.tsv, and the column of the parts in wide.tsv has test rows too; keep one'],
  ])('are refused where there is %s', async (_, path, options, message) => {
    expect(await refused(path, options)).toBe(message);
  });

  it('are refused where the test part has a label that training lacks', async () => {
    const train = write('known.csv', 'review,sentiment\na,x\nb,y\n'), testPath = write('unknown.csv', 'review,sentiment\nc,x\nd,z\n');
    expect(await refused(train, { testPath })).toBe('unknown.csv: the label "z" of test/row/2 occurs in no training review, so it cannot be '
      + 'learned; correct it or remove the rows with it');
  });
});

describe('an encoding', () => {
  const text = 'review,sentiment\nTrès bon – “superbe”.,positive\nBof,negative\nUn régal,positive\nNul,negative\n';
  const windows = Buffer.from(text.replaceAll('–', '\x96').replaceAll('“', '\x93').replaceAll('”', '\x94'), 'latin1');

  it.each<[TableOptions['encoding'], Buffer]>([
    ['auto', Buffer.from(text)],
    ['auto', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['utf-16le', Buffer.from(text, 'utf16le')],
    ['windows-1252', windows],
  ])('%s is read', async (encoding, bytes) => {
    const corpus = await load(write('encoded.csv', bytes), { encoding });
    expect(named(corpus, [...corpus.train, ...corpus.test]).sort()).toEqual(
      ['Bof: negative', 'Nul: negative', 'Très bon – “superbe”.: positive', 'Un régal: positive'],
    );
  });

  it('that is not told is named with the way out', async () => {
    expect(await refused(write('encoded.csv', windows))).toBe('encoded.csv, 2 rows (lines 2, 4): not UTF-8 text (Windows-1252, as older Excel '
      + 'writes it?); save the file in UTF-8, or name its encoding: --set data.encoding=windows-1252');
  });

  it('that is not the file\'s is refused where its bytes cannot be read', async () => {
    expect(await refused(write('encoded.csv', windows), { encoding: 'gb18030' })).toMatch(/^encoded\.csv: is not GB18030 text; omit the encoding/);
  });
});
