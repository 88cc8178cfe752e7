import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

export interface Finished {
  status: number | null;
  stdout: string;
  stderr: string;
}

const folders: string[] = [];
afterAll(() => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }); });

/** An empty folder to run commands in, so that they find no data and write nowhere else; it goes with the test file. */
export function createWorkFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatelab-'));
  folders.push(folder);
  return folder;
}

export function startCli(cwd: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--import', import.meta.resolve('tsx'), cli, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Waits for a command; `watch` sees standard output as it grows. */
export function finished(child: ChildProcess, watch: (stdout: string) => void = () => undefined): Promise<Finished> {
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => { output.stdout += chunk.toString(); watch(output.stdout); });
  child.stderr?.on('data', (chunk: Buffer) => { output.stderr += chunk.toString(); });
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (status) => { resolve({ status, ...output }); });
  });
}

export async function runCli(cwd: string, ...args: string[]): Promise<Finished> {
  return finished(startCli(cwd, ...args));
}
