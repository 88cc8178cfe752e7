import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openCorpus } from '../../src/data/open-corpus.ts';
import { loadTokenizedCorpus, type LoadedCorpus } from '../../src/data/token-cache.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { ignoreProgress } from '../../src/progress.ts';
import { goodEntries, writeArchive, type Entry } from './archives.ts';
import { corpusOf } from './corpus-fixture.ts';

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
  return loadTokenizedCorpus(source, { cacheFolder: join(root, 'cache'), onProgress: ignoreProgress, onWarning: (line) => { throw new Error(line); } });
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
    await print([['a', 1], ['b', 0]], [['c', 1]]), await print([['a ', 1], ['b', 0]], [['c', 1]]), await print([['a', 0], ['b', 0]], [['c', 1]]),
    await print([['b', 0], ['a', 1]], [['c', 1]]), await print([['a', 1]], [['b', 0], ['c', 1]]), await print([['a', 1], ['b', 0], ['c', 1]]),
    await print([['a\n["train","train/1",0,"b"]', 1]], [['c', 1]]), await print([], []),
  ];
  expect(new Set(prints).size).toBe(prints.length);
});
