import type { TestProject } from 'vitest/node';

import { UserError } from '../../src/errors.ts';
import { setUpEngine } from '../../src/engine/setup.ts';
import { findCompiler } from '../../src/engine/tools.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether the native engine can be had here. Without Python, pip or a compiler its tests are skipped. */
    hasNativeEngine: boolean;
  }
}

const say = (line: string): void => { process.stderr.write(`gatelab: ${line}\n`); };

/** Builds the engine before the first test, so that none has to wait for it. */
export async function setup(project: TestProject): Promise<void> {
  let label = '';
  const onProgress = (event: { label: string }): void => {
    if (event.label !== label) say(event.label);
    label = event.label;
  };
  try {
    const { ops } = await setUpEngine({ onProgress, onWarning: say });
    // Kernels that do not compile are to be seen.
    project.provide('hasNativeEngine', ops !== null || findCompiler(process.env).command !== null);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`tests of the native engine are skipped: ${error.message}`);
    project.provide('hasNativeEngine', false);
  }
}
