import { mkdirSync, statSync, closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { displayPath } from './paths.ts';
import { toDiskError } from './disk-errors.ts';

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

/**
 * Makes a folder where there is none; the one above it must be there.
 * @throws UserError when the disk does not take it
 */
export function createFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    throw toDiskError(error, `${displayPath(path)}: cannot be made`);
  }
}

/** Writes pieces, one after the other, down to the disk. */
export function writeToDisk(path: string, pieces: readonly (string | Uint8Array)[]): void {
  const file = openSync(path, 'w');
  try {
    for (const piece of pieces) writeFileSync(file, piece);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** So that a rename outlives a power cut. Windows cannot open folders. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Writes a file whole or not at all: beside its place, flushed to the disk, then renamed over what was there.
 * @throws UserError when the disk is full, read-only or not ours; the former content is then still there
 */
export function writeFileAtomically(path: string, content: string | Uint8Array): void {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    writeToDisk(beside, [content]);
    renameSync(beside, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(beside, { force: true });
    throw toDiskError(error, `${displayPath(path)}: cannot be written`);
  }
}

/** A file that is written piece by piece and is then there whole, or not at all. */
export interface AtomicFile {
  write(text: string): void;
  /** Puts it in its place, over what was there. */
  keep(): void;
  /** Removes what was written; without effect after `keep`. */
  discard(): void;
}

/** @throws UserError when the disk is full, read-only or not ours; the former content is then still there */
export function openAtomically(path: string): AtomicFile {
  const beside = `${path}.${process.pid}.tmp`;
  let file: number | null = null;
  const close = (): void => {
    if (file !== null) closeSync(file);
    file = null;
  };
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      close();
      rmSync(beside, { force: true });
      throw toDiskError(error, `${displayPath(path)}: cannot be written`);
    }
  };
  file = attempt(() => openSync(beside, 'w'));
  return {
    write: (text) => { attempt(() => { if (file !== null) writeFileSync(file, text); }); },
    keep: () => {
      attempt(() => {
        if (file !== null) fsyncSync(file);
        close();
        renameSync(beside, path);
        syncFolder(dirname(path));
      });
    },
    discard: () => {
      if (file === null) return;
      close();
      rmSync(beside, { force: true });
    },
  };
}
