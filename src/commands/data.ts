import { stat } from 'node:fs/promises';

import { officialArchive } from '../data/imdb-layout.ts';
import { corpusOptionsOf, openCorpus } from '../data/open-corpus.ts';
import { profileData } from '../data/profile.ts';
import type { CorpusSource, Review } from '../data/review.ts';
import { isBuiltIn } from '../data/settings.ts';
import { loadUnchanged, loadTokenizedCorpus, TOKEN_CACHE_FOLDER } from '../data/token-cache.ts';
import { loadConfig } from '../experiment-config.ts';
import { displayPath } from '../files/paths.ts';
import { hashFile } from '../files/read.ts';
import { ignoreProgress, type OnProgress } from '../progress.ts';
import { createScreen } from '../terminal/screen.ts';
import { renderDataReport } from './data-view.ts';
import type { DataReport, DataWords } from './data-view.ts';
import type { OptionsOf } from './options.ts';

export interface DataOptions {
  readonly dataPath?: string | undefined;
  /** How the data is read and split, of any config. */
  readonly config?: string | undefined;
  readonly set?: readonly string[];
  readonly cacheFolder?: string;
  readonly onProgress?: OnProgress;
  readonly onWarning: (line: string) => void;
}

/** What has the settings of data that nobody named. */
const DEFAULT_CONFIG = 'gru.yaml';

const kinds: Record<CorpusSource['kind'], string> = {
  imdb: 'Large Movie Review Dataset (Maas et al. 2011)',
  file: 'a table of reviews and labels',
  sample: 'synthetic sample',
  recall: 'memory task',
};

/** The file itself; null where the data is none. */
async function readFileFacts({ kind, location }: CorpusSource, onProgress: OnProgress): Promise<DataReport['file']> {
  if (isBuiltIn(kind)) return null;
  const found = await stat(location);
  if (!found.isFile()) return null;
  const sha256 = await hashFile(location, 'sha256', onProgress);
  return { bytes: found.size, sha256, md5: kind === 'imdb' ? await hashFile(location, 'md5', onProgress) : null };
}

/** Whether it is the archive as its authors publish it. */
function describeArchive(md5: string): string {
  return `${md5}: ${md5 === officialArchive.md5
    ? 'the official archive' : `not the official archive (MD5 ${officialArchive.md5}), but its layout and labels are right`}`;
}

function countMeanWords(reviews: readonly Review[]): number {
  return reviews.reduce((sum, { text }) => sum + (text.match(/\S+/g)?.length ?? 0), 0) / Math.max(1, reviews.length);
}

/** Fetches the data if it is missing, checks all of it, encodes it into the cache, and counts what it holds. @throws UserError */
export async function prepareData({
  dataPath, config = DEFAULT_CONFIG, set = [], onProgress = ignoreProgress, onWarning, cacheFolder = TOKEN_CACHE_FOLDER,
}: DataOptions): Promise<DataReport> {
  const { config: { data } } = loadConfig(config, { set });
  const source = await openCorpus({
    ...corpusOptionsOf(data), dataPath, allowSampleFallback: false, onProgress, onWarning,
  });
  const sourceHash = await source.sourceHash();
  const file = await readFileFacts(source, onProgress);
  const corpus = await loadUnchanged(source, sourceHash, onProgress);
  const read = { ...source, sourceHash: () => Promise.resolve(sourceHash), load: () => Promise.resolve(corpus) };
  const tokens = await loadTokenizedCorpus(read, { tokenizer: data.tokenizer, cacheFolder, onProgress, onWarning });
  const { train, validation, test } = corpus;
  const profile = profileData(tokens, data);
  return {
    kind: source.kind, location: displayPath(source.location), file, notes: corpus.notes, fingerprint: tokens.fingerprint, ...profile,
    oddities: source.kind === 'file' ? profile.oddities : [],
    meanWords: { train: countMeanWords(train), validation: countMeanWords(validation), test: countMeanWords(test) },
    cacheFolder: tokens.isCached ? displayPath(cacheFolder) : null,
  };
}

/** The report's words. @param cacheFolder where tokens are kept or would be */
export function wordsOf({ kind, file, cacheFolder }: DataReport, asked = TOKEN_CACHE_FOLDER): DataWords {
  return {
    kind: kinds[kind],
    md5: file?.md5 === undefined || file.md5 === null ? null : describeArchive(file.md5),
    cache: cacheFolder === null
      ? `are not kept, since ${displayPath(asked)} cannot be written: each start encodes them again` : `are kept in ${cacheFolder}`,
  };
}

export async function runData({ data, config, set, json }: OptionsOf<'data'>): Promise<void> {
  const { print, columns, onProgress, onWarning, bar } = createScreen(false);
  const report = await prepareData({ dataPath: data, config, set, onProgress, onWarning });
  bar.clear();
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else print(renderDataReport(report, wordsOf(report), columns()));
}
