import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CorpusSource } from '../../src/data/review.ts';
import { loadTokenizedCorpus, type LoadedCorpus, type TokenCacheOptions } from '../../src/data/token-cache.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { UserError } from '../../src/errors.ts';
import { ignoreProgress } from '../../src/progress.ts';
import { corpusOf, numberedTexts } from './corpus-fixture.ts';

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
    ['a flipped byte', async (path: string) => { const bytes = await readFile(path); bytes[200]! ^= 4; await writeFile(path, bytes); }, 'its checksum does not match'],
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
