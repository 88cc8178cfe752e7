import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../src/main.cjs', import.meta.url));

export interface Finished {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Standard error without the lines that only a slow machine writes: what takes longer than two seconds is announced. */
export function withoutAnnouncements(stderr: string): string {
  return stderr.replace(/^gatelab: [^\n]* …\n/gm, '');
}

/** Starts the program: what is typed as `gatelab`. */
export const gatelab: readonly string[] = [process.execPath, cli];

export function startCli(cwd: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [cli, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** As startCli, in a process whose system fails: see faults.ts. */
export function startFaultyCli(cwd: string, fault: string, ...args: string[]): ChildProcess {
  const imports = ['--import', import.meta.resolve('tsx'), '--import', new URL('faults.ts', import.meta.url).href];
  return spawn(process.execPath, [...imports, cli, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GATELAB_FAULT: fault },
  });
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
