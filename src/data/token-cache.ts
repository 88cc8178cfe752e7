import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { makeFolders } from '../files/write.ts';
import type { OnProgress } from '../progress.ts';
import type { CorpusSource, Corpus } from './review.ts';
import { decodeTokenFile, encodeTokenFile, TOKEN_FILE_FORMAT } from './token-file.ts';
import { tokenizeCorpus } from './tokenized-corpus.ts';
import type { TokenizedCorpus } from './tokenized-corpus.ts';
import { describeTokenizer } from '../text/tokenizer.ts';
import type { TokenizerName } from '../text/tokenizer.ts';
import { displayPath } from '../files/paths.ts';
import { UserError } from '../errors.ts';

/** Where tokens are cached, below the folder the command is started in. */
export const TOKEN_CACHE_FOLDER = 'data/cache';
const PARTIAL_SUFFIX = '.part';
const ABANDONED_AFTER_MS = 3_600_000;

/** All that the tokens depend on; Unicode's version, which comes with Node, says which characters are letters. */
function cacheKey(sourceHash: string, tokenizer: TokenizerName): string {
  return `${sourceHash} tokenizer ${describeTokenizer(tokenizer)} unicode ${process.versions.unicode} format ${TOKEN_FILE_FORMAT}`;
}

function cachePath(folder: string, key: string): string {
  return join(folder, `tokens-${createHash('sha256').update(key).digest('hex').slice(0, 32)}.bin`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

async function readCache(path: string, key: string, onWarning: (message: string) => void): Promise<TokenizedCorpus | undefined> {
  try {
    return decodeTokenFile(key, await readFile(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    onWarning(`The token cache ${path} is unusable (${reasonOf(error)}); making it again.`);
    await rm(path, { force: true }).catch(() => undefined); // where it cannot be removed, writing it says so
    return undefined;
  }
}

/** Removes what processes killed while writing left behind. */
async function removeAbandoned(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('tokens-') && name.endsWith(PARTIAL_SUFFIX));
  for (const path of names.map((name) => join(folder, name))) {
    const age = await stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs, () => 0);
    if (age > ABANDONED_AFTER_MS) await rm(path, { force: true });
  }
}

/** Writes beside and renames, so that the path is missing or whole, whoever else writes it and whenever the power fails. */
async function writeWhole(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const partial = `${path}.${randomUUID()}${PARTIAL_SUFFIX}`;
  try {
    const file = await open(partial, 'wx');
    try {
      for (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** @returns whether it could be written */
async function writeCache(
  folder: string,
  path: string,
  key: string,
  corpus: TokenizedCorpus,
  onWarning: (message: string) => void,
): Promise<boolean> {
  try {
    makeFolders(folder);
    await removeAbandoned(folder);
    await writeWhole(path, encodeTokenFile(key, corpus));
    return true;
  } catch (error) {
    onWarning(`Cannot keep the tokens in ${folder} (${reasonOf(error)}); going on without, so the next start takes as long.`);
    return false;
  }
}

export interface TokenCacheOptions {
  /** `words` by default. */
  readonly tokenizer?: TokenizerName;
  readonly cacheFolder?: string;
  readonly onProgress: OnProgress;
  readonly onWarning: (message: string) => void;
}

/** Tokens, and which file they were made of: it may hold something else by now. */
export interface LoadedCorpus extends TokenizedCorpus {
  readonly sourceHash: string;
  /** Whether the cache holds them. */
  readonly isCached: boolean;
}

/**
 * The tokenised reviews of a source: from the cache where it has them, else from the source, and then kept. A cache that is
 * damaged or cannot be written costs time and a warning, never the run.
 *
 * @throws UserError when the source cannot be read, or changes meanwhile
 */
export async function loadTokenizedCorpus(
  source: CorpusSource, { tokenizer = 'words', cacheFolder = TOKEN_CACHE_FOLDER, onProgress, onWarning }: TokenCacheOptions,
): Promise<LoadedCorpus> {
  const sourceHash = await source.sourceHash();
  const key = cacheKey(sourceHash, tokenizer);
  const path = cachePath(cacheFolder, key);
  const cached = await readCache(path, key, onWarning);
  if (cached) return { ...cached, sourceHash, isCached: true };
  const corpus = await tokenizeCorpus(await loadUnchanged(source, sourceHash, onProgress), onProgress, tokenizer);
  return { ...corpus, sourceHash, isCached: await writeCache(cacheFolder, path, key, corpus, onWarning) };
}

/**
 * The reviews that a source's hash was taken of, so that nothing is ever kept or reported under the name of other data.
 * @param sourceHash taken before
 * @throws UserError when the content is no longer what it was then, even where what is there now cannot be read at all
 */
export async function loadUnchanged(source: CorpusSource, sourceHash: string, onProgress: OnProgress): Promise<Corpus> {
  const outcome = await source.load(onProgress).then((corpus) => ({ corpus }), (error: unknown) => ({ error }));
  const now = await source.sourceHash().catch(() => 'gone');
  if (now !== sourceHash)
    throw new UserError(`${displayPath(source.location)}: changed while it was read; start again once nothing writes to it any more`);
  if ('error' in outcome) throw outcome.error;
  return outcome.corpus;
}
