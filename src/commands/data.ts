import { stat } from 'node:fs/promises';
import { displayPath } from '../files/paths.ts';
import { countSeenInTraining } from '../data/findings.ts';
import { hashFile } from '../files/read.ts';
import { loadUnchanged, loadTokenizedCorpus, TOKEN_CACHE_FOLDER } from '../data/token-cache.ts';
import type { LoadedCorpus } from '../data/token-cache.ts';
import { officialArchive } from '../data/imdb-layout.ts';
import { openCorpus } from '../data/open-corpus.ts';
import type { Corpus, CorpusSource, Review } from '../data/review.ts';
import { escapeControls } from '../files/escape-controls.js';
import { describeMajority, describeResolution } from '../measure/statistics.ts';
import { ignoreProgress, type OnProgress } from '../progress.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { createScreen } from '../terminal/screen.ts';
import type { OptionsOf } from './options.ts';

export interface DataOptions {
  readonly dataPath?: string | undefined;
  readonly cacheFolder?: string;
  readonly onProgress?: OnProgress;
  readonly onWarning: (line: string) => void;
}

const kinds: Record<CorpusSource['kind'], string> = {
  imdb: 'Large Movie Review Dataset (Maas et al. 2011)',
  file: 'a table of reviews and labels; half of the rows for training, half for test, by a fixed split',
  sample: 'synthetic sample',
};

/** The file itself, and whether it is the archive as its authors publish it. */
async function describeFile(source: CorpusSource, sourceHash: string, onProgress: OnProgress): Promise<string[]> {
  const found = await stat(source.location);
  if (!found.isFile()) return [];
  const size = [`Size       ${formatBytes(found.size)}`, `SHA-256    ${sourceHash}`];
  if (source.kind !== 'imdb') return size;
  const md5 = await hashFile(source.location, 'md5', onProgress);
  const verdict = md5 === officialArchive.md5
    ? 'the official archive'
    : `not the official archive (MD5 ${officialArchive.md5}), but its layout and labels are right`;
  return [...size, `MD5        ${md5}: ${verdict}`];
}

function countPositive(reviews: readonly Review[]): number {
  return reviews.filter(({ label }) => label === 1).length;
}

function describePart(reviews: readonly Review[]): string {
  const words = reviews.reduce((sum, { text }) => sum + (text.match(/\S+/g)?.length ?? 0), 0);
  return `${formatCount(reviews.length)} reviews, ${formatCount(countPositive(reviews))} of them positive, `
    + `${(words / reviews.length).toFixed(1)} words each`;
}

/** What to know of the test part before its figures are believed. */
function describeTest({ test }: Corpus, seenInTraining: number): string[] {
  return [
    describeMajority({ positive: countPositive(test), reviews: test.length }),
    describeResolution(test.length),
    seenInTraining === 0 ? null : `${formatCount(seenInTraining)} of them have the tokens of a training review`,
  ].filter((line) => line !== null).map((line) => `${' '.repeat(11)}${line}`);
}

/** @param file what is known of the file itself */
export function renderCorpus(source: CorpusSource, corpus: Corpus, tokens: LoadedCorpus, file: readonly string[]): string {
  return [
    `Data       ${kinds[source.kind]}`,
    `Location   ${displayPath(source.location)}`,
    ...file,
    ...corpus.notes.map((note) => `Note       ${escapeControls(note)}`),
    `Reviews    SHA-256 ${tokens.fingerprint}, however they are packed`,
    `Training   ${describePart(corpus.train)}`,
    `Test       ${describePart(corpus.test)}`,
    ...describeTest(corpus, countSeenInTraining(tokens)),
  ].join('\n');
}

/** Fetches the data if it is missing, checks all of it, encodes it into the cache, and says what it is. @throws UserError */
export async function prepareData({
  dataPath,
  onProgress = ignoreProgress,
  onWarning,
  cacheFolder = TOKEN_CACHE_FOLDER,
}: DataOptions): Promise<string> {
  const source = await openCorpus({ source: 'imdb', dataPath, allowSampleFallback: false, onProgress, onWarning });
  const sourceHash = await source.sourceHash();
  const file = await describeFile(source, sourceHash, onProgress);
  const corpus = await loadUnchanged(source, sourceHash, onProgress);
  const read = { ...source, sourceHash: () => Promise.resolve(sourceHash), load: () => Promise.resolve(corpus) };
  const tokens = await loadTokenizedCorpus(read, { cacheFolder, onProgress, onWarning });
  const kept = tokens.isCached
    ? `encoded in ${displayPath(cacheFolder)}`
    : `not kept, since ${displayPath(cacheFolder)} cannot be written: each start encodes them again`;
  return `${renderCorpus(source, corpus, tokens, file)}\nWords      ${formatCount(tokens.words.length)} distinct, ${kept}`;
}

export async function runData({ data }: OptionsOf<'data'>): Promise<void> {
  const { print, onProgress, onWarning } = createScreen(false);
  print(await prepareData({ dataPath: data, onProgress, onWarning }));
}
