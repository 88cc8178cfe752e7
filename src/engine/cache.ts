import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describeReason } from '../files/disk-errors.ts';
import { UserError } from '../errors.ts';
import { withLock } from '../files/lock.ts';
import { makeFolders } from '../files/write.ts';
import { currentOwner, isGone, parseOwner, type Owner } from '../files/owner.ts';
import { userCacheFolder } from '../files/user-environment.ts';
import { findDamage, syncToDisk, writeStamp } from './stamp.ts';
import { saysDiskIsFull } from './tools.ts';

/** One folder of the cache and how it comes to be. it is whole or it does not exist. */
export interface CacheEntry {
  readonly root: string;
  readonly name: string;
  /** Fills an empty folder, on the same disk as the cache. */
  readonly build: (folder: string) => Promise<void>;
}

export interface CacheHooks {
  readonly onWarning: (line: string) => void;
  /** Called again and again while another process holds the cache. */
  readonly onWait?: () => void;
}

/** What another folder may help against. */
const diskCodes = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST']);
const buildingPrefix = 'building-';

export function engineCacheRoot(environment: NodeJS.ProcessEnv = process.env): string {
  return join(userCacheFolder(environment), 'engine');
}

/**
 * The folder of an entry, built first if it is missing or damaged. Processes that start at once build it once;
 * one that is killed leaves nothing that is ever used.
 * @throws UserError when the disk is full or the cache cannot be written.
 */
export async function ensureEntry(entry: CacheEntry, hooks: CacheHooks): Promise<string> {
  const folder = join(entry.root, entry.name);
  if (findDamage(folder) === null) return folder;
  try {
    makeFolders(entry.root);
    await withLock(join(entry.root, 'lock'), () => buildEntry(entry, folder, hooks), hooks.onWait);
  } catch (error) {
    throw explainDiskError(error, entry.root);
  }
  return folder;
}

async function buildEntry(entry: CacheEntry, folder: string, hooks: CacheHooks): Promise<void> {
  removeRemains(entry.root);
  const damage = findDamage(folder);
  if (damage === null) return; // another process built it while this one waited
  if (existsSync(folder)) hooks.onWarning(`the engine in ${folder} is damaged (${damage}); building it again`);
  const building = join(entry.root, buildingPrefix + encodeOwner());
  try {
    mkdirSync(building);
    await entry.build(building);
    await writeStamp(building);
    replaceFolder(building, folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

function replaceFolder(built: string, folder: string): void {
  const old = `${built}.old`; // still found by removeRemains if this process is killed here
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(built, folder);
  syncToDisk(dirname(folder));
  rmSync(old, { recursive: true, force: true });
}

/** Removes what processes that are gone left half-built. */
function removeRemains(root: string): void {
  for (const name of readdirSync(root).filter((entry) => entry.startsWith(buildingPrefix))) {
    const owner = decodeOwner(name);
    const lastSeenMs = statSync(join(root, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (owner === null || isGone(owner, lastSeenMs)) removeIfPossible(join(root, name));
  }
}

/** A pip that outlived the process it worked for may be adding files yet; what it leaves goes the next time. */
function removeIfPossible(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  } catch {
    // only space is lost
  }
}

function encodeOwner(): string {
  return Buffer.from(JSON.stringify(currentOwner())).toString('base64url');
}

function decodeOwner(name: string): Owner | null {
  const encoded = name.slice(buildingPrefix.length).replace(/\.old$/, '');
  return parseOwner(Buffer.from(encoded, 'base64url').toString());
}

/** The error itself unless it is one of the disk's; pip, python3 and the compiler say theirs in words. */
function explainDiskError(error: unknown, root: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const isFull = saysDiskIsFull(error as Error);
  const reason = isFull ? 'ENOSPC' : code === 'ENOENT' && syscall === 'mkdir' ? 'EROFS' : code; // /proc and the like
  if (reason === undefined || !diskCodes.has(reason)) return error;
  return new UserError(
    `cannot build the engine in ${root}: ${describeReason(reason)}; fix that, or set XDG_CACHE_HOME to another folder with 1 GB free`,
  );
}
