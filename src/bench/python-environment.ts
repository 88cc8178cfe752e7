import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../engine/tools.ts';
import { UserError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { userCacheFolder } from '../files/user-environment.ts';

/** Written last into a virtual environment: without it, it is made again. */
const COMPLETE = 'gatelab-complete';

/** `peers-<hash of the requirements>` under the user's cache. */
export function environmentFolder(requirements: string, variables: NodeJS.ProcessEnv = process.env): string {
  return join(userCacheFolder(variables), `peers-${createHash('sha256').update(requirements).digest('hex').slice(0, 12)}`);
}

/**
 * Python with the packages of a requirements file, in a virtual environment that is made once and kept.
 * @returns the path of its Python
 * @throws UserError when there is no Python, or the packages cannot be had
 */
export async function prepareEnvironment(requirementsPath: string, label: string, onProgress: OnProgress): Promise<string> {
  const folder = environmentFolder(readFileSync(requirementsPath, 'utf8'));
  const python = join(folder, 'bin', 'python');
  if (existsSync(join(folder, COMPLETE))) return python;
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  const run = (command: string, ...args: string[]): Promise<void> =>
    runToEnd(command, args, `Installing ${label} (once, into ${folder})`, onProgress);
  await run('python3', '-m', 'venv', folder);
  await run(python, '-m', 'pip', 'install', '--quiet', '--requirement', requirementsPath);
  writeFileSync(join(folder, COMPLETE), '');
  return python;
}

async function runToEnd(command: string, args: readonly string[], label: string, onProgress: OnProgress): Promise<void> {
  try {
    await runCommand(command, args, { environment: process.env, label, onProgress });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new UserError(`${command} ${args.slice(0, 3).join(' ')} failed: ${error.message.trim().split('\n').at(-1) ?? ''}`);
  }
}
