import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

function make(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
}

/**
 * Makes a folder and those above it, where they are missing. Node's own `recursive` does the same, but on a read-only disk it
 * reports ENOENT, as if a folder were missing, instead of EROFS, and under /proc it never ends (Node 20 to 24).
 * @throws the system's error
 */
export function makeFolders(path: string): void {
  try {
    make(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolders(dirname(path));
    make(path);
  }
}
