import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { gatelab } from './child.ts';

/** A process whose mounts are its own and end with it: as root, or where the kernel lets a user do it. */
const unshare = ['--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];

export const canMount = spawnSync('unshare', [...unshare, 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0;

/** A shell script that may mount, in which `gatelab` is the program. */
export function startWithMounts(cwd: string, script: string): ChildProcess {
  const define = `gatelab() { ${gatelab.map((word) => `'${word}'`).join(' ')} "$@"; }`;
  return spawn('unshare', [...unshare, 'sh', '-c', `${define}\n${script}`], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Root may write where permissions forbid it, unless it lacks these. */
const powers = '-dac_override,-dac_read_search';
const withoutPowers = process.getuid?.() === 0 ? ['setpriv', `--bounding-set=${powers}`, `--inh-caps=${powers}`] : [];

export const obeysPermissions = withoutPowers.length === 0 || spawnSync('setpriv', [...withoutPowers.slice(1), 'true']).status === 0;

/** The program as a user whom permissions bind. */
export function startAsUser(cwd: string, ...args: string[]): ChildProcess {
  const [command = '', ...rest] = [...withoutPowers, ...gatelab, ...args];
  return spawn(command, rest, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
}
