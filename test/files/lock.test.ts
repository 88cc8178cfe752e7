import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { UserError } from '../../src/errors.ts';
import { tryLock, withLock } from '../../src/files/lock.ts';
import { currentOwner, isGone } from '../../src/files/owner.ts';

vi.mock('node:fs', { spy: true });

let folder = '';
let lock = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatelab-lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => { rmSync(folder, { recursive: true }); });

const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;
const longAgo = new Date(1000 * Math.floor(Date.now() / 1000 - 3600)); // whole seconds, which files keep as they are

it('names its owner while it is held, and is gone afterwards, also when the work fails', async () => {
  await expect(withLock(lock, () => {
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject(currentOwner());
    return Promise.reject(new Error('the work'));
  })).rejects.toThrow('the work');
  expect(existsSync(lock)).toBe(false);
});

it.each([
  ['an owner that is dead', () => JSON.stringify({ ...currentOwner(), pid: deadPid() })],
  ['an earlier process with a living one\'s id', () => JSON.stringify({ ...currentOwner(), started: '1' })],
  ['a silent owner on another machine', () => JSON.stringify({ ...currentOwner(), host: 'elsewhere' })],
  ['a silent owner in another container', () => JSON.stringify({ ...currentOwner(), pidNamespace: 'pid:[1]', pid: deadPid() })],
  ['an owner that died before it wrote its name', () => ''],
  ['an owner whose name a power cut took', () => '\0'.repeat(80)],
  ['a dead owner of an earlier version', () => JSON.stringify({ host: hostname(), pid: deadPid(), started: '1' })],
])('is taken over from %s', async (_who, content) => {
  writeFileSync(lock, content());
  utimesSync(lock, longAgo, longAgo);
  let waits = 0;
  expect(await withLock(lock, () => Promise.resolve('worked'), () => { waits += 1; })).toBe('worked');
  expect(waits).toBe(0);
  expect(existsSync(lock)).toBe(false);
});

it.each([
  ['a living owner', () => JSON.stringify(currentOwner())],
  ['an owner on another machine that was heard of lately', () => JSON.stringify({ ...currentOwner(), host: 'elsewhere' })],
  ['an owner in another container that was heard of '
    + 'lately', () => JSON.stringify({ ...currentOwner(), pidNamespace: 'pid:[1]', pid: deadPid() })],
  ['an owner that is about to write its name', () => ''],
])('is waited for while it belongs to %s', async (_who, content) => {
  writeFileSync(lock, content());
  const order: string[] = [];
  const work = withLock(lock, () => Promise.resolve(order.push('worked')), () => { order.push('waited'); });
  await sleep(250);
  expect(order).toContain('waited');
  expect(order).not.toContain('worked');
  rmSync(lock);
  await work;
  expect(order.at(-1)).toBe('worked');
});

it('lets one at a time work', async () => {
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await sleep(10);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 4 }, () => withLock(lock, work)));
  expect(most).toBe(1);
});

it('gives a dead owner\'s lock to one of several processes, and only to one', { timeout: 300_000 }, async () => {
  const contenders = Array.from({ length: 4 }, () =>
    fork(fileURLToPath(new URL('../support/lock-contender.ts', import.meta.url)), [lock], { execArgv: ['--import', 'tsx'] }),
  );
  const answers = (): Promise<unknown[]> => Promise.all(contenders.map(async (one) => (await once(one, 'message') as unknown[])[0]));
  const order = (what: 'try' | 'release'): Promise<unknown[]> => {
    const answered = answers();
    for (const one of contenders) one.send(what);
    return answered;
  };
  const pid = deadPid();
  try {
    await answers();
    for (let round = 0; round < 200; round++) {
      writeFileSync(lock, JSON.stringify({ ...currentOwner(), pid, round }));
      expect((await order('try')).filter((won) => won === true)).toHaveLength(1);
      await order('release');
      expect(readdirSync(folder)).toEqual([]);
    }
  } finally {
    for (const one of contenders) one.kill();
  }
});

it('knows a living process from a gone one', () => {
  expect(isGone(currentOwner(), 0)).toBe(false);
  expect(isGone({ ...currentOwner(), pid: deadPid() }, Date.now())).toBe(true);
});

it.each<[string, () => void, string]>([
  ['a folder', () => { mkdirSync(lock); }, 'is a folder, but gatelab keeps its lock in a file of that name; move it away'],
  ['a link that leads nowhere', () => { symlinkSync('nowhere', lock); }, 'is a link that leads nowhere, but gatelab keeps its lock in a '
    + 'file of that name; move it away'],
  ['a link to itself', () => { symlinkSync('lock', lock); }, 'cannot be read: its links lead in a circle (ELOOP); if no gatelab process '
    + 'works in that folder, remove this file'],
  ['a pipe', () => { spawnSync('mkfifo', [lock]); }, 'is not a regular file, but gatelab keeps its lock in a file of that name; move it '
    + 'away'],
  ['a file of somebody else\'s', () => { writeFileSync(lock, 'keep me'); }, 'is not a lock that gatelab wrote, but gatelab keeps its '
    + 'lock in a file of that name; move it away'],
  ['JSON of something else', () => { writeFileSync(lock, '{"pid": 1}'); }, 'is not a lock that gatelab wrote, but gatelab keeps its lock '
    + 'in a file of that name; move it away'],
  ['a large file', () => { writeFileSync(lock, Buffer.alloc(5000)); }, 'is not a lock that gatelab wrote, but gatelab keeps its lock in '
    + 'a file of that name; move it away'],
])('%s in its place is an error at once, in one line, and stays as it was', async (_what, put, message) => {
  put();
  utimesSync(folder, longAgo, longAgo);
  for (const take of [(): unknown => tryLock(lock), (): unknown => withLock(lock, () => Promise.resolve())]) {
    await expect((async () => { await take(); })()).rejects.toThrow(new UserError(`${lock}: ${message}`));
  }
  expect(readdirSync(folder)).toEqual(['lock']);
});

it('names nobody as its dead owner where it was released, also while another waited', () => {
  const first = tryLock(lock);
  expect(tryLock(lock)).toEqual({ heldBy: currentOwner() });
  if ('release' in first) first.release();
  const second = tryLock(lock);
  expect(second).toMatchObject({ former: null });
  if ('release' in second) second.release();
});

it('works where there are no hard links', () => {
  vi.mocked(linkSync).mockImplementation(() => { throw Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'link' }); });
  const first = tryLock(lock);
  expect(tryLock(lock)).toEqual({ heldBy: currentOwner() });
  expect(readdirSync(folder)).toEqual(['lock']);
  if ('release' in first) first.release();
  expect(readdirSync(folder)).toEqual([]);
  vi.mocked(linkSync).mockReset();
});

it('does not keep alive a lock that is another\'s by now', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const held = tryLock(lock);
  writeFileSync(lock, 'another');
  utimesSync(lock, longAgo, longAgo);
  vi.advanceTimersByTime(20_000);
  expect(statSync(lock).mtimeMs).toBe(longAgo.getTime());
  if ('release' in held) held.release();
  vi.useRealTimers();
});

describe('where there is no /proc', () => {
  const { platform } = process;
  beforeEach(() => {
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    vi.stubEnv('PATH', folder);
  });
  afterEach(() => {
    Object.defineProperty(process, 'platform', { value: platform });
    vi.unstubAllEnvs();
  });
  const install = (script: string): void => { writeFileSync(join(folder, 'ps'), `#!/bin/sh\n${script}\n`, { mode: 0o755 }); };

  it.each<[string, () => void]>([
    ['no ps', () => undefined],
    ['a ps that does not know lstart', () => { install('echo "ps: bad -o argument" >&2; exit 1'); }],
    ['a ps that is a folder', () => { mkdirSync(join(folder, 'ps')); }],
  ])('a process whose start is unknown is gone when its id is: %s', (_which, arrange) => {
    arrange();
    const dead = { ...currentOwner(), pid: deadPid() };
    expect(currentOwner().started).toBe('unknown');
    expect(isGone(currentOwner(), 0)).toBe(false);
    expect(isGone({ ...currentOwner(), started: 'Mon Mar 2 10:00:00 2026' }, 0)).toBe(false);
    expect(isGone(dead, 0)).toBe(true);
  });

  it('an owner whose start was unknown lives while its id does, also where ps knows more by now', () => {
    const owner = currentOwner();
    install('echo Mon Mar 2 10:00:00 2026');
    expect(isGone(owner, 0)).toBe(false);
  });

  it('a start reads the same whatever the language and time zone', () => {
    vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
    vi.stubEnv('TZ', 'Asia/Tokyo');
    install('echo "$LC_ALL $TZ"');
    expect(currentOwner().started).toBe('C UTC');
  });
});
