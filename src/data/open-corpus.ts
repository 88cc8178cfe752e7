import { acceptedData } from '../typed-command.js';
import { join, resolve } from 'node:path';
import { displayPath, kindOf } from '../files/paths.ts';
import { isBuiltIn, type DataConfig } from './settings.ts';
import { UserError } from '../errors.ts';
import { ignoreProgress, type OnProgress } from '../progress.ts';
import { downloadArchive } from './download.ts';
import { identifyFile, readFileStart } from './file-kind.ts';
import { createImdbArchiveSource } from './imdb-archive.ts';
import { createImdbFolderSource } from './imdb-folder.ts';
import { officialArchive, type RemoteArchive } from './imdb-layout.ts';
import type { CorpusSource } from './review.ts';
import { createRecallSource } from './recall.ts';
import { createSampleSource } from './sample.ts';
import { createTableSource } from './table/corpus.ts';
import { defaultTableOptions, tableOptionsOf, type TableOptions } from './table/options.ts';

export const DATA_FOLDER = 'data';
const IMDB_FOLDER = 'aclImdb';
const accepted = `--data takes ${acceptedData}`;

export interface OpenCorpusOptions {
  readonly source: DataConfig['source'];
  /** How a table is read, where the data is one. */
  readonly table?: TableOptions;
  /** What the memory task is made by. */
  readonly recall?: Pick<DataConfig, 'distance' | 'maxLength'>;
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

/** What a config says of where its reviews come from. */
export function corpusOptionsOf(data: DataConfig): Pick<OpenCorpusOptions, 'source' | 'table' | 'recall'> {
  return { source: data.source, table: tableOptionsOf(data), recall: data };
}

/** Archive or table, by what the file holds and not by how it is named. */
async function openFile(path: string, table: TableOptions): Promise<CorpusSource> {
  const start = await readFileStart(path);
  const found = identifyFile(start, table.encoding);
  if (found.kind === 'archive') return createImdbArchiveSource(path);
  if (found.kind === 'other') throw new UserError(`${displayPath(path)}: ${found.problem}`);
  if (/\.(tar\.gz|tgz)$/i.test(path)) {
    throw new UserError(
      `${displayPath(path)}: ${start.isGzip ? 'holds no tar archive' : 'is not a gzip archive'}; download it again from `
        + officialArchive.url,
    );
  }
  return createTableSource(path, table);
}

function openFolder(path: string): CorpusSource {
  for (const folder of [path, join(path, IMDB_FOLDER)]) {
    if (kindOf(join(folder, 'train')) === 'folder' || kindOf(join(folder, 'test')) === 'folder') return createImdbFolderSource(folder);
  }
  throw new UserError(`${displayPath(path)}: neither ${IMDB_FOLDER} (no train folder in it) nor the folder above it; ${accepted}`);
}

function openPath(path: string, table: TableOptions): Promise<CorpusSource> | CorpusSource {
  if (path === '') throw new UserError(`--data is empty; ${accepted}`);
  switch (kindOf(path)) {
    case 'file': return openFile(path, table);
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
    onWarning(
      'Using the built-in SYNTHETIC SAMPLE instead: 3,000 generated reviews. Its results say nothing about IMDB and are marked synthetic.',
    );
    return createSampleSource();
  }
}

/** What is taken without `--data`: the archive or its unpacked folder, null where neither is there. */
export function findLocalData(dataFolder = DATA_FOLDER): string | null {
  const archive = join(dataFolder, officialArchive.fileName), folder = join(dataFolder, IMDB_FOLDER);
  if (kindOf(archive) !== 'missing') return archive;
  return kindOf(folder) === 'folder' ? folder : null;
}

/** Where IMDB is kept without `--data`, whether it is there or not. */
export function isDefaultData(path: string, dataFolder = DATA_FOLDER): boolean {
  return [officialArchive.fileName, IMDB_FOLDER].some((name) => resolve(dataFolder, name) === resolve(path));
}

/** `dataPath`, else the archive or its unpacked folder in `dataFolder`, else a download into it. */
async function openImdb(options: OpenCorpusOptions): Promise<CorpusSource> {
  const { dataFolder = DATA_FOLDER, table = defaultTableOptions } = options;
  const path = options.dataPath ?? findLocalData(dataFolder);
  return path === null ? openDownloaded(options, dataFolder) : openPath(path, table);
}

/**
 * Finds the reviews a run asks for. Nothing is read yet but a file's first bytes; only a download takes long.
 *
 * @throws UserError when what is named is not there or is something else, and when IMDB cannot be had and no fallback is allowed
 */
export async function openCorpus(options: OpenCorpusOptions): Promise<CorpusSource> {
  const { source, dataPath, table = defaultTableOptions, recall } = options;
  if (isBuiltIn(source)) {
    const corpus = source === 'recall' && recall !== undefined ? createRecallSource(recall) : createSampleSource();
    checkParts(corpus, table);
    if (dataPath === undefined) return corpus;
    throw new UserError(
      `--data ${displayPath(dataPath)}: data.source is ${source}, the ${corpus.location}; omit --data, or add --set data.source=file`,
    );
  }
  if (source === 'file' && dataPath === undefined)
    throw new UserError('data.source is file: name the file with --data, for example --data reviews.csv');
  const corpus = await openImdb(options);
  checkParts(corpus, table);
  return corpus;
}

/** @throws UserError where a config names parts for data that has its own */
function checkParts({ kind, location }: CorpusSource, table: TableOptions): void {
  const key = (['splitColumn', 'testPath', 'validationPath'] as const).find((name) => table[name] !== null);
  if (kind === 'file' || key === undefined) return;
  throw new UserError(`data.${key}: ${displayPath(location)} is no table, and has training and test parts of its own; omit the key`);
}
