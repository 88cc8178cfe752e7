import { vi } from 'vitest';
import { runCommandLine } from '../../src/command-line/run.js';
import type { Finished } from './child.ts';

/**
 * Runs a command in this process, which takes milliseconds where a child takes seconds. An engine that it loads stays
 * loaded. A fault of ours, which a child would print with its stack trace, is thrown.
 */
export async function callCli(cwd: string, ...args: string[]): Promise<Finished> {
  const output = { stdout: '', stderr: '' };
  const before = { cwd: process.cwd(), exitCode: process.exitCode };
  const spies = (['stdout', 'stderr'] as const).map((name) => vi.spyOn(process[name], 'write').mockImplementation((text) => {
    output[name] += String(text);
    return true;
  }));
  process.chdir(cwd);
  process.exitCode = 0;
  try {
    await runCommandLine(args);
    return { status: process.exitCode, ...output };
  } finally {
    process.chdir(before.cwd);
    process.exitCode = before.exitCode;
    for (const spy of spies) spy.mockRestore();
  }
}
