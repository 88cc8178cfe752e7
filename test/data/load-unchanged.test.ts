import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { prepareData } from '../../src/commands/data.ts';
import { openCorpus } from '../../src/data/open-corpus.ts';
import { loadTokenizedCorpus } from '../../src/data/token-cache.ts';
import { UserError } from '../../src/errors.ts';
import type { OnProgress } from '../../src/progress.ts';
import { createRandomStream } from '../../src/random.ts';
import { goodEntries, writeArchive } from './archives.ts';

const root = mkdtempSync(join(tmpdir(), 'gatelab-changing-'));
afterAll(() => { rmSync(root, { recursive: true }); });

/** Larger than what is read at once, and as large after gzip. */
const random = createRandomStream({ seed: 1, purpose: 'sample' });
const noise = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, () => random.below(256)));
const firstNoise = noise(600_000), otherNoise = noise(600_000);
const rows = (word: string): string => `review,sentiment\n${Array.from({ length: 20_000 }, (_, i) => `${word} ${i},${i % 2 === 0 ? 'positive' : 'negative'}\n`).join('')}`;

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
    const load = (): ReturnType<typeof loadTokenizedCorpus> => loadTokenizedCorpus(source, { cacheFolder: join(root, 'kept'), onProgress: () => undefined, onWarning: refuse });
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
