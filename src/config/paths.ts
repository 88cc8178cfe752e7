import { statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';

import { printable } from './quote.ts';

export type PathKind = 'file' | 'folder' | 'other' | 'missing';

export function kindOf(path: string): PathKind {
  try {
    const stats = statSync(path);
    return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
  } catch {
    return 'missing';
  }
}

/** As short as it can be typed: relative to where the user stands, if it lies below. */
export function displayPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return printable(fromHere === '' || fromHere.startsWith('..') || isAbsolute(fromHere) ? path : fromHere, 300);
}

/** Why something that is there cannot be a config. */
export function describeUnusable(path: string, kind: PathKind): string {
  if (kind === 'other') return `${displayPath(path)} is not a regular file; a config is a YAML file`;
  const inside = join(path, 'config.yaml');
  const help = kindOf(inside) === 'file' ? `; did you mean ${displayPath(inside)}?` : '; a config is a YAML file';
  return `${displayPath(path)} is a folder${help}`;
}
