import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

const UNKNOWN_START = 'unknown';
const pidNamespace = process.platform === 'linux' ? readPidNamespace() : '';

const ownerSchema = z.object({
  host: z.string(),
  /** Containers may share a host's name and a folder, and still not see each other's processes. */
  pidNamespace: z.string().default(pidNamespace),
  pid: z.int(),
  /** When it started, in the system's own words: it tells a process from a later one with the same id. */
  started: z.string(),
});

/** A process, told from all others. */
export type Owner = Readonly<z.infer<typeof ownerSchema>>;

/** An owner that cannot be looked up (on another machine with the same disk) is given up after this silence. */
const SILENCE_MS = 60_000;

export function currentOwner(): Owner {
  return { host: hostname(), pidNamespace, pid: process.pid, started: readStart(process.pid) ?? UNKNOWN_START };
}

/** @returns null for a text that names no owner */
export function parseOwner(text: string): Owner | null {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether the owner is gone for certain, or, where it cannot be looked up, has been silent since `lastSeenMs` for too long. */
export function isGone(owner: Owner, lastSeenMs: number): boolean {
  if (owner.host !== hostname() || owner.pidNamespace !== pidNamespace) return Date.now() - lastSeenMs > SILENCE_MS;
  const started = readStart(owner.pid);
  const isTold = started !== UNKNOWN_START && owner.started !== UNKNOWN_START;
  return started === null || (isTold && started !== owner.started);
}

/** `pid:[4026531836]` */
function readPidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** When a process started, in the system's own words; null when there is none, or only its remains. */
function readStart(pid: number): string | null {
  const start = process.platform === 'linux' ? readStartFromProc(pid) : readStartFromPs(pid);
  return start === undefined && isRunning(pid) ? UNKNOWN_START : start ?? null;
}

/** proc(5): "pid (name) state …", field 22 is the start time; the name may hold spaces and brackets. */
function readStartFromProc(pid: number): string | null | undefined {
  const stat = readProcessStat(pid);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? null : fields?.[19];
}

/** Undefined for a process that is gone, and for one that the system hides (hidepid). */
function readProcessStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
}

/** The same words whatever the user's language and time zone. There may be no ps, or one that does not know `lstart`. */
function readStartFromPs(pid: number): string | undefined {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env }) as { stdout: string | null };
  return stdout?.trim() || undefined; // oxlint-disable-line typescript/prefer-nullish-coalescing -- an empty answer is none
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
