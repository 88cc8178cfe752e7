import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { RunEvent } from '../experiment/recorder.ts';
import { readVariable } from '../files/user-environment.ts';

/** Set for a training that another gatelab process started and listens to. */
export const LISTENING = 'GATELAB_PARENT_LISTENS';

/** How far a training is, as it tells the process that started it. */
export interface RunProgress {
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  /** True once, at an epoch's end. */
  readonly isEpochDone: boolean;
}

const INTERVAL_MS = 100;

/** Whether the process that started this one shows how far it is. */
export const isListenedTo = (): boolean => readVariable(LISTENING) !== undefined && process.send !== undefined;

/** Whether the process that started this one, and wanted to hear of it, is gone: nobody waits for the run any more. */
export function isParentGone(): boolean {
  return isListenedTo() && !process.connected;
}

/** A consumer of training events that passes on to a listening parent how far the run is; it does nothing where there is none. */
export function tellParent(): (event: RunEvent) => void {
  let told = 0;
  return (event) => {
    if (!isListenedTo() || !process.connected) return;
    if (event.kind === 'epoch') send({ epoch: event.record.epoch, step: 0, steps: 0, isEpochDone: true });
    if (event.kind !== 'step' || performance.now() - told < INTERVAL_MS) return;
    told = performance.now();
    send({ epoch: event.epoch, step: event.step, steps: event.steps, isEpochDone: false });
  };
}

function send(progress: RunProgress): void {
  process.send?.(progress, undefined, undefined, () => undefined); // a parent that is gone is noticed by isParentGone
}

const main = join(import.meta.dirname, '../main.cjs');
const KEPT_LINES = 50;
const PREFIX = 'gatelab: ';

/** How a process ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why, in its own last words; for one that ended well, nothing of interest. */
  readonly reason: string;
}

/** A training in a process of its own. */
export interface TrainingProcess {
  readonly ended: Promise<ProcessEnd>;
  /** Asks it to keep what it has and end. */
  readonly stop: () => void;
}

export interface TrainingCalls {
  readonly onProgress: (progress: RunProgress) => void;
  /** Takes a line the process says on standard error. */
  readonly onLine: (line: string) => void;
}

/** Trainings under way. */
const children = new Set<ChildProcess>();

function killAll(): void {
  for (const child of children) child.kill('SIGKILL');
}

/**
 * Starts this program's own `train`. It gets a group of its own, so that Ctrl-C reaches this process only, which then asks it to
 * stop; it ends by itself when this process dies, and is killed when this process exits.
 */
export function startTraining(args: readonly string[], { onProgress, onLine }: TrainingCalls): TrainingProcess {
  const child = spawn(process.execPath, [...process.execArgv, main, 'train', ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
    env: { ...process.env, [LISTENING]: '1', INIT_CWD: process.cwd() },
  });
  children.add(child);
  if (children.size === 1) process.on('exit', killAll);
  child.on('message', (message) => { onProgress(message as RunProgress); });
  const lines = collectLines(child, onLine);
  const ended = new Promise<ProcessEnd>((resolve) => {
    const end = (exitCode: number | null, signal: NodeJS.Signals | null, reason: string): void => {
      children.delete(child);
      if (children.size === 0) process.off('exit', killAll);
      resolve({ exitCode, signal, reason });
    };
    child.on('error', (error) => { end(null, null, `cannot be started: ${error.message}`); });
    child.on('close', (exitCode, signal) => { end(exitCode, signal, describeEnd(exitCode, signal, lines)); });
  });
  return { ended, stop: () => { child.kill('SIGINT'); } };
}

function collectLines(child: ChildProcess, onLine: (line: string) => void): readonly string[] {
  const lines: string[] = [];
  if (child.stderr === null) return lines;
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    if (line.startsWith(PREFIX)) onLine(line.slice(PREFIX.length));
  });
  return lines;
}

/** A user's mistake is its last line; a fault of ours shows as an error with a stack below it. */
function describeEnd(exitCode: number | null, signal: NodeJS.Signals | null, lines: readonly string[]): string {
  if (signal !== null) return `killed by ${signal}${signal === 'SIGKILL' ? ', as the system does when memory runs out' : ''}`;
  const own = lines.findLast((line) => line.startsWith(PREFIX))?.slice(PREFIX.length);
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? own ?? `ended with status ${exitCode ?? 'unknown'}`;
}
