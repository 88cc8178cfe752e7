import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { displayPath } from '../files/paths.ts';
import { describeValue } from '../files/escape.ts';
import { isSystemError } from '../files/disk-errors.ts';
import { UserError } from '../errors.ts';
import { ignoreProgress, type OnProgress } from '../progress.ts';
import { countBytes, describeSystemError, findFileBytes, hashFile, openForReading } from '../files/read.ts';
import { checkReviewPlace, createReviewCollector, parseReviewPath, officialArchive } from './imdb-layout.ts';
import type { ReviewCollector } from './imdb-layout.ts';
import type { Corpus, CorpusSource } from './review.ts';

/** The official archive unpacks to less than half of it. */
export const MAX_UNPACKED_BYTES = 2 ** 30;
const TOP_FOLDER = 'aclImdb/';
const downloadAgain = `download it again from ${officialArchive.url}`;

/** @throws UserError for what has no place in this archive and could do harm where it is unpacked. */
function checkHeader(header: Header, location: string): void {
  const name = header.name, type = header.type as string | null; // null: a type tar-stream does not know
  if (/^([/\\]|[a-z]:)/i.test(name) || name.split(/[/\\]/).includes('..')) {
    throw new UserError(`${location}: refused, its entry ${describeValue(name)} points outside of the archive; ${downloadAgain}`);
  }
  if (type !== 'file' && type !== 'directory') {
    throw new UserError(
      `${location}: refused, its entry ${describeValue(name)} is a ${type ?? 'special file'} and not a file; ${downloadAgain}`,
    );
  }
}

interface EntryContent extends AsyncIterable<unknown> {
  resume(): unknown;
}

async function readAll(content: EntryContent): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

async function readEntry(header: Header, content: EntryContent, location: string, reviews: ReviewCollector): Promise<void> {
  checkHeader(header, location);
  const path = header.name.replace(/^(\.\/)+/, '');
  const place = header.type === 'file' && path.startsWith(TOP_FOLDER) ? parseReviewPath(path.slice(TOP_FOLDER.length)) : undefined;
  if (place === undefined) {
    content.resume();
    return;
  }
  checkReviewPlace(place, header.size, location);
  reviews.add(place, await readAll(content));
}

function limitUnpacked(chunks: AsyncIterable<Uint8Array>, location: string): AsyncIterable<Uint8Array> {
  return countBytes(chunks, (total) => {
    if (total > MAX_UNPACKED_BYTES) throw new UserError(`${location}: refused, it unpacks to more than 1 GiB; ${downloadAgain}`);
  });
}

/** What zlib, tar-stream and the file system say, in the user's words. */
function describeReadError(error: unknown, location: string, bytesRead: number): unknown {
  if (!(error instanceof Error) || error instanceof UserError || error instanceof TypeError || error instanceof RangeError) return error;
  if (isSystemError(error)) return describeSystemError(error, 'read', location);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR' || error.message === 'Unexpected end of data') {
    return new UserError(`${location}: cut short, it ends after ${bytesRead} bytes in the middle of a file; ${downloadAgain}`);
  }
  if (error.message === 'incorrect header check') return new UserError(`${location}: not a gzip archive; ${downloadAgain}`);
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return new UserError(`${location}: damaged within its first ${bytesRead} bytes (gzip: ${error.message}); ${downloadAgain}`);
  }
  return new UserError(`${location}: gzip, but no tar archive in it, or a damaged one (${error.message}); ${downloadAgain}`);
}

/**
 * Reads the labelled reviews of an archive as it streams by; nothing is unpacked, and no other entry is held in memory.
 *
 * @throws UserError when the archive is damaged, hostile, incomplete or something else
 */
export async function readImdbArchive(path: string, onProgress: OnProgress = ignoreProgress): Promise<Corpus> {
  const total = await findFileBytes(path);
  const location = displayPath(path);
  const reviews = createReviewCollector(location);
  const entries = extract();
  entries.on('entry', (header, content, next) => {
    content.on('error', () => undefined); // The pipeline reports it; unheard here, it would end the process.
    readEntry(header, content, location, reviews).then(() => { next(); }, next);
  });
  let bytesRead = 0;
  const onBytes = (done: number): void => {
    bytesRead = done;
    onProgress({ label: 'Reading reviews', done, unit: 'bytes', ...(total === undefined ? {} : { total }) });
  };
  try {
    await pipeline(
      openForReading(path), (chunks: AsyncIterable<Uint8Array>) => countBytes(chunks, onBytes),
      createGunzip({ chunkSize: 1 << 18 }), (chunks: AsyncIterable<Uint8Array>) => limitUnpacked(chunks, location), entries,
    );
  } catch (error) {
    throw describeReadError(error, location, bytesRead);
  }
  return reviews.finish();
}

export function createImdbArchiveSource(path: string): CorpusSource {
  return {
    kind: 'imdb',
    synthetic: false,
    location: path,
    sourceHash: () => hashFile(path, 'sha256'),
    load: (onProgress) => readImdbArchive(path, onProgress),
  };
}
