import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

import { UserError } from '../errors.ts';
import { hasTerminal } from '../has-terminal.js';
import type { OnProgress } from '../progress.ts';
import { readVariable } from '../files/user-environment.ts';

type Environment = NodeJS.ProcessEnv;

/** A tool of this machine, or what is missing. */
export interface FoundTool {
  readonly command: string | null;
  /** What it calls itself, `pip 23.2.1` or `g++ (Debian 12.2.0-14) 12.2.0`. */
  readonly version: string | null;
  /** What is missing and how to fix it, where `command` is null. */
  readonly missing: string | null;
}

/** The commands of the tools. Throws UserError that names every missing one. */
export function requireTools(tools: readonly FoundTool[]): string[] {
  const missing = tools.flatMap((tool) => tool.missing ?? []);
  if (missing.length > 0) throw new UserError(missing.join('; and '));
  return tools.flatMap(({ command }) => command ?? []);
}

/** `python3` with a pip that runs. */
export function findPython(environment: Environment): FoundTool {
  const python = readVersion('python3', ['--version'], environment);
  if (python === null) {
    return absent(
      'python3 is missing: install it with pip (Debian, Ubuntu: apt install python3-pip; Fedora: dnf install python3-pip; macOS: brew '
        + 'install python)',
    );
  }
  const pip = readVersion('python3', ['-m', 'pip', '--version'], environment);
  if (pip === null) {
    return absent(
      'python3 has no pip: install it (Debian, Ubuntu: apt install python3-pip; Fedora: dnf install python3-pip; elsewhere: python3 -m '
        + 'ensurepip)',
    );
  }
  return { command: 'python3', version: `${python}, ${pip.split(' ').slice(0, 2).join(' ')}`, missing: null };
}

/** `$CXX`, or the first of g++, clang++ and c++ that runs. */
export function findCompiler(environment: Environment): FoundTool {
  const chosen = readVariable('CXX', environment)?.trim();
  const candidates = chosen ? [chosen] : ['g++', 'clang++', 'c++'];
  for (const command of candidates) {
    const version = readVersion(command, ['--version'], environment);
    if (version !== null) return { command, version, missing: null };
  }
  const what = chosen
    ? `the C++ compiler that CXX names, ${chosen}, does not run: correct it, or install`
    : 'a C++ compiler is missing: install';
  return absent(`${what} one (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install)`);
}

function absent(missing: string): FoundTool {
  return { command: null, version: null, missing };
}

function readVersion(command: string, args: readonly string[], environment: Environment): string | null {
  const { status, stdout } = spawnSync(command, args, { env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout.split('\n')[0] ?? null : null;
}

export interface CommandOptions {
  readonly environment: Environment;
  readonly label: string;
  readonly onProgress: OnProgress;
}

/** A program that did not end well; the message is its last lines. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** Programs say in words that the disk is full. */
export function saysDiskIsFull({ message }: Error): boolean {
  return /no space left on device|quota exceeded/i.test(message);
}

/** Runs a program to its end, telling the elapsed seconds meanwhile; its output is kept for the error only. */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<void> {
  await runCommands(command, [args], options);
}

/** The same of a program that runs several times with other arguments, as often at once as there are cores. Throws when all have ended. */
export async function runCommands(command: string, jobs: readonly (readonly string[])[], options: CommandOptions): Promise<void> {
  const { label, onProgress, environment } = options;
  const start = performance.now();
  const report = (): void => { onProgress({ label, done: Math.round((performance.now() - start) / 1000), unit: 'seconds' }); };
  report();
  const timer = setInterval(report, 500), waiting = [...jobs], errors: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let args = waiting.shift(); args !== undefined && errors.length === 0; args = waiting.shift()) {
      await waitFor(command, args, environment).catch((error: unknown) => { errors.push(error); });
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs.length, availableParallelism()) }, work));
  clearInterval(timer);
  if (errors.length > 0) throw errors[0];
}

function waitFor(command: string, args: readonly string[], environment: Environment): Promise<void> {
  return new Promise((resolve, reject) => {
    // In a session of its own where the user may have started this with nohup: the hangup would end it.
    const child = spawn(command, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: !hasTerminal() });
    let output = '';
    const keep = (chunk: Buffer): void => { output = (output + chunk.toString()).slice(-20_000); };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new CommandError(output.trim() || `${command} ended with ${signal ?? `code ${code ?? 'unknown'}`}`));
    });
  });
}
