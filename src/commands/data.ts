import { stat } from 'node:fs/promises';
import { displayPath } from '../config/paths.ts';
import { hashFile } from '../data/file-access.ts';
import { loadUnchanged } from '../data/load-unchanged.ts';
import { officialArchive } from '../data/official-archive.ts';
import { openCorpus } from '../data/open-corpus.ts';
import { loadTokenizedCorpus, TOKEN_CACHE_FOLDER } from '../data/token-cache.ts';
import type { Corpus, CorpusSource, Review } from '../data/review.ts';
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
  csv: 'CSV review,sentiment; half of the rows for training, half for test, by a fixed split',
  sample: 'synthetic sample',
};

/** Whether a file is the archive as its authors publish it. */
async function describeOrigin(source: CorpusSource, onProgress: OnProgress): Promise<string[]> {
  const found = await stat(source.location);
  if (source.kind !== 'imdb' || !found.isFile()) return [];
  const md5 = await hashFile(source.location, 'md5', onProgress);
  const verdict = md5 === officialArchive.md5
    ? 'the official archive'
    : `not the official archive (MD5 ${officialArchive.md5}), but its layout and labels are right`;
  return [`Size       ${formatBytes(found.size)}`, `MD5        ${md5}: ${verdict}`];
}

function describePart(reviews: readonly Review[]): string {
  const positive = reviews.filter(({ label }) => label === 1).length;
  const words = reviews.reduce((sum, { text }) => sum + (text.match(/\S+/g)?.length ?? 0), 0);
  return `${formatCount(reviews.length)} reviews, ${formatCount(positive)} of them positive, ${(words / reviews.length).toFixed(1)} words each`;
}

export function renderCorpus(source: CorpusSource, corpus: Corpus, fingerprint: string, origin: readonly string[]): string {
  return [
    `Data       ${kinds[source.kind]}`,
    `Location   ${displayPath(source.location)}`,
    ...origin,
    `SHA-256    ${fingerprint}`,
    `Training   ${describePart(corpus.train)}`,
    `Test       ${describePart(corpus.test)}`,
  ].join('\n');
}

/** Fetches the data if it is missing, checks all of it, encodes it into the cache, and says what it is. @throws UserError */
export async function prepareData({ dataPath, onProgress = ignoreProgress, onWarning, cacheFolder = TOKEN_CACHE_FOLDER }: DataOptions): Promise<string> {
  const source = await openCorpus({ source: 'imdb', dataPath, allowSampleFallback: false, onProgress, onWarning });
  const fingerprint = await source.fingerprint();
  const origin = await describeOrigin(source, onProgress);
  const corpus = await loadUnchanged(source, fingerprint, onProgress);
  const read = { ...source, fingerprint: () => Promise.resolve(fingerprint), load: () => Promise.resolve(corpus) };
  const { words } = await loadTokenizedCorpus(read, cacheFolder, onProgress, onWarning);
  return `${renderCorpus(source, corpus, fingerprint, origin)}\nWords      ${formatCount(words.length)} distinct, encoded in ${cacheFolder}`;
}

export async function runData({ data }: OptionsOf<'data'>): Promise<void> {
  const { print, onProgress, onWarning } = createScreen(false);
  print(await prepareData({ dataPath: data, onProgress, onWarning }));
}
