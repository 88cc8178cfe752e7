import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createBatchPacker, planEpoch } from '../../src/data/batches.ts';
import { createDataset } from '../../src/data/dataset.ts';
import { createImdbArchiveSource } from '../../src/data/imdb-archive.ts';
import { officialFingerprint } from '../../src/data/imdb-layout.ts';
import { loadTokenizedCorpus } from '../../src/data/token-cache.ts';
import { ignoreProgress } from '../../src/progress.ts';
import { readVariable } from '../../src/files/user-environment.ts';
import { findTokens } from '../../src/text/spans.ts';
import { tokenize } from '../../src/text/tokenizer.ts';
import { dataConfig } from '../data/corpus-fixture.ts';

const archive = readVariable('IMDB_DATA');

it.skipIf(archive === undefined)('encodes the real IMDB as docs/decisions/0005-text.md says (set IMDB_DATA to the archive to run '
  + 'it)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatelab-imdb-'));
  const load = (): ReturnType<typeof loadTokenizedCorpus> =>
    loadTokenizedCorpus(createImdbArchiveSource(archive ?? ''), {
      cacheFolder: folder,
      onProgress: ignoreProgress,
      onWarning: (message) => {
        throw new Error(message);
      },
    });
  await load();
  const corpus = await load();
  await rm(folder, { recursive: true });
  const { vocabulary, train, validation, test } = createDataset(corpus, dataConfig());
  const sha256 = (values: unknown): string => createHash('sha256').update(JSON.stringify(values)).digest('hex');

  expect(corpus.isCached).toBe(true);
  expect(corpus.fingerprint).toBe(officialFingerprint);
  // Of every run since the first: which reviews, and in which order.
  expect(sha256(train.ids)).toBe('7ae34cd21a2347150659670ba6c076acafacf871852c06d80d8fa6208554fafa');
  expect(sha256(validation.ids)).toBe('91ea9ed702f212c1771b8de479a09e854dcad2fcbc188f063eccdb42a493c1d1');
  expect(sha256(vocabulary.words)).toBe('ea2a94cea269b21b509f747f72290dc1582a11394c391444139b06b32f02bfd2');
  expect(vocabulary.size).toBe(20_000);
  expect(vocabulary.words.slice(2, 8)).toEqual(['the', '.', ',', 'and', 'a', 'of']);
  expect([train, validation, test].map(({ ids }) => ids.length)).toEqual([22_500, 2500, 25_000]);
  expect([train, validation, test].map(({ labels }) => labels.filter((label) => label === 1).length)).toEqual([11_250, 1250, 12_500]);
  expect(train.tokenIds.length / train.ids.length).toBeCloseTo(206.2, 1);
  expect(train.unknownTokens / train.tokenIds.length).toBeCloseTo(0.022, 3);
  expect(train.truncatedReviews / train.ids.length).toBeCloseTo(0.279, 3);
  const batches = planEpoch(train, { batchSize: 64, bucketBatches: 50, seed: 1, epoch: 0 }).map(createBatchPacker(train));
  const distinct = batches.reduce((sum, { distinctIds }) => sum + distinctIds.length, 0) / batches.length;
  expect(distinct).toBeGreaterThan(2600);
  expect(distinct).toBeLessThan(2700);
});

it.skipIf(archive === undefined)('finds the places of the tokens of the real IMDB', async () => {
  const { test } = await createImdbArchiveSource(archive ?? '').load();
  let changed = 0;
  for (const { text } of test.filter((_, k) => k % 10 === 0)) {
    const spans = findTokens(text, 'words');
    expect(spans.map(({ token }) => token)).toEqual(tokenize(text));
    changed += spans.filter(({ token, start, end }) => text.slice(start, end).toLowerCase() !== token).length;
  }
  expect(changed).toBeGreaterThan(200); // entities, curly quotes and the like
});
