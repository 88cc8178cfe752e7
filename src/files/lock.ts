import { randomUUID, createHash } from 'node:crypto';
import {
  closeSync, linkSync, lstatSync, openSync, readFileSync, rmSync, statSync, writeFileSync, readdirSync, renameSync, utimesSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describeReason, isSystemError } from './disk-errors.ts';
import { UserError } from '../errors.ts';
import { parseOwner, currentOwner, isGone } from './owner.ts';
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

/** @returns null where there is none. @throws UserError when it cannot be read, or is not one of gatelab's */
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
    throw new UserError(
      `${path}: cannot be read: ${describeReason(error.code)}; if no gatelab process works in that folder, remove this file`,
    );
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

const HEARTBEAT_MS = 5_000;
const POLL_MS = 100;

export interface HeldLock {
  /** Whom it was taken over from, who is gone; `owner` is null where that one left no name. */
  readonly former: { readonly owner: Owner | null } | null;
  readonly release: () => void;
}

/** Runs `work` while holding an exclusive lock file. Waits for a living holder, takes over from a dead one. @throws as tryLock */
export async function withLock<T>(path: string, work: () => Promise<T>, onWait: () => void = () => undefined): Promise<T> {
  for (;;) {
    const lock = tryLock(path);
    if ('release' in lock) return work().finally(() => { lock.release(); });
    onWait();
    await sleep(POLL_MS);
  }
}

/**
 * Takes a lock file without waiting. `heldBy` is its living owner, null while that one has not written its name yet.
 *
 * Of processes that see each other at most one holds it, whenever any of them is stopped or killed. Owners on other machines are
 * known by their heartbeat alone, so one that was stopped for a minute may find its lock taken.
 *
 * @throws UserError when what lies there is no lock, or cannot be read
 * @throws the system's error where the folder cannot be written
 */
export function tryLock(path: string): HeldLock | { readonly heldBy: Owner | null } {
  const mine = JSON.stringify({ ...currentOwner(), lock: randomUUID() });
  const taken = take(path, mine);
  return 'heldBy' in taken ? taken : { ...taken, release: keepAlive(path, mine) };
}

type Taken = Pick<HeldLock, 'former'> | { readonly heldBy: Owner | null };

function take(path: string, mine: string): Taken {
  for (;;) {
    const seen = readLock(path);
    if (seen === null) {
      if (createLock(path, mine)) return { former: null };
    } else {
      if (seen.content === mine) return { former: null }; // NFS may do a thing and say that it failed
      if (!isStale(seen)) return { heldBy: seen.owner };
      const taken = takeOver(path, mine, seen);
      if (taken !== null) return taken;
    }
  }
}

/**
 * A dead owner's lock is replaced by the one process that holds the claim on it: a lock of the same kind, named after the content of
 * the lock it is for. Whoever comes late, with what it saw before, claims something that is gone, and finds out before it touches
 * anything.
 * @returns null where the lock is another's by now
 */
function takeOver(path: string, mine: string, seen: SeenLock): Taken | null {
  const claim = `${path}.${claimName(seen.content)}`;
  const claimed = take(claim, mine);
  if ('heldBy' in claimed) return claimed;
  try {
    const now = readLock(path);
    if (now?.content === seen.content && isStale(now)) {
      renameSync(claim, path);
      return { former: { owner: seen.owner } };
    }
  } catch (error) {
    rmSync(claim, { force: true });
    if (!isSystemError(error) || error.code !== 'ENOENT') throw error; // ENOENT: NFS again
  }
  rmSync(claim, { force: true });
  return null;
}

function claimName(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

/** Shows other machines that the owner lives. @returns what ends it and gives the lock up */
function keepAlive(path: string, mine: string): () => void {
  const heartbeat = setInterval(() => { ifStillMine(path, mine, () => { utimesSync(path, new Date(), new Date()); }); }, HEARTBEAT_MS);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    ifStillMine(path, mine, () => {
      clearRemains(path, mine);
      rmSync(path);
    });
  };
}

/** A lock that cannot be touched or removed any more costs nothing: whoever comes next takes it over. */
function ifStillMine(path: string, mine: string, act: () => void): void {
  try {
    if (readFileSync(path, 'utf8') === mine) act();
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** What processes left that were killed while they took the lock. A claim on this very lock is of a machine that thinks it dead. */
function clearRemains(path: string, mine: string): void {
  const prefix = `${basename(path)}.`;
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(prefix) && !name.startsWith(prefix + claimName(mine))) rmSync(join(dirname(path), name), { force: true });
  }
}

/** Without a name it is between creation and writing, or its owner died there. */
function isStale({ owner, lastSeenMs }: SeenLock): boolean {
  return owner === null ? Date.now() - lastSeenMs > HEARTBEAT_MS : isGone(owner, lastSeenMs);
}
