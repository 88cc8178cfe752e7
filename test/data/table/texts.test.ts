import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { readLines, readTextRows } from '../../../src/data/table/texts.ts';
import type { TextRows } from '../../../src/data/table/texts.ts';
import { UserError } from '../../../src/errors.ts';
import { makeTemporaryFolder } from '../../experiment/temporary-folder.ts';

const folder = makeTemporaryFolder();

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** What is handed over until the end or an error, whose message comes last. */
async function readAll(path: string, column?: string, chunk = 2): Promise<(TextRows | string)[]> {
  const seen: (TextRows | string)[] = [];
  try {
    await readTextRows(path, { column: { asked: column, usual: 'review' }, chunk, encoding: 'auto', onProgress: () => undefined }, (rows) => { seen.push(rows); });
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    seen.push((error as Error).message.replaceAll(folder, 'tmp'));
  }
  return seen;
}

describe('a table of texts', () => {
  const chunks: TextRows[] = [
    { names: ['id', 'text'], rows: [['1', 'a'], ['2', 'b, c']], texts: ['a', 'b, c'] },
    { names: ['id', 'text'], rows: [['3', 'd']], texts: ['d'] },
  ];

  it.each<[string, string | Uint8Array]>([
    ['a.csv', 'id,text\n1,a\n2,"b, c"\n3,d\n'],
    ['a.tsv', 'id\ttext\n1\ta\n2\tb, c\n3\td\n'],
    ['a.csv.gz', gzipSync('id;text\n1;a\n2;b, c\n3;d')],
    ['a.jsonl', '{"id":1,"text":"a"}\n{"id":2,"text":"b, c"}\n{"id":3,"text":"d"}\n'],
  ])('is handed over in chunks, in order, with all columns: %s', async (name, content) => {
    expect(await readAll(write(name, content))).toEqual(chunks);
  });

  it('has the column that is named, in any case, or one of the usual names', async () => {
    const path = write('columns.csv', 'Review,Summary\nlong,short\n');
    const textsOf = async (column?: string): Promise<unknown> =>
      (await readAll(path, column)).map((rows) => (typeof rows === 'string' ? rows : rows.texts));
    expect(await textsOf()).toEqual([['long']]);
    expect(await textsOf('summary')).toEqual([['short']]);
  });

  it.each<[string, string | Uint8Array, string | undefined, string]>([
    ['without a usual column', 'a,b\n1,2\n', undefined, 'tmp/wrong, line 1: holds "a", "b"; name the column of the texts with --text-column'],
    ['without the column named', 'a,text\n1,2\n', 'c', 'tmp/wrong, line 1: holds "a", "text", and no column "c"; name one of them with '
      + '--text-column'],
    ['with two that could be it', 'text,comment\n1,2\n', undefined, 'tmp/wrong, line 1: holds "text", "comment"; name the column of the '
      + 'texts with --text-column'],
    ['that is empty', '\n', undefined, 'tmp/wrong: is empty; expected '],
    ['that is an archive of something else', Buffer.from('PK\x03\x04'), undefined, 'tmp/wrong: '],
  ])('%s is refused in one line', async (_, content, column, message) => {
    const [found, ...others] = await readAll(write('wrong', content), column);
    expect(others).toEqual([]);
    expect(found).toContain(message);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['a row of another width', 'text,id\na,1\nb,2\nc,3\nd\n', 'tmp/half, line 5: expected 2 fields, found 1; a text with a separator in it '
      + 'must stand in double quotes'],
    ['a row that is not UTF-8', Buffer.from('text,id\na,1\nb,2\nc,3\nd\xe9,4\n', 'latin1'), 'tmp/half, line 5: not UTF-8 text '],
  ])('hands over all rows before %s', async (_, content, message) => {
    const seen = await readAll(write('half', content));
    expect(seen.slice(0, -1).flatMap((rows) => (typeof rows === 'string' ? [] : rows.texts))).toEqual(['a', 'b', 'c']);
    expect(seen.at(-1)).toContain(message);
  });
});

describe('lines', () => {
  async function* streamOf(...pieces: (string | Uint8Array | Promise<void>)[]): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      if (piece instanceof Promise) await piece;
      else yield Buffer.from(piece as string);
    }
  }
  const collect = async (stream: AsyncIterable<Uint8Array>, chunk = 100): Promise<(readonly string[])[]> => {
    const seen: (readonly string[])[] = [];
    for await (const texts of readLines(stream, 'standard input', chunk)) seen.push(texts);
    return seen;
  };

  it('are texts in order, empty ones too, whatever their ends and wherever the stream is cut', async () => {
    expect(await collect(streamOf('a go', 'od film\r\n\nb\nfür', '\n'))).toEqual([['a good film', '', 'b', 'für']]);
    expect(await collect(streamOf('a\nb\nc\nd'), 2)).toEqual([['a', 'b'], ['c', 'd']]);
    expect(await collect(streamOf())).toEqual([]);
  });

  it('are handed over at once where the next is not there yet', async () => {
    let goOn = (): void => undefined;
    const later = new Promise<void>((resolve) => { goOn = resolve; });
    const lines = readLines(streamOf('a\nb\n', later, 'c\n'), 'standard input', 100);
    expect((await lines.next()).value).toEqual(['a', 'b']);
    goOn();
    expect((await lines.next()).value).toEqual(['c']);
    expect((await lines.next()).done).toBe(true);
  });

  it('that cannot be read are named, and those before them handed over', async () => {
    const lines = readLines(streamOf('a\n', Buffer.from('b\xff\n', 'latin1')), 'standard input', 100);
    expect((await lines.next()).value).toEqual(['a']);
    await expect(lines.next()).rejects.toThrow(new UserError('standard input, line 2: not UTF-8 text; convert it to UTF-8'));
    const endless = streamOf('a\n', Buffer.alloc(7 * 2 ** 20, 'x'));
    const long = readLines(endless, 'standard input', 100);
    expect((await long.next()).value).toEqual(['a']);
    await expect(long.next()).rejects.toThrow('standard input, line 2: is over 6 MiB; each text');
  });
});
