import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { displayPath, kindOf } from '../config/paths.ts';
import { UserError } from '../errors.ts';
import { ignoreProgress, type OnProgress } from '../progress.ts';
import { createCsvSource } from './csv.ts';
import { downloadArchive } from './download.ts';
import { describeSystemError } from './file-access.ts';
import { createImdbArchiveSource } from './imdb-archive.ts';
import { createImdbFolderSource } from './imdb-folder.ts';
import { officialArchive, type RemoteArchive } from './official-archive.ts';
import type { CorpusSource } from './review.ts';
import { createSampleSource } from './sample.ts';

export const DATA_FOLDER = 'data';
const IMDB_FOLDER = 'aclImdb';
const accepted = `--data takes ${officialArchive.fileName}, its unpacked folder, or a CSV with the columns review,sentiment`;

export interface OpenCorpusOptions {
  readonly source: 'imdb' | 'sample';
  /** What `--data` names. */
  readonly dataPath?: string | undefined;
  /** Where the archive is looked for, and downloaded to, without `dataPath`. */
  readonly dataFolder?: string;
  /** Take the synthetic sample, with a warning, where IMDB cannot be had. */
  readonly allowSampleFallback: boolean;
  /** Where the archive is downloaded from; the tests' own server. */
  readonly remote?: RemoteArchive;
  readonly onProgress?: OnProgress;
  readonly onWarning?: (line: string) => void;
}

/** What cannot be read, by its first bytes, and what to do about it. */
const unreadable: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'an empty file'],
  [/^(ï»¿)?\s*</, 'a web page saved under this name; download the file itself'],
  [/^PK\x03\x04/, 'a zip file; unzip it and name the file inside'],
  [/^(BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf)/, 'compressed otherwise than with gzip; unpack it and name the folder'],
  [/^.{257}ustar/s, 'a tar file without gzip; unpack it and name the folder'],
  [/^(\xff\xfe|\xfe\xff)/, 'UTF-16 text; save it with UTF-8 encoding'],
  [/\0/, 'binary, but no gzip archive'],
];

async function readStart(path: string): Promise<string> {
  const file = await open(path).catch((error: unknown) => { throw describeSystemError(error, 'read', path); });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Archive or CSV, by what the file holds and not by how it is named. */
async function openFile(path: string): Promise<CorpusSource> {
  const start = await readStart(path);
  if (start.startsWith('\x1f\x8b')) return createImdbArchiveSource(path);
  const problem = unreadable.find(([pattern]) => pattern.test(start));
  if (problem !== undefined) throw new UserError(`${displayPath(path)}: ${problem[1]}; ${accepted}`);
  if (/\.(gz|tgz)$/i.test(path)) throw new UserError(`${displayPath(path)}: not a gzip archive; download it again from ${officialArchive.url}`);
  return createCsvSource(path);
}

function openFolder(path: string): CorpusSource {
  for (const folder of [path, join(path, IMDB_FOLDER)]) {
    if (kindOf(join(folder, 'train')) === 'folder' || kindOf(join(folder, 'test')) === 'folder') return createImdbFolderSource(folder);
  }
  throw new UserError(`${displayPath(path)}: neither ${IMDB_FOLDER} (no train folder in it) nor the folder above it; ${accepted}`);
}

function openPath(path: string): Promise<CorpusSource> | CorpusSource {
  if (path === '') throw new UserError(`--data is empty; ${accepted}`);
  switch (kindOf(path)) {
    case 'file': return openFile(path);
    case 'folder': return openFolder(path);
    case 'other': throw new UserError(`${displayPath(path)}: neither a file nor a folder; ${accepted}`);
    case 'missing': throw new UserError(`${displayPath(path)}: no such file or folder; ${accepted}`);
  }
}

async function openDownloaded(options: OpenCorpusOptions, folder: string): Promise<CorpusSource> {
  const { allowSampleFallback, remote = officialArchive, onProgress = ignoreProgress, onWarning = () => undefined } = options;
  try {
    return createImdbArchiveSource(await downloadArchive({ folder, remote, onProgress }));
  } catch (error) {
    if (!(error instanceof UserError) || !allowSampleFallback) throw error;
    onWarning(`IMDB is not here and cannot be downloaded. ${error.message}`);
    onWarning('Using the built-in SYNTHETIC SAMPLE instead: 3,000 generated reviews. Its results say nothing about IMDB and are marked synthetic.');
    return createSampleSource();
  }
}

/** What is taken without `--data`: the archive or its unpacked folder, null where neither is there. */
export function findLocalData(dataFolder = DATA_FOLDER): string | null {
  const archive = join(dataFolder, officialArchive.fileName), folder = join(dataFolder, IMDB_FOLDER);
  if (kindOf(archive) !== 'missing') return archive;
  return kindOf(folder) === 'folder' ? folder : null;
}

/** `dataPath`, else the archive or its unpacked folder in `dataFolder`, else a download into it. */
async function openImdb(options: OpenCorpusOptions): Promise<CorpusSource> {
  const { dataFolder = DATA_FOLDER } = options;
  const path = options.dataPath ?? findLocalData(dataFolder);
  return path === null ? openDownloaded(options, dataFolder) : openPath(path);
}

/**
 * Finds the reviews a run asks for. Nothing is read yet but a file's first bytes; only a download takes long.
 *
 * @throws UserError when what is named is not there or is something else, and when IMDB cannot be had and no fallback is allowed
 */
export async function openCorpus(options: OpenCorpusOptions): Promise<CorpusSource> {
  if (options.source === 'imdb') return openImdb(options);
  if (options.dataPath !== undefined) {
    throw new UserError(`--data ${displayPath(options.dataPath)}: the config asks for the built-in sample; leave --data away, or set data.source to imdb`);
  }
  return createSampleSource();
}
