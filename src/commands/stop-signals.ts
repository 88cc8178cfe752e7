const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

export interface StopSignals {
  readonly isStopRequested: () => boolean;
  /** 130 after Ctrl-C, 143 after SIGTERM, null when none came. */
  readonly exitCode: () => number | null;
  /** Gives the signals back to Node. */
  release(): void;
}

/** The first SIGINT or SIGTERM asks for a clean end (`onFirst` says so to the user); the second ends the process at once. */
export function catchStopSignals(onFirst: () => void): StopSignals {
  let code: number | null = null;
  const handle = (signal: NodeJS.Signals): void => {
    const signalCode = exitCodes[signal as keyof typeof exitCodes];
    if (code !== null) process.exit(signalCode);
    code = signalCode;
    onFirst();
  };
  process.on('SIGINT', handle).on('SIGTERM', handle);
  return {
    isStopRequested: () => code !== null,
    exitCode: () => code,
    release: () => { process.off('SIGINT', handle).off('SIGTERM', handle); },
  };
}
