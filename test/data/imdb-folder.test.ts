import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readImdbArchive } from '../../src/data/imdb-archive.ts';
import { createImdbFolderSource, readImdbFolder } from '../../src/data/imdb-folder.ts';
import { UserError } from '../../src/errors.ts';
import { goodEntries, writeArchive, type Entry } from './archives.ts';

const root = mkdtempSync(join(tmpdir(), 'gatelab-folder-'));
afterAll(() => { rmSync(root, { recursive: true }); });
let count = 0;

/** Unpacks entries into a folder of their own. */
function unpack(entries: readonly Entry[]): string {
  const folder = join(root, String(count++));
  for (const { name, content = '', type } of entries) {
    mkdirSync(join(folder, type === 'directory' ? name : dirname(name)), { recursive: true });
    if (type !== 'directory') writeFileSync(join(folder, name), content);
  }
  return join(folder, 'aclImdb');
}

describe('the unpacked folder', () => {
  it('gives the same corpus as the archive', async () => {
    const corpus = await readImdbFolder(unpack(goodEntries));
    expect(corpus.train).toHaveLength(4);
    expect(corpus).toEqual(await readImdbArchive(await writeArchive(root, goodEntries)));
  });

  it('has a hash that follows names, sizes and times', async () => {
    const folder = unpack(goodEntries);
    const source = createImdbFolderSource(folder);
    const hash = (): Promise<string> => source.sourceHash();
    const first = await hash();
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash()).toBe(first);
    utimesSync(join(folder, 'test/pos/2_10.txt'), 1, 1);
    const second = await hash();
    expect(second).not.toBe(first);
    writeFileSync(join(folder, 'test/neg/9_1.txt'), 'x');
    expect(await hash()).not.toBe(second);
  });

  it.each<[string, readonly Entry[], RegExp]>([
    ['a wrong rating', [...goodEntries, { name: 'aclImdb/test/neg/5_8.txt', content: 'x' }], /: test\/neg\/5_8\.txt is rated 8, but/],
    [
      'bytes that are not UTF-8',
      [...goodEntries, { name: 'aclImdb/test/neg/5_1.txt', content: Buffer.from([0xe9]) }],
      /5_1\.txt is not UTF-8 text/,
    ],
    ['an empty review', [...goodEntries, { name: 'aclImdb/test/neg/5_1.txt' }], /: test\/neg\/5_1\.txt is empty/],
    ['a huge review', [...goodEntries, { name: 'aclImdb/test/neg/5_1.txt', content: Buffer.alloc(2 ** 20 + 1) }], /more than the 1 MiB/],
    [
      'a folder under the name of a review',
      [...goodEntries, { name: 'aclImdb/test/neg/5_1.txt', type: 'directory' }],
      /5_1\.txt: not a file; unpack/,
    ],
    ['a missing folder', goodEntries.filter(({ name }) => !name.includes('test/pos')), /: no reviews in test\/pos, the copy is incomplete/],
    ['an unpacking stopped half-way', goodEntries.slice(0, -1), /: train has 1 negative but 2 positive reviews/],
  ])('is refused for %s', async (_, entries, message) => {
    const error: unknown = await readImdbFolder(unpack(entries)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(message);
  });
});
