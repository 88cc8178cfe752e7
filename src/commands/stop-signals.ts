import { isParentGone } from './tell-parent.ts';

/** The shells' convention: 128 and the signal's number. SIGHUP comes when the terminal is closed. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const signalNames = Object.keys(exitCodes) as (keyof typeof exitCodes)[];

/**
 * One Ctrl-C may arrive twice: the terminal signals every process of the group, and npm passes on to its child what it gets. No
 * one presses it twice that fast.
 */
const ECHO_MS = 500;

export interface StopSignals {
  /** Also true once the process that started this one, and listened to it, is gone. */
  readonly isStopRequested: () => boolean;
  /** 129 after SIGHUP, 130 after Ctrl-C, 143 after SIGTERM, null when none came. */
  readonly exitCode: () => number | null;
  /** Gives the signals back to Node. */
  release(): void;
}

/** The first signal asks for a clean end (`onFirst` says so to the user); the second ends the process at once. */
export function catchStopSignals(onFirst: () => void): StopSignals {
  let first: { readonly signal: NodeJS.Signals; readonly code: number; readonly atMs: number } | null = null;
  const handle = (signal: NodeJS.Signals): void => {
    const code = exitCodes[signal as keyof typeof exitCodes], atMs = performance.now();
    if (first === null) {
      first = { signal, code, atMs };
      onFirst();
    } else if (signal !== first.signal || atMs - first.atMs > ECHO_MS) process.exit(code);
  };
  for (const signal of signalNames) process.on(signal, handle);
  return {
    isStopRequested: () => first !== null || isParentGone(),
    exitCode: () => first?.code ?? null,
    release: () => { for (const signal of signalNames) process.off(signal, handle); },
  };
}

/** Whether a training ended so because it was asked to stop. */
export function isStopCode(code: number | null): boolean {
  return Object.values(exitCodes).some((known) => known === code);
}
