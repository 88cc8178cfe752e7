import { constants } from 'node:os';

import { hasTerminal } from '../has-terminal.js';
import { isParentGone } from './process.ts';
import { capabilitiesOf } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import type { ExperimentFolder } from '../experiment/folder.ts';
import { typedCommand } from '../typed-command.js';

/**
 * SIGHUP comes when the terminal is closed. Schedulers of clusters send SIGUSR1, SIGUSR2 or SIGTERM some time before they kill (Slurm:
 * --signal), and the system SIGXCPU when a limit on processor time is near (ulimit -t). SIGQUIT ends the process as ever: no run is lost.
 */
const names = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGXCPU'] as const;

/** The shells' convention: 128 and the signal's number, which not all systems share. */
const exitCodes = new Map<NodeJS.Signals, number>(
  names.filter((name) => name in constants.signals).map((name) => [name, 128 + constants.signals[name]]),
);

export function exitCodeOf(signal: NodeJS.Signals): number {
  return exitCodes.get(signal) ?? 1;
}

/**
 * One Ctrl-C may arrive twice: the terminal signals every process of the group, and npm passes on to its child what it gets. No
 * one presses it twice that fast.
 */
const ECHO_MS = 500;

export interface StopSignals {
  /** Also true once the process that started this one, and listened to it, is gone. */
  readonly isStopRequested: () => boolean;
  /** 129 after SIGHUP, 130 after Ctrl-C, 138 after SIGUSR1 and so on, null when none came. */
  readonly exitCode: () => number | null;
  /** Gives the signals back to Node. */
  release(): void;
}

/** The first signal asks for a clean end (`onFirst` says so to the user); the second ends the process at once. */
export function catchStopSignals(onFirst: () => void): StopSignals {
  let first: { readonly signal: NodeJS.Signals; readonly code: number; readonly atMs: number } | null = null;
  const caught = [...exitCodes].filter(([signal]) => signal !== 'SIGHUP' || hasTerminal());
  const handle = (signal: NodeJS.Signals): void => {
    const code = exitCodeOf(signal), atMs = performance.now();
    if (first === null) {
      first = { signal, code, atMs };
      onFirst();
    } else if (!isEcho(signal, first.signal, atMs - first.atMs)) process.exit(code);
  };
  for (const [signal] of caught) process.on(signal, handle);
  return {
    isStopRequested: () => first !== null || isParentGone(),
    exitCode: () => first?.code ?? null,
    release: () => { for (const [signal] of caught) process.off(signal, handle); },
  };
}

/** The system says every second that the processor time runs out. */
function isEcho(signal: NodeJS.Signals, first: NodeJS.Signals, elapsedMs: number): boolean {
  return signal === 'SIGXCPU' || (signal === first && elapsedMs <= ECHO_MS);
}

/** Whether a training ended so because it was asked to stop. */
export function isStopCode(code: number | null): boolean {
  return [...exitCodes.values()].some((known) => known === code);
}

/** What of the command line a run does not remember. */
export interface UnrememberedOptions {
  readonly threads: number | undefined;
  readonly engine: string;
}

/** The last line of a run that was interrupted: what to type for the rest of it. */
export function describeRest(folder: ExperimentFolder, config: AnyConfig, { threads, engine }: UnrememberedOptions): string {
  const command = typedCommand('train', [
    '--resume',
    folder.path,
    ...(threads === undefined ? [] : ['--threads', String(threads)]),
    ...(engine === 'auto' ? [] : ['--engine', engine]),
  ]);
  return capabilitiesOf(config).keepsCheckpoints ? `Stopped. To go on: ${command}` : `Stopped. To start it again: ${command}`;
}

/** The last line of a study that was interrupted. @param command as it was typed */
export function describeRemaining(ends: readonly { readonly status: string }[], command: string): string {
  const complete = ends.filter(({ status }) => status === 'completed').length;
  return `Stopped with ${complete} of ${ends.length} runs complete. To go on: ${command}`;
}
