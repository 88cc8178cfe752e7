import { readdirSync, rmSync, mkdirSync } from 'node:fs';
import { join, basename, dirname, resolve } from 'node:path';

import { displayPath, kindOf } from '../files/paths.ts';
import { toDiskError } from '../files/disk-errors.ts';
import { UserError } from '../errors.ts';
import { tryLock } from '../files/lock.ts';
import type { HeldLock } from '../files/lock.ts';
import type { Owner } from '../files/owner.ts';
import { printable } from '../files/escape.ts';
import { makeFolders } from '../files/write.ts';

/**
 * Runs `work` as the only writer of an experiment folder. What a process that is gone left locked is taken over with a warning.
 * @throws UserError when another process is writing the folder
 */
export async function withExperimentLock<T>(
  folder: ExperimentFolder,
  onWarning: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
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

/** Where runs are kept, below the folder the command is started in. */
export const EXPERIMENTS_FOLDER = 'experiments';

export interface ExperimentFolder {
  readonly name: string;
  readonly path: string;
}

const MAX_NAME_LENGTH = 100;
const goodName = /^[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_.,+=@ -]*[\p{L}\p{N}\p{M}_+=@-])?$/u;

/** @throws UserError when a folder may not be named so */
export function checkName(name: string): void {
  if (name.length <= MAX_NAME_LENGTH && goodName.test(name) && !name.includes('..')) return;
  throw new UserError(
    `--name "${printable(name)}": a name holds letters, digits, spaces and _ - . , + = @ (${MAX_NAME_LENGTH} at most), starts with a `
      + `letter, digit or _, ends with no full stop, comma or space, and has no two full stops in a row`,
  );
}

/** A config's file name as the start of a folder's name. */
function toStem(configName: string): string {
  const stem = configName.replace(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^[.-]+|[.-]+$/g, '').replace(/\.{2,}/g, '.');
  return stem.slice(0, MAX_NAME_LENGTH) || 'run';
}

/** Makes the folder that holds experiments, where it is missing. @throws UserError when the disk does not take it */
export function createRoot(root: string): void {
  try {
    makeFolders(root);
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (exists) throw new UserError(`${displayPath(root)}: is a file, not a folder; move it away`);
    throw toDiskError(error, `${displayPath(root)}: cannot be made`);
  }
}

/** @returns false when the folder already exists: the exclusive mkdir decides between two runs that start at once. */
function createExclusively(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw toDiskError(error, `${displayPath(path)}: cannot be made`);
  }
}

function highestNumber(root: string, stem: string): number {
  const numbers = readdirSync(root)
    .filter((name) => name.startsWith(`${stem}-`) && /^\d{1,9}$/.test(name.slice(stem.length + 1)))
    .map((name) => Number(name.slice(stem.length + 1)));
  return Math.max(0, ...numbers);
}

function createNamed(root: string, name: string): ExperimentFolder {
  const path = join(root, name);
  if (createExclusively(path)) return { name, path };
  throw new UserError(`--name ${name}: ${displayPath(path)} already exists; choose another name`);
}

/**
 * Makes the folder of one run: `name`, or `<config>-<n>` with n one above the highest in use,
 * so that a number is never given out twice while a later run is kept.
 * @throws UserError when the name is taken or unfit, or the folder cannot be made
 */
export function createExperimentFolder(root: string, name: string | undefined, configName: string): ExperimentFolder {
  if (name !== undefined) checkName(name);
  createRoot(root);
  if (name !== undefined) return createNamed(root, name);
  const stem = toStem(configName);
  for (let n = highestNumber(root, stem) + 1; ; n++) {
    const path = join(root, `${stem}-${n}`);
    if (createExclusively(path)) return { name: `${stem}-${n}`, path };
  }
}

/** Where a study keeps the run of a config and a seed. */
export function locateSeedFolder(root: string, configName: string, seed: number): ExperimentFolder {
  const name = `${toStem(configName)}-seed${seed}`;
  return { name, path: join(root, name) };
}

/**
 * Makes a folder that has its place, and those above it, where they are missing.
 * @throws UserError when the disk does not take it, or something else has its name
 */
export function ensureExperimentFolder({ path }: ExperimentFolder): void {
  createRoot(dirname(path));
  if (!createExclusively(path) && kindOf(path) !== 'folder')
    throw new UserError(`${displayPath(path)}: is a file, not a folder; move it away`);
}

/**
 * The folder that `--resume` means: the one it names itself, `--name`'s, or the config's with the highest number.
 * @throws UserError when there is no such folder
 */
export function findExperimentFolder(root: string, wanted: { path: string } | { name: string } | { configName: string }): ExperimentFolder {
  const path = 'path' in wanted ? wanted.path : join(root, 'name' in wanted ? wanted.name : newestName(root, toStem(wanted.configName)));
  if ('name' in wanted) checkName(wanted.name);
  if (kindOf(path) !== 'folder') throw new UserError(`--resume: ${displayPath(path)} does not exist; omit --resume to start a run`);
  return { name: basename(resolve(path)), path };
}

function newestName(root: string, stem: string): string {
  return `${stem}-${kindOf(root) === 'folder' ? highestNumber(root, stem) || 1 : 1}`;
}
