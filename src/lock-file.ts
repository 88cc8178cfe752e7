import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, lstatSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

import { describeReason, isSystemError } from './disk-errors.ts';
import { UserError } from './errors.ts';
import { parseOwner } from './owner.ts';
import type { Owner } from './owner.ts';

const MOST_BYTES = 4096;
/** What file systems say that have no hard links. */
const noLinks = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

/** A lock file as it was read. */
export interface SeenLock {
  /** No two locks have the same. */
  readonly content: string;
  /** Null before it has written its name. */
  readonly owner: Owner | null;
  /** When the owner last gave a sign of life. */
  readonly lastSeenMs: number;
}

/** @returns null where there is none. @throws UserError when it cannot be read, or is none of ours */
export function readLock(path: string): SeenLock | null {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return checkNothing(path);
    if (!stats.isFile()) throw notOurs(path, stats.isDirectory() ? 'a folder' : 'not a regular file');
    const content = stats.size > MOST_BYTES ? 'too long for a lock' : readFileSync(path, 'utf8');
    const owner = parseOwner(content);
    if (owner === null && !/^\0*$/.test(content)) throw notOurs(path, 'not a lock that gatelab wrote'); // zeros: a power cut's
    return { content, owner, lastSeenMs: stats.mtimeMs };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'ENOENT') return null;
    throw new UserError(`${path}: cannot be read: ${describeReason(error.code)}; if no gatelab process works in that folder, remove this file`);
  }
}

/** A link that leads nowhere is no file, and yet in the way of one. */
function checkNothing(path: string): null {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return null;
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return null;
  throw notOurs(path, 'a link that leads nowhere');
}

function notOurs(path: string, what: string): UserError {
  return new UserError(`${path}: is ${what}, but gatelab keeps its lock in a file of that name; move it away`);
}

/** Puts a lock with its content where there is none, in one step. @returns false where there is one. @throws the system's error */
export function createLock(path: string, content: string): boolean {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(draft, content, { flag: 'wx' });
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (!isSystemError(error) || error.syscall !== 'link') throw error;
    if (error.code === 'EEXIST' || error.code === 'ENOENT') return false; // ENOENT: a holder cleared the draft away
    if (noLinks.has(error.code)) return createInPlace(path, content);
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Others see it empty for a moment. */
function createInPlace(path: string, content: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx');
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(file, content);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return true;
}
