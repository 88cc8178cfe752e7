import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { displayPath } from '../files/paths.ts';
import { UserError } from '../errors.ts';
import { ignoreProgress, type OnProgress } from '../progress.ts';
import { describeSystemError } from '../files/read.ts';
import { checkReviewPlace, createReviewCollector, labelFolders, parseReviewPath, parts, officialArchive } from './imdb-layout.ts';
import type { ReviewPlace } from './imdb-layout.ts';
import type { Corpus, CorpusSource } from './review.ts';

/** Files read at once. */
const CONCURRENCY = 64;

interface ReviewFile {
  readonly path: string;
  readonly place: ReviewPlace;
  readonly bytes: number;
  readonly modifiedMs: number;
}

async function inGroups<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += CONCURRENCY) {
    results.push(...(await Promise.all(items.slice(start, start + CONCURRENCY).map(work))));
  }
  return results;
}

async function describeFile(folder: string, place: ReviewPlace): Promise<ReviewFile> {
  const path = join(folder, `${place.id}.txt`);
  const found = await stat(path);
  if (!found.isFile()) throw new UserError(`${displayPath(path)}: not a file; unpack ${officialArchive.fileName} again`);
  return { path, place, bytes: found.size, modifiedMs: found.mtimeMs };
}

/** The labelled reviews' files, sorted by name. A missing folder counts as an empty one. */
async function listReviewFiles(folder: string): Promise<ReviewFile[]> {
  try {
    const labelled = parts.flatMap((part) => labelFolders.map((label) => `${part}/${label}`));
    const names = await Promise.all(labelled.map(async (name) => {
      const entries = await readdir(join(folder, name)).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      });
      return entries.map((entry) => `${name}/${entry}`);
    }));
    const places = names.flat().sort().map(parseReviewPath).filter((place) => place !== undefined);
    return await inGroups(places, (place) => describeFile(folder, place));
  } catch (error) {
    throw describeSystemError(error, 'read', folder);
  }
}

/** Reads the unpacked `aclImdb` folder: the same reviews, order and checks as the archive. @throws UserError */
export async function readImdbFolder(folder: string, onProgress: OnProgress = ignoreProgress): Promise<Corpus> {
  const files = await listReviewFiles(folder);
  const location = displayPath(folder);
  const reviews = createReviewCollector(location);
  let done = 0;
  await inGroups(files, async ({ path, place, bytes }) => {
    checkReviewPlace(place, bytes, location);
    const content = await readFile(path).catch((error: unknown) => { throw describeSystemError(error, 'read', path); });
    reviews.add(place, content);
    onProgress({ label: 'Reading reviews', done: ++done, total: files.length, unit: 'reviews' });
  });
  return reviews.finish();
}

/**
 * SHA-256 over the names, sizes and modification times of the labelled reviews: reading 50,000 files only to hash them would cost
 * seconds at every start. A copy has another hash, and is read once to find that its reviews are the same.
 */
async function hashListing(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const { place, bytes, modifiedMs } of await listReviewFiles(folder)) hash.update(`${place.id} ${bytes} ${modifiedMs}\n`);
  return hash.digest('hex');
}

export function createImdbFolderSource(folder: string): CorpusSource {
  return {
    kind: 'imdb',
    synthetic: false,
    location: folder,
    sourceHash: () => hashListing(folder),
    load: (onProgress) => readImdbFolder(folder, onProgress),
  };
}
