import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process, told from a later one that was given the same id by when it started. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly started: string;
}

const heartbeatMs = 5_000;
/** An owner that cannot be looked up (another machine on a shared disk) is given up after this silence. */
const silenceMs = 60_000;
const pollMs = 100;
const UNKNOWN_START = 'unknown';

export function currentOwner(): Owner {
  return { host: hostname(), pid: process.pid, started: readStart(process.pid) ?? UNKNOWN_START };
}

/** Whether the owner is gone for certain, or, on another machine, has been silent since `lastSeenMs` for too long. */
export function isGone(owner: Owner, lastSeenMs: number): boolean {
  if (owner.host !== hostname()) return Date.now() - lastSeenMs > silenceMs;
  const started = readStart(owner.pid);
  const isTold = started !== UNKNOWN_START && owner.started !== UNKNOWN_START;
  return started === null || (isTold && started !== owner.started);
}

/**
 * Runs `work` while holding an exclusive lock file. Waits for a living holder, takes over from a dead one.
 * Two waiters that take over within the same instant may both run `work`; that costs time only, since what
 * is built under the lock is built in a folder of its own and renamed into place.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, onWait: () => void = () => undefined): Promise<T> {
  const mine = JSON.stringify(currentOwner());
  while (!acquire(path, mine)) {
    if (!takeOver(path)) {
      onWait();
      await sleep(pollMs);
    }
  }
  const release = keepAlive(path, mine);
  try {
    return await work();
  } finally {
    release();
  }
}

export interface HeldLock {
  /** The dead owner it was taken over from. */
  readonly former: Owner | null;
  release(): void;
}

/** Takes a lock file without waiting. `heldBy` is its living owner, null while that one has not written its name yet. */
export function tryLock(path: string): HeldLock | { readonly heldBy: Owner | null } {
  const mine = JSON.stringify(currentOwner());
  let former: Owner | null = null;
  while (!acquire(path, mine)) {
    const owner = parseOwner(readText(path) ?? '');
    if (!takeOver(path)) return { heldBy: owner };
    former = owner;
  }
  return { former, release: keepAlive(path, mine) };
}

/** Shows other machines that the owner lives. @returns what ends it and gives the lock up. */
function keepAlive(path: string, mine: string): () => void {
  const heartbeat = setInterval(() => { if (readText(path) === mine) touch(path); }, heartbeatMs);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    if (readText(path) === mine) rmSync(path, { force: true });
  };
}

function acquire(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes the lock of an owner that is gone. Moving it aside first lets one waiter only have it.
 * @returns whether it is worth trying again
 * @throws the system's error where the folder cannot be written
 */
function takeOver(path: string): boolean {
  const seen = readText(path);
  if (seen === null) return true; // released meanwhile
  if (!isStale(path, seen)) return false;
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true; // another waiter was first
    throw error;
  }
  const taken = readText(aside);
  if (taken !== null && taken !== seen) acquire(path, taken); // not the one that was judged: give it back
  rmSync(aside, { force: true });
  return true;
}

function isStale(path: string, content: string): boolean {
  const lastSeenMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  const owner = parseOwner(content);
  // Empty or cut short: its writer is between create and write, or died there.
  return owner === null ? Date.now() - lastSeenMs > heartbeatMs : isGone(owner, lastSeenMs);
}

function parseOwner(content: string): Owner | null {
  try {
    return JSON.parse(content) as Owner;
  } catch {
    return null;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // taken over while this process was stopped: harmless, see withLock
  }
}

/** When a process started, in the system's own words; null when there is none, or only its remains. */
function readStart(pid: number): string | null {
  const start = process.platform === 'linux' ? readStartFromProc(pid) : readStartFromPs(pid);
  return start === undefined && isRunning(pid) ? UNKNOWN_START : start ?? null;
}

/** proc(5): "pid (name) state …", field 22 is the start time; the name may hold spaces and brackets. */
function readStartFromProc(pid: number): string | null | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? null : fields?.[19];
}

/** The same words whatever the user's language and time zone. There may be no ps, or one that does not know `lstart`. */
function readStartFromPs(pid: number): string | undefined {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env }) as { stdout: string | null };
  return stdout?.trim() || undefined; // eslint-disable-line @typescript-eslint/prefer-nullish-coalescing -- an empty answer is none
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
