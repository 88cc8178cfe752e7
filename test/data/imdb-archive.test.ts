import fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { createImdbArchiveSource, readImdbArchive } from '../../src/data/imdb-archive.ts';
import { UserError } from '../../src/errors.ts';
import type { ProgressEvent } from '../../src/progress.ts';
import { goodEntries, packTar, writeArchive, type Entry } from './archives.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatelab-archive-'));
afterAll(() => { rmSync(folder, { recursive: true }); });

const url = 'https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz';
const whole = `get a whole copy from ${url}`;
const again = `download it again from ${url}`;

/** The message of the UserError, without the path in front. */
async function messageFor(path: string): Promise<string> {
  const error: unknown = await readImdbArchive(path).then(() => 'no error', (reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message.startsWith(`${path}: `)).toBe(true);
  expect(message).not.toContain('\n');
  return message.slice(path.length + 2);
}

const without = (start: string): Entry[] => goodEntries.filter(({ name }) => !name.startsWith(start));

describe('an archive of the official layout', () => {
  it('gives the labelled reviews by part, label and number, whatever its order, and nothing else', async () => {
    const corpus = await readImdbArchive(await writeArchive(folder, goodEntries));
    expect(corpus.train).toEqual([
      { id: 'train/neg/1_3', text: 'Flat.', label: 0 }, { id: 'train/neg/3_2', text: 'Dull.', label: 0 },
      { id: 'train/pos/0_9', text: 'Good.', label: 1 }, { id: 'train/pos/12_7', text: 'Fine.', label: 1 },
    ]);
    expect(corpus.test.map(({ id }) => id)).toEqual(['test/neg/0_1', 'test/neg/1_4', 'test/pos/2_10', 'test/pos/10_9']);
    expect(corpus.test[0]?.text).toBe('Bad.<br /><br />Très mauvais.');
    expect(await readImdbArchive(await writeArchive(folder, [...goodEntries].reverse()))).toEqual(corpus);
  });

  it('may have been packed with ./ in front of its names', async () => {
    const dotted = goodEntries.map((entry) => ({ ...entry, name: `./${entry.name}` }));
    expect((await readImdbArchive(await writeArchive(folder, dotted))).train).toHaveLength(4);
  });

  it('reports progress up to its size', async () => {
    const path = await writeArchive(folder, goodEntries);
    const events: ProgressEvent[] = [];
    await createImdbArchiveSource(path).load((event) => { events.push(event); });
    const size = readFileSync(path).length;
    expect(events.at(-1)).toEqual({ label: 'Reading reviews', done: size, total: size, unit: 'bytes' });
  });

  it('has a hash that follows its bytes', async () => {
    const first = await createImdbArchiveSource(await writeArchive(folder, goodEntries, 'a.tar.gz')).sourceHash();
    const same = await createImdbArchiveSource(await writeArchive(folder, goodEntries, 'b.tar.gz')).sourceHash();
    const other = await createImdbArchiveSource(await writeArchive(folder, goodEntries.slice(1), 'c.tar.gz')).sourceHash();
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(same).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe('a bad archive is refused in one line:', () => {
  const review = 'aclImdb/train/pos/5_8.txt';
  it.each<[string, readonly Entry[], string]>([
    ['a name that climbs out', [...goodEntries, { name: 'aclImdb/../../etc/passwd', content: 'x' }],
      `refused, its entry "aclImdb/../../etc/passwd" points outside of the archive; ${again}`],
    ['an absolute name', [...goodEntries, { name: '/etc/passwd', content: 'x' }],
      `refused, its entry "/etc/passwd" points outside of the archive; ${again}`],
    ['a drive letter', [...goodEntries, { name: 'C:\\windows\\x.txt', content: 'x' }],
      `refused, its entry "C:\\windows\\x.txt" points outside of the archive; ${again}`],
    ['control characters in a name', [{ name: '/\u001b[2Jx', content: 'x' }],
      `refused, its entry "/\\u001b[2Jx" points outside of the archive; ${again}`],
    ['a symbolic link', [...goodEntries, { name: review, type: 'symlink', linkname: '/etc/passwd' }],
      `refused, its entry "${review}" is a symlink and not a file; ${again}`],
    ['a hard link', [...goodEntries, { name: review, type: 'link', linkname: 'aclImdb/train/pos/0_9.txt' }],
      `refused, its entry "${review}" is a link and not a file; ${again}`],
    ['a device', [...goodEntries, { name: 'aclImdb/null', type: 'character-device' }],
      `refused, its entry "aclImdb/null" is a character-device and not a file; ${again}`],
    ['a review over 1 MiB', [...goodEntries, { name: review, content: Buffer.alloc(2 ** 20 + 1, 'a') }],
      `train/pos/5_8.txt has 1048577 bytes, more than the 1 MiB a review may have; ${whole}`],
    ['an empty review', [...goodEntries, { name: review }], `train/pos/5_8.txt is empty; ${whole}`],
    ['a review twice', [...goodEntries, { name: 'aclImdb/train/pos/0_9.txt', content: 'Again.' }],
      `train/pos/0_9.txt is in it twice; ${whole}`],
    ['a review that is not UTF-8', [...goodEntries, { name: review, content: Buffer.from([0x61, 0xe9, 0x20]) }],
      `train/pos/5_8.txt is not UTF-8 text; ${whole}`],
    ['a good rating among the negative', [...goodEntries, { name: 'aclImdb/test/neg/5_8.txt', content: 'x' }],
      `test/neg/5_8.txt is rated 8, but reviews in neg are rated 1 to 4; ${whole}`],
    ['a bad rating among the positive', [...goodEntries, { name: 'aclImdb/test/pos/5_6.txt', content: 'x' }],
      `test/pos/5_6.txt is rated 6, but reviews in pos are rated 7 to 10; ${whole}`],
    ['a rating of 0', [...goodEntries, { name: 'aclImdb/test/neg/5_0.txt', content: 'x' }],
      `test/neg/5_0.txt is rated 0, but reviews in neg are rated 1 to 4; ${whole}`],
    ['two folders empty', without('aclImdb/test/').concat(), `no reviews in test/neg, test/pos, the copy is incomplete; ${whole}`],
    ['a folder that is not full', without('aclImdb/train/neg/3'),
      `train has 1 negative but 2 positive reviews, the copy is incomplete; ${whole}`],
    ['something else inside', [{ name: 'photos/cat.txt', content: 'x' }],
      `no review in it is named like aclImdb/train/pos/0_9.txt, so it is not the IMDB data; ${whole}`],
  ])('%s', async (_, entries, message) => {
    expect(await messageFor(await writeArchive(folder, entries))).toBe(message);
  });

  it.each<[string, () => Promise<Buffer> | Buffer, (bytes: number) => string]>([
    ['an archive cut at half', async () => cutAtHalf(gzipSync(await packTar([...goodEntries, { name: 'aclImdb/noise', content: noise }]))),
      (bytes) => `cut short, it ends after ${bytes} bytes in the middle of a file; ${again}`],
    ['a tar file cut within its gzip', async () => gzipSync((await packTar(goodEntries)).subarray(0, 3000)),
      (bytes) => `cut short, it ends after ${bytes} bytes in the middle of a file; ${again}`],
    ['a web page in its place', () => Buffer.from('<!DOCTYPE html><html>'), () => `not a gzip archive; ${again}`],
    ['an empty file', () => Buffer.alloc(0), () => `cut short, it ends after 0 bytes in the middle of a file; ${again}`],
    ['a gzip of no tar', () => gzipSync('review,sentiment\n'.repeat(100)),
      () => `gzip, but no tar archive in it, or a damaged one (Invalid tar header. Maybe the tar is corrupted or it needs to be `
        + `gunzipped?); ${again}`],
    ['a bomb, stopped while it unpacks', makeBomb, () => `refused, it unpacks to more than 1 GiB; ${again}`],
  ])('%s', async (_, make, message) => {
    const path = join(folder, 'other.tar.gz');
    const bytes = await make();
    writeFileSync(path, bytes);
    expect(await messageFor(path)).toBe(message(bytes.length));
  });

  it('a missing file', async () => {
    const path = join(folder, 'nowhere.tar.gz');
    expect(await messageFor(path)).toBe('cannot read it: a part of the path does not exist (ENOENT)');
  });
});

const noise = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * i * 31) % 251));

function cutAtHalf(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length >> 1);
}

/** An archive of 1 MB whose one entry claims 4 GiB, and would unpack to 1. */
async function makeBomb(): Promise<Buffer> {
  const header = (await packTar([{ name: 'aclImdb/bomb', size: 0 }])).subarray(0, 512);
  const size = Buffer.from((2 ** 32 - 512).toString(8).padStart(11, '0'));
  size.copy(header, 124);
  header.fill(' ', 148, 156);
  Buffer.from(header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0') + '\0 ').copy(header, 148);
  const zeros = gzipSync(Buffer.alloc(2 ** 24), { level: 9 });
  return Buffer.concat([gzipSync(header), ...Array.from({ length: 65 }, () => zeros)]);
}

describe('random damage', () => {
  it('of the tar or of the gzip never gives anything but a corpus or a UserError', async () => {
    const tar = await packTar(goodEntries);
    const path = join(folder, 'fuzz.tar.gz');
    const outcomes = { read: 0, refused: 0 };
    const edit = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 4 }), fc.boolean(), fc.option(fc.nat(), { freq: 1 }), async (edits, inGzip, cut) => {
        const bytes = Buffer.from(inGzip ? gzipSync(tar) : tar);
        for (const { at, byte } of edits) bytes[at % bytes.length] = byte;
        const kept = cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
        writeFileSync(path, inGzip ? kept : gzipSync(kept, { level: 1 }));
        await readImdbArchive(path).then(
          () => outcomes.read++,
          (error: unknown) => {
            if (!(error instanceof UserError)) throw error;
            outcomes.refused++;
          },
        );
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(outcomes.read).toBeGreaterThan(5);
    expect(outcomes.refused).toBeGreaterThan(100);
  });
});
