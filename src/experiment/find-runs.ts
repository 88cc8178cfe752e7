import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { typedCommand } from '../typed-command.js';
import { displayPath, kindOf } from '../files/paths.ts';
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
  return [root, ...listFolder(root).filter((folder) => !isRun(folder) && listRuns(folder).length > 0)];
}

/** What is in a folder, in the order of names; nothing where it is none. */
export function listFolder(folder: string): string[] {
  return kindOf(folder) === 'folder' ? readdirSync(folder).sort(numerically.compare).map((name) => join(folder, name)) : [];
}

function listRuns(folder: string): string[] {
  return listFolder(folder).filter(isRun);
}

/** A folder of a run, as it was found. */
export interface FoundRun {
  readonly path: string;
  /** Whether it was named itself, and not found in a folder that was. */
  readonly isNamed: boolean;
}

export interface FoundRuns {
  /** No two the same. */
  readonly runs: readonly FoundRun[];
  /** Folders of runs below those that were named, which are not looked into. */
  readonly deeper: readonly { readonly path: string; readonly runs: number }[];
}

/**
 * The folders of runs among these and directly below them, those below in the order of their names.
 * @throws UserError for one that is no folder, or holds no run
 */
export function findRuns(folders: readonly string[]): FoundRuns {
  const runs = folders.flatMap(findIn);
  const named = new Set(folders.map((folder) => resolve(folder)));
  const deeper = [...named].filter((folder) => !isRun(folder)).flatMap(findDeeper).filter(({ path }) => !named.has(resolve(path)));
  const byPath = new Map<string, FoundRun>();
  for (const run of runs) {
    const path = resolve(run.path), known = byPath.get(path);
    byPath.set(path, { path: known?.path ?? run.path, isNamed: run.isNamed || known?.isNamed === true });
  }
  return { runs: [...byPath.values()], deeper };
}

function findIn(folder: string): FoundRun[] {
  if (kindOf(folder) !== 'folder')
    throw new UserError(`${displayPath(folder)}: not a folder; name a run, or a folder of runs, for example experiments/published`);
  if (isRun(folder)) return [{ path: folder, isNamed: true }];
  const runs = listRuns(folder);
  if (runs.length > 0) return runs.map((path) => ({ path, isNamed: false }));
  const deeper = findDeeper(folder).map(({ path }) => displayPath(path));
  const help =
    deeper.length === 0
      ? `${typedCommand('compare')} makes some`
      : `there are some in ${new Intl.ListFormat('en-GB').format(deeper)}; name that folder`;
  throw new UserError(`${displayPath(folder)}: holds no run; ${help}`);
}

function findDeeper(folder: string): { path: string; runs: number }[] {
  return listFolder(folder)
    .filter((path) => !isRun(path))
    .map((path) => ({ path, runs: listRuns(path).length }))
    .filter(({ runs }) => runs > 0);
}

