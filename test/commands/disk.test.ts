import { chmodSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadExperiment } from '../../src/experiment/load.ts';
import { currentOwner } from '../../src/files/owner.ts';
import { callCli } from '../support/call-cli.ts';
import { createWorkFolder, finished, startFaultyCli } from '../support/cli.ts';
import { smallRun } from '../support/kill.ts';
import { canMount, obeysPermissions, startAsUser, startWithMounts } from '../support/mounts.ts';
import { fingerprintRun } from '../support/run-fingerprint.ts';

/** Real processes on disks that are really full or read-only where mounting is allowed; with the system's error injected as well. */
const cwd = createWorkFolder();
const at = (name: string): string => join(cwd, 'experiments', name);
const train = (name: string): string[] => [...smallRun, '--set', 'training.epochs=4', '--name', name];
const fullDisk = (name: string): RegExp =>
  new RegExp(
    `^gatelab: experiments/${name}/checkpoints/(last|best)-\\d-0: cannot be written: the disk is full; make room and start again `
      + `\\(ENOSPC\\)\n$`,
  );
let whole: object;

beforeAll(async () => {
  expect(await callCli(cwd, ...train('whole'))).toMatchObject({ status: 0, stderr: '' });
  whole = fingerprintRun(at('whole'));
});

describe('a disk that is full during a checkpoint ends the run in one line, and costs nothing once there is room', () => {
  it('with the error injected after half a file', async () => {
    const { status, stderr } = await finished(startFaultyCli(cwd, 'ENOSPC optimizer.safetensors 3', ...train('full')));
    expect(stderr).toMatch(fullDisk('full'));
    expect(status).toBe(1);
    expect(readdirSync(join(at('full'), 'checkpoints'))).not.toContain('building');
    expect(loadExperiment(at('full')).summary.status).toBe('failed');
    expect(await callCli(cwd, 'train', '--resume', 'experiments/full')).toMatchObject({ status: 0, stderr: '' });
    expect(fingerprintRun(at('full'))).toEqual(whole);
  });

  it.skipIf(!canMount)('on a tmpfs of 200 KiB that is enlarged', async () => {
    mkdirSync(join(cwd, 'small'));
    cpSync(join(cwd, 'data'), join(cwd, 'small/data'), { recursive: true });
    mkdirSync(join(cwd, 'small/experiments'));
    const words = train('tmpfs').map((word) => `'${word}'`).join(' ');
    const { status, stderr } = await finished(startWithMounts(join(cwd, 'small'), `
      mount -t tmpfs -o size=200k none experiments
      gatelab ${words}; echo "exit $?" >&2
      cp -r experiments/tmpfs ../experiments/tmpfs-full
      mount -o remount,size=30m experiments
      gatelab train --resume experiments/tmpfs && cp -r experiments/tmpfs ../experiments/tmpfs`));
    expect(stderr.split('exit 1\n')).toEqual([expect.stringMatching(fullDisk('tmpfs')), '']);
    expect(status).toBe(0);
    const left = readdirSync(join(at('tmpfs-full'), 'checkpoints'));
    expect(left).toContain('last-1-0');
    expect(left).not.toContain('building');
    expect(fingerprintRun(at('tmpfs'))).toEqual(whole);
  });
});

describe('an output folder that is read-only ends in one line, before anything is trained', () => {
  const readOnly = 'the disk is read-only (EROFS)';
  const notPermitted = 'permission is missing; check who owns it (EACCES)';
  const noTokens = (code: string): string =>
    `Cannot keep the tokens in data/cache \\(${code}: [^\n]*\\); going on without, so the next start takes as long\\.`;

  it.skipIf(!canMount)('a new run on a disk mounted read-only', async () => {
    const { status, stdout, stderr } = await finished(
      startWithMounts(cwd, `mkdir new && mount -t tmpfs -o ro none new && cd new && gatelab ${train('a').join(' ')}`),
    );
    expect(stderr).toMatch(new RegExp(`^gatelab: ${noTokens('EROFS')}\ngatelab: experiments: cannot be made: ${escape(readOnly)}\n$`));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  it.skipIf(!canMount)('a run that is to go on, on a disk mounted read-only', async () => {
    const script = `mount --bind experiments experiments && mount -o remount,bind,ro experiments && gatelab train --resume `
      + `experiments/whole --set training.epochs=5`;
    expect(await finished(startWithMounts(cwd, script))).toEqual({
      status: 1,
      stdout: '',
      stderr: `gatelab: experiments/whole: cannot be locked: ${readOnly}\n`,
    });
    expect(fingerprintRun(at('whole'))).toEqual(whole);
  });

  it.skipIf(!obeysPermissions).each<[string, object | null]>([
    ['foreign', null], ['foreign-and-locked', { ...currentOwner(), started: 'long ago' }],
  ])('a run that is to go on, in a folder that belongs to somebody else: %s', async (name, deadOwner) => {
    cpSync(at('whole'), at(name), { recursive: true });
    if (deadOwner !== null) writeFileSync(join(at(name), 'lock'), JSON.stringify(deadOwner));
    chmodSync(at(name), 0o555);
    const result = await finished(startAsUser(cwd, 'train', '--resume', `experiments/${name}`, '--set', 'training.epochs=5'));
    expect(result).toEqual({ status: 1, stdout: '', stderr: `gatelab: experiments/${name}: cannot be locked: ${notPermitted}\n` });
    chmodSync(at(name), 0o755);
  });

  it('with the error injected', async () => {
    const faulty = startFaultyCli(cwd, 'EROFS lock', 'train', '--resume', 'experiments/whole', '--set', 'training.epochs=5');
    expect(await finished(faulty)).toEqual({
      status: 1,
      stdout: '',
      stderr: `gatelab: experiments/whole: cannot be locked: ${readOnly}\n`,
    });
  });
});

function escape(text: string): string {
  return text.replace(/[()]/g, '\\$&');
}
