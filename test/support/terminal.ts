import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { finished, gatelab } from './child.ts';
import type { Finished } from './child.ts';

const { stdout: version } = spawnSync('script', ['--version'], { encoding: 'utf8' }) as { stdout: string | null };
/** The `script` of util-linux runs a command on a terminal of its own; that of BSD and macOS takes other options. */
export const hasTerminals = version?.includes('util-linux') ?? false;

const HANGS_AFTER_SECONDS = 280;

/** The program on a terminal: both of its streams are in `stdout`, lines end in CR LF. Killed when it hangs, which shows as status 137. */
export function runOnTerminal(cwd: string, ...args: string[]): Promise<Finished> {
  const command = ['timeout', '-s', 'KILL', HANGS_AFTER_SECONDS, ...gatelab, ...args].map((word) => `'${word}'`).join(' ');
  return finished(spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** The program on a terminal where somebody types: the next keys as soon as the last line ends in what they answer. */
export function typeOnTerminal(
  cwd: string, answers: readonly (readonly [to: string, keys: string])[], ...args: string[]
): Promise<Finished> {
  const command = [...gatelab, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], { cwd, stdio: 'pipe' });
  const left = [...answers];
  return finished(child, (stdout) => {
    const [next] = left;
    if (next === undefined || !stdout.endsWith(next[0])) return;
    left.shift();
    child.stdin.write(next[1]);
  });
}

/** The program on a terminal that is closed when the process returned is killed. */
export function startOnTerminal(cwd: string, ...args: string[]): ChildProcess {
  const command = ['exec', ...[...gatelab, ...args].map((word) => `'${word}'`)].join(' ');
  return spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
}
