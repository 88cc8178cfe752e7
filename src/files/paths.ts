import { statSync } from 'node:fs';
import { join } from 'node:path';

import { isSystemError, toDiskError } from './disk-errors.ts';
import { shortenPath } from './standing-folder.js';
import { printable } from './escape.ts';

export type PathKind = 'file' | 'folder' | 'other' | 'missing';

/** @throws UserError where the system does not say, for example because it does not let this user look */
export function kindOf(path: string): PathKind {
  try {
    const stats = statSync(path);
    return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    // What is no system error is a path that nothing can have, with a NUL in it.
    if (!isSystemError(error) || error.code === 'ENOENT' || error.code === 'ENOTDIR') return 'missing';
    throw toDiskError(error, `${displayPath(path)}: cannot be looked at`);
  }
}

/** As short as it can be typed: relative to where the user stands, if it lies below. */
export function displayPath(path: string): string {
  return printable(shortenPath(path), 300);
}

/** Why something that is there cannot be a config. */
export function describeUnusable(path: string, kind: PathKind): string {
  if (kind === 'other') return `${displayPath(path)} is not a regular file; a config is a YAML file`;
  const inside = join(path, 'config.yaml');
  const help = kindOf(inside) === 'file' ? `; did you mean ${displayPath(inside)}?` : '; a config is a YAML file';
  return `${displayPath(path)} is a folder${help}`;
}
