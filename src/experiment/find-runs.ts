import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { displayPath, kindOf } from '../config/paths.ts';
import { UserError } from '../errors.ts';
import { EXPERIMENTS_FOLDER } from './folder.ts';

/** Where the results that are part of this project lie. */
export const PUBLISHED_FOLDER = join(EXPERIMENTS_FOLDER, 'published');

const numerically = new Intl.Collator('en', { numeric: true });

function isRun(folder: string): boolean {
  return kindOf(join(folder, 'summary.json')) === 'file';
}

/** Where the runs that are part of this project lie: in one folder, and those with other settings in folders below it. */
export function publishedFolders(root = PUBLISHED_FOLDER): string[] {
  return [root, ...listFolder(root).filter((folder) => !isRun(folder) && listFolder(folder).some(isRun))];
}

/** What is in a folder, in the order of names; nothing where it is none. */
function listFolder(folder: string): string[] {
  return kindOf(folder) === 'folder' ? readdirSync(folder).sort(numerically.compare).map((name) => join(folder, name)) : [];
}

function findIn(folder: string): string[] {
  if (kindOf(folder) !== 'folder') throw new UserError(`${displayPath(folder)}: is not a folder; name a run, or a folder of runs, for example experiments/published`);
  if (isRun(folder)) return [folder];
  const runs = listFolder(folder).filter(isRun);
  if (runs.length === 0) throw new UserError(`${displayPath(folder)}: holds no run; npm run compare makes some`);
  return runs;
}

/**
 * The folders of runs among these and directly below them, those below in the order of their names.
 * @throws UserError for one that is no folder or holds no run
 */
export function findRuns(folders: readonly string[]): string[] {
  return folders.flatMap(findIn);
}
