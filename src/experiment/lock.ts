import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { displayPath } from '../config/paths.ts';
import { toDiskError } from '../disk-errors.ts';
import { UserError } from '../errors.ts';
import { tryLock } from '../lock.ts';
import type { HeldLock } from '../lock.ts';
import type { Owner } from '../owner.ts';
import type { ExperimentFolder } from './folder.ts';

/**
 * Runs `work` as the only writer of an experiment folder. What a process that is gone left locked is taken over with a warning.
 * @throws UserError when another process is writing the folder
 */
export async function withExperimentLock<T>(folder: ExperimentFolder, onWarning: (line: string) => void, work: () => Promise<T>): Promise<T> {
  const lock = take(folder);
  if (lock.former !== null) {
    onWarning(`${displayPath(folder.path)}: ${describe(lock.former.owner)} ended without closing it; taking over`);
    removeHalfWritten(folder);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** What a killed writer left of writeFileAtomically. */
function removeHalfWritten({ path }: ExperimentFolder): void {
  for (const name of readdirSync(path)) {
    if (/\.\d+\.tmp$/.test(name)) rmSync(join(path, name), { force: true });
  }
}

function take(folder: ExperimentFolder): HeldLock {
  const lock = tryOrExplain(folder);
  if ('release' in lock) return lock;
  throw new UserError(`${displayPath(folder.path)}: ${describe(lock.heldBy)} is writing it; wait for it to end, or stop it first`);
}

function tryOrExplain(folder: ExperimentFolder): ReturnType<typeof tryLock> {
  try {
    return tryLock(join(folder.path, 'lock'));
  } catch (error) {
    throw toDiskError(error, `${displayPath(folder.path)}: cannot be locked`);
  }
}

function describe(owner: Owner | null): string {
  return owner === null ? 'another process' : `process ${owner.pid} on ${owner.host}`;
}
