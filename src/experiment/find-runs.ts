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

function findIn(folder: string): string[] {
  if (kindOf(folder) !== 'folder') throw new UserError(`${displayPath(folder)}: is not a folder; name a run, or a folder of runs, for example experiments/published`);
  if (isRun(folder)) return [folder];
  const runs = readdirSync(folder).sort(numerically.compare).map((name) => join(folder, name)).filter(isRun);
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
