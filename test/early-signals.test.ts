import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { runCommand } from '../src/engine/tools.ts';
import { loadExperiment } from '../src/experiment/load.ts';
import { createWorkFolder, finished, startCli, withoutAnnouncements } from './support/cli.ts';
import { smallRun } from './support/kill.ts';
import { hasTerminals, startOnTerminal } from './support/terminal.ts';

const LIMIT = { timeout: 300_000 };

it.each<[string, string[]]>([
  ['before TypeScript is read', ['--import', './src/early-signals.js']],
  ['once the program has begun', ['--require', './src/main.cjs']],
])('SIGUSR1 ends the process and opens no debugger, %s', LIMIT, (_, imports) => {
  const { signal, stderr, stdout } = spawnSync(process.execPath, [...imports, '--eval', "process.once('beforeExit', () => { "
    + "process.kill(process.pid, 'SIGUSR1'); setTimeout(() => console.log('alive'), 1000); "
    + "})", '--', 'main', '--version'], { encoding: 'utf8' });
  expect({ signal, stderr }).toEqual({ signal: 'SIGUSR1', stderr: '' });
  expect(stdout).not.toContain('alive');
});

it('a run that no stream of is a terminal, as under nohup, goes on after a hangup', LIMIT, async () => {
  const child = startCli(createWorkFolder(), ...smallRun, '--set', 'training.epochs=3');
  let hangups = 0; // one, at its first words: a process that is about to end heeds no signal of its own any more
  const { status, stderr } = await finished(child, () => { if (hangups++ === 0) child.kill('SIGHUP'); });
  expect(hangups).toBeGreaterThan(0);
  expect({ status, stderr: withoutAnnouncements(stderr) }).toEqual({ status: 0, stderr: '' });
});

it.skipIf(!hasTerminals)(
  "a run whose terminal is closed keeps what it has (skipped where util-linux's script is missing)",
  LIMIT,
  async () => {
    const cwd = createWorkFolder();
    const terminal = startOnTerminal(cwd, ...smallRun, '--set', 'training.epochs=100000', '--name', 'closed');
    const ended = finished(terminal, (stdout) => {
      if (stdout.includes('epoch      2/')) terminal.kill('SIGKILL');
    });
    await ended;
    const status = (): string => loadExperiment(join(cwd, 'experiments/closed')).summary.status;
    while (status() === 'running') await sleep(100);
    expect(status()).toBe('interrupted');
  },
);

it.skipIf(process.platform !== 'linux')(
  'pip and the compiler are in a session of their own where there is no terminal, so that a hangup does not end them',
  async () => {
    const folder = createWorkFolder();
    writeFileSync(join(folder, 'show'), `cut -d' ' -f6 /proc/self/stat > '${folder}/session'`);
    await runCommand('sh', [join(folder, 'show')], { environment: process.env, label: 'test', onProgress: () => undefined });
    const sessionOf = (stat: string): string => stat.split(' ')[5] ?? '';
    expect(readFileSync(join(folder, 'session'), 'utf8').trim()).not.toBe(sessionOf(readFileSync('/proc/self/stat', 'utf8')));
  },
);
