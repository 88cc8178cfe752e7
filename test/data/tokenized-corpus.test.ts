import { describe, expect, it, afterAll } from 'vitest';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';

import { ignoreProgress } from '../../src/progress.ts';
import type { ProgressEvent } from '../../src/progress.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { tokenize } from '../../src/text/tokenizer.ts';
import { corpusOf, numberedTexts } from './corpus-fixture.ts';
import { openCorpus } from '../../src/data/open-corpus.ts';
import { loadTokenizedCorpus } from '../../src/data/token-cache.ts';
import type { LoadedCorpus } from '../../src/data/token-cache.ts';
import { goodEntries, writeArchive } from './archives.ts';
import type { Entry } from './archives.ts';
import { decodeTokenFile, encodeTokenFile } from '../../src/data/token-file.ts';
import type { TokenizedPart } from '../../src/text/encode.ts';

function textsOf(words: readonly string[], part: TokenizedPart): string[][] {
  return part.ids.map((_, row) => Array.from(part.wordIds.subarray(part.offsets[row], part.offsets[row + 1]), (id) => words[id]!));
}

describe('tokenizeCorpus', () => {
  it('lists the words of both parts in order of first appearance', async () => {
    const { words, train, test } = await tokenizeCorpus(corpusOf([['Good, good film', 1], ['bad film', 0]], [['film? No.', 0]]));
    expect(words).toEqual(['good', ',', 'film', 'bad', '?', 'no', '.']);
    expect([...train.wordIds]).toEqual([0, 1, 0, 2, 3, 2]);
    expect([...train.offsets]).toEqual([0, 4, 6]);
    expect([...train.labels]).toEqual([1, 0]);
    expect(train.ids).toEqual(['train/0', 'train/1']);
    expect([...test.wordIds]).toEqual([2, 4, 5, 6]);
  });

  it('keeps every token of every review, and empty reviews', async () => {
    const long = Array.from({ length: 20_000 }, (_, i) => `w${i % 50}`).join(' ');
    const texts = ['', long, '<br />', 'one'];
    const { words, train } = await tokenizeCorpus(corpusOf(texts.map((text) => [text, 0])));
    expect(textsOf(words, train)).toEqual(texts.map(tokenize));
    expect([...train.offsets]).toEqual([0, 0, 20_000, 20_000, 20_001]);
  });

  it('takes an empty corpus', async () => {
    const { words, train, test } = await tokenizeCorpus(corpusOf([]));
    expect(words).toEqual([]);
    expect([...train.offsets, ...test.offsets]).toEqual([0, 0]);
  });

  it('reports progress to the end and lets other events through', async () => {
    const events: ProgressEvent[] = [];
    let ticks = 0;
    const timer = setInterval(() => ticks++, 0);
    await tokenizeCorpus(corpusOf(numberedTexts(1200), numberedTexts(300)), (event) => events.push(event));
    clearInterval(timer);
    expect(events.map(({ done }) => done)).toEqual([500, 1000, 1500]);
    expect(events[0]).toEqual({ label: 'Tokenising reviews', done: 500, total: 1500, unit: 'reviews' });
    expect(ticks).toBeGreaterThan(0);
  });
});

const root = mkdtempSync(join(tmpdir(), 'gatelab-same-'));
afterAll(() => { rmSync(root, { recursive: true }); });

function unpack(entries: readonly Entry[], name: string): string {
  const folder = join(root, name);
  for (const { name: file, content = '', type } of entries) {
    if (type === 'directory') continue;
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  return folder;
}

async function load(dataPath: string): Promise<LoadedCorpus> {
  const source = await openCorpus({ source: 'imdb', dataPath, allowSampleFallback: false });
  return loadTokenizedCorpus(source, {
    cacheFolder: join(root, 'cache'),
    onProgress: ignoreProgress,
    onWarning: (line) => {
      throw new Error(line);
    },
  });
}

it('the same reviews have one fingerprint, whatever they are packed in and whenever they were written', async () => {
  const folder = unpack(goodEntries, 'folder');
  cpSync(folder, join(root, 'copy'), { recursive: true });
  utimesSync(join(root, 'copy/aclImdb/test/pos/2_10.txt'), 1, 1);
  const packed = await writeArchive(root, goodEntries, 'a.tar.gz');
  const packedAnew = await writeArchive(root, [...goodEntries].reverse().filter(({ name }) => !name.endsWith('.feat')), 'b.tar.gz');
  const loaded = await Promise.all([folder, join(root, 'copy'), packed, packedAnew].map(load));
  expect(new Set(loaded.map(({ fingerprint }) => fingerprint)).size).toBe(1);
  expect(new Set(loaded.map(({ sourceHash }) => sourceHash)).size).toBe(4);
  expect((await load(folder)).fingerprint).toBe(loaded[0]?.fingerprint); // from the cache
  writeFileSync(join(folder, 'aclImdb/test/pos/2_10.txt'), 'First of the tests.');
  expect((await load(folder)).fingerprint).not.toBe(loaded[0]?.fingerprint);
});

it('any change of a text, a label, an id, a part or the order gives another', async () => {
  const print = async (...corpus: Parameters<typeof corpusOf>): Promise<string> => (await tokenizeCorpus(corpusOf(...corpus))).fingerprint;
  const prints = [
    await print(
      [
        ['a', 1],
        ['b', 0],
      ],
      [['c', 1]],
    ),
    await print(
      [
        ['a ', 1],
        ['b', 0],
      ],
      [['c', 1]],
    ),
    await print(
      [
        ['a', 0],
        ['b', 0],
      ],
      [['c', 1]],
    ),
    await print(
      [
        ['b', 0],
        ['a', 1],
      ],
      [['c', 1]],
    ),
    await print(
      [['a', 1]],
      [
        ['b', 0],
        ['c', 1],
      ],
    ),
    await print([
      ['a', 1],
      ['b', 0],
      ['c', 1],
    ]),
    await print([['a\n["train","train/1",0,"b"]', 1]], [['c', 1]]),
    await print([], []),
  ];
  expect(new Set(prints).size).toBe(prints.length);
});

const corpus = await tokenizeCorpus(corpusOf([['Good é 七人の侍 👍', 1], ['', 0], ['so so.', 1]], [['bad', 0]]));
const file = Buffer.concat(encodeTokenFile('key', corpus));

describe('a token file', () => {
  it('gives back the corpus it was made of', async () => {
    const texts = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.constantFrom<0 | 1>(0, 1)), { maxLength: 6 });
    await fc.assert(fc.asyncProperty(texts, texts, async (train, test) => {
      const made = await tokenizeCorpus(corpusOf(train, test));
      expect(decodeTokenFile('key', Buffer.concat(encodeTokenFile('key', made)))).toEqual(made);
    }), { numRuns: 200 });
  });

  it('keeps ids with any character', () => {
    const odd = { ...corpus, train: { ...corpus.train, ids: ['a\nb', '"\ud83d', '\0'] } };
    expect(decodeTokenFile('key', Buffer.concat(encodeTokenFile('key', odd)))).toEqual(odd);
  });

  it('is read in place', () => {
    const aligned = new Uint8Array(file);
    expect(decodeTokenFile('key', aligned).train.wordIds.buffer).toBe(aligned.buffer);
  });

  it.each([1, 2, 3])('is read %i bytes into a buffer', (shift) => {
    const shifted = new Uint8Array(file.length + shift);
    shifted.set(file, shift);
    expect(decodeTokenFile('key', shifted.subarray(shift))).toEqual(corpus);
  });

  it('is refused with any bit flipped', () => {
    for (let at = 0; at < file.length; at++) {
      const damaged = new Uint8Array(file);
      damaged[at]! ^= 1 << at % 8;
      expect(() => decodeTokenFile('key', damaged)).toThrow('its checksum does not match');
    }
  });

  it('is refused at any shorter or greater length', () => {
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeTokenFile('key', file.subarray(0, length))).toThrow(/it is cut short|its checksum does not match/);
    }
    expect(() => decodeTokenFile('key', Buffer.concat([file, Buffer.alloc(4)]))).toThrow('its checksum does not match');
  });

  it('is refused under another key', () => {
    expect(() => decodeTokenFile('other', file)).toThrow('it belongs to other data');
  });
});
