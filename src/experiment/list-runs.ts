import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { displayPath, kindOf } from '../config/paths.ts';
import { UserError } from '../errors.ts';

function isRun(path: string): boolean {
  return kindOf(join(path, 'summary.json')) === 'file';
}

/**
 * The experiment folders that paths mean: each itself, or those in it, in the order of their names.
 * @throws UserError for a path that is neither
 */
export function listRuns(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (isRun(path)) return [path];
    if (kindOf(path) !== 'folder') throw new UserError(`${displayPath(path)}: no such folder; name experiment folders, or a folder that holds some`);
    const runs = readdirSync(path).sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((name) => join(path, name)).filter(isRun);
    if (runs.length === 0) throw new UserError(`${displayPath(path)}: neither an experiment folder nor a folder that holds some`);
    return runs;
  });
}
