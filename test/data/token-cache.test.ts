import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, afterAll } from 'vitest';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';

import type { CorpusSource } from '../../src/data/review.ts';
import { loadTokenizedCorpus } from '../../src/data/token-cache.ts';
import type { LoadedCorpus, TokenCacheOptions } from '../../src/data/token-cache.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { UserError } from '../../src/errors.ts';
import { ignoreProgress } from '../../src/progress.ts';
import type { OnProgress } from '../../src/progress.ts';
import { corpusOf, numberedTexts } from './corpus-fixture.ts';
import { prepareData } from '../../src/commands/data.ts';
import { openCorpus } from '../../src/data/open-corpus.ts';
import { createRandomStream } from '../../src/random.ts';
import { goodEntries, writeArchive } from './archives.ts';

const corpus = corpusOf(numberedTexts(20), numberedTexts(10));
const expected = { ...await tokenizeCorpus(corpus), sourceHash: 'one', isCached: true };

let folder: string;
let loads: number;
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatelab-tokens-'));
  loads = 0;
  warnings = [];
});
afterEach(() => rm(folder, { recursive: true }));

function sourceOf(sourceHash: string): CorpusSource {
  return {
    kind: 'file', synthetic: false, location: 'reviews.csv',
    sourceHash: () => Promise.resolve(sourceHash),
    load: () => { loads++; return Promise.resolve(corpus); },
  };
}

const load = (source = sourceOf('one'), cacheFolder = folder, tokenizer: TokenCacheOptions['tokenizer'] = 'words'): Promise<LoadedCorpus> =>
  loadTokenizedCorpus(source, { cacheFolder, tokenizer, onProgress: ignoreProgress, onWarning: (message) => warnings.push(message) });

async function cacheFile(): Promise<string> {
  const names = await readdir(folder);
  expect(names).toEqual([expect.stringMatching(/^tokens-[\da-f]{32}\.bin$/)]);
  return join(folder, names[0]!);
}

describe('loadTokenizedCorpus', () => {
  it('reads the source once, then the cache', async () => {
    expect(await load()).toEqual(expected);
    expect(await load()).toEqual(expected);
    expect(loads).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('makes the folder it needs', async () => {
    await load(sourceOf('one'), join(folder, 'data', 'cache'));
    expect(await readdir(join(folder, 'data', 'cache'))).toHaveLength(1);
  });

  it('keeps contents apart', async () => {
    await load(sourceOf('one'));
    await load(sourceOf('two'));
    expect(loads).toBe(2);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('keeps tokenizers apart, and the reviews are the same to all', async () => {
    const words = await load(), segments = await load(sourceOf('one'), folder, 'segments');
    expect(loads).toBe(2);
    expect(segments.fingerprint).toBe(words.fingerprint);
    expect(await load(sourceOf('one'), folder, 'segments')).toEqual(segments);
    expect(loads).toBe(2);
  });

  it('takes no file of the format before this one, whatever is in it', async () => {
    const key = `one tokenizer 1 unicode ${process.versions.unicode} format ${String(0x746f6b01)}`;
    await writeFile(join(folder, `tokens-${createHash('sha256').update(key).digest('hex').slice(0, 32)}.bin`), 'of 0.1');
    expect(await load()).toEqual(expected);
    expect([loads, warnings]).toEqual([1, []]);
  });

  it('keeps what was noted while reading', async () => {
    const noted = { ...sourceOf('noted'), load: () => Promise.resolve({ ...corpus, notes: ['read as tab-separated'] }) };
    await load(noted);
    expect((await load({ ...noted, load: () => Promise.reject(new Error('again')) })).notes).toEqual(['read as tab-separated']);
  });

  it.each([
    [
      'a flipped byte',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[200]! ^= 4;
        await writeFile(path, bytes);
      },
      'its checksum does not match',
    ],
    ['a cut file', (path: string) => truncate(path, 500), 'its checksum does not match'],
    ['an empty file', (path: string) => truncate(path, 0), 'it is cut short'],
  ])('makes the cache again after %s, with a warning', async (_, damage, reason) => {
    await load();
    const path = await cacheFile();
    const whole = await readFile(path);
    await damage(path);
    expect(await load()).toEqual(expected);
    expect(warnings).toEqual([`The token cache ${path} is unusable (${reason}); making it again.`]);
    expect(await readFile(path)).toEqual(whole);
    expect(loads).toBe(2);
  });

  it('goes on without a cache where none can be written', async () => {
    const occupied = join(folder, 'file');
    await writeFile(occupied, '');
    expect(await load(sourceOf('one'), join(occupied, 'cache'))).toEqual({ ...expected, isCached: false });
    expect(warnings).toEqual([expect.stringMatching(/^Cannot keep the tokens in .*file\/cache \(E.*\); going on without/)]);
  });

  it('leaves nothing half-written when the file cannot be put in place', async () => {
    await load();
    const path = await cacheFile();
    await rm(path);
    await mkdir(join(path, 'in the way'), { recursive: true });
    expect(await load()).toEqual({ ...expected, isCached: false });
    expect(warnings).toHaveLength(2);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('is safe when several start at once', async () => {
    const corpora = await Promise.all([load(), load(), load()]);
    expect(corpora).toEqual([expected, expected, expected]);
    await cacheFile();
    expect(warnings).toEqual([]);
  });

  it('removes what was abandoned long ago, and nothing else', async () => {
    const names = ['tokens-old.bin.x.part', 'tokens-new.bin.x.part', 'other.part'];
    for (const name of names) await writeFile(join(folder, name), '');
    for (const name of [names[0]!, names[2]!]) await utimes(join(folder, name), 0, 0);
    await load();
    expect((await readdir(folder)).filter((name) => name.endsWith('.part')).toSorted()).toEqual(['other.part', 'tokens-new.bin.x.part']);
  });

  it("passes on a source's error", async () => {
    const broken = { ...sourceOf('one'), load: () => Promise.reject(new UserError('reviews.csv: row 3 …')) };
    await expect(load(broken)).rejects.toThrow(new UserError('reviews.csv: row 3 …'));
    expect(await readdir(folder)).toEqual([]);
  });
});

const root = mkdtempSync(join(tmpdir(), 'gatelab-changing-'));
afterAll(() => { rmSync(root, { recursive: true }); });

/** Larger than what is read at once, and as large after gzip. */
const random = createRandomStream({ seed: 1, purpose: 'sample' });
const noise = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, () => random.below(256)));
const firstNoise = noise(600_000), otherNoise = noise(600_000);
const rows = (word: string): string =>
  `review,sentiment\n${Array.from({ length: 20_000 }, (_, i) => `${word} ${i},${i % 2 === 0 ? 'positive' : 'negative'}\n`).join('')}`;

interface Pair {
  readonly path: string;
  /** As good, and of the same kind. */
  readonly other: string;
}

const makePair: Readonly<Record<string, (name: string) => Promise<Pair>>> = {
  'an archive': async (name) => ({
    path: await writeArchive(root, [...goodEntries, { name: 'aclImdb/noise', content: firstNoise }], `${name}.tar.gz`),
    other: await writeArchive(root, [...goodEntries, { name: 'aclImdb/noise', content: otherNoise }], `${name}-other.tar.gz`),
  }),
  'a CSV': (name) => {
    const pair = { path: join(root, `${name}.csv`), other: join(root, `${name}-other.csv`) };
    writeFileSync(pair.path, rows('good'));
    writeFileSync(pair.other, rows('fine'));
    return Promise.resolve(pair);
  },
};

const changes: Readonly<Record<string, (pair: Pair) => void>> = {
  'overwritten where it lies': ({ path, other }) => { writeFileSync(path, readFileSync(other)); },
  'replaced by another': ({ path, other }) => { renameSync(other, path); },
  'replaced by a web page': ({ path, other }) => { writeFileSync(other, '<html>503</html>'); renameSync(other, path); },
  'cut short': ({ path }) => { truncateSync(path, 300_000); },
  'still being written': ({ path }) => { appendFileSync(path, 'more,positive\n'); },
  'removed': ({ path }) => { rmSync(path); },
};

const cases = Object.keys(makePair).flatMap((kind) => Object.keys(changes).map((change) => [kind, change] as const));
const refuse = (line: string): void => { throw new Error(line); };
let runs = 0;

describe('the data is read whole or not at all', () => {
  it.each(cases)('%s that is %s while it is read', async (kind, change) => {
    const pair = await makePair[kind]!(`file-${++runs}`);
    const cache = join(root, `cache-${runs}`);
    let changed = false;
    const onProgress: OnProgress = ({ label, done }) => {
      if (changed || label !== 'Reading reviews' || done === 0) return;
      changed = true;
      changes[change]!(pair);
    };
    const source = await openCorpus({ source: 'imdb', dataPath: pair.path, allowSampleFallback: false });
    await expect(loadTokenizedCorpus(source, { cacheFolder: cache, onProgress, onWarning: refuse })).rejects
      .toThrow(new UserError(`${pair.path}: changed while it was read; start again once nothing writes to it any more`));
    expect(changed).toBe(true);
    expect(() => readdirSync(cache)).toThrow('ENOENT'); // no tokens were kept
  });

  it('tokens keep the fingerprint of what they were made of when the file is replaced later', async () => {
    const pair = await makePair['a CSV']!('replaced');
    const source = await openCorpus({ source: 'imdb', dataPath: pair.path, allowSampleFallback: false });
    const sha256 = createHash('sha256').update(readFileSync(pair.path)).digest('hex');
    const load = (): ReturnType<typeof loadTokenizedCorpus> =>
      loadTokenizedCorpus(source, { cacheFolder: join(root, 'kept'), onProgress: () => undefined, onWarning: refuse });
    const { fingerprint, sourceHash, words } = await load();
    renameSync(pair.other, pair.path);
    expect(sourceHash).toBe(sha256);
    expect(words).toContain('good');
    const later = await load();
    expect(later.words).toContain('fine');
    expect(later.sourceHash).not.toBe(sha256);
    expect(later.fingerprint).not.toBe(fingerprint);
  });

  it('data refuses it too', async () => {
    const pair = await makePair['an archive']!('prepared');
    let changed = false;
    const onProgress: OnProgress = ({ label }) => {
      if (!changed && label === 'Reading reviews') { changed = true; changes['overwritten where it lies']!(pair); }
    };
    await expect(prepareData({ dataPath: pair.path, cacheFolder: join(root, 'none'), onProgress, onWarning: refuse })).rejects
      .toThrow(`${pair.path}: changed while it was read`);
  });
});
