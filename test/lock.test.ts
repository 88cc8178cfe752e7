import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { currentOwner, isGone, withLock } from '../src/lock.ts';

let folder = '';
let lock = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatelab-lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => { rmSync(folder, { recursive: true }); });

const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;
const longAgo = new Date(Date.now() - 3_600_000);

it('names its owner while it is held, and is gone afterwards, also when the work fails', async () => {
  await expect(withLock(lock, () => {
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toEqual(currentOwner());
    return Promise.reject(new Error('the work'));
  })).rejects.toThrow('the work');
  expect(existsSync(lock)).toBe(false);
});

it.each([
  ['an owner that is dead', () => JSON.stringify({ ...currentOwner(), pid: deadPid() })],
  ['an earlier process with a living one\'s id', () => JSON.stringify({ ...currentOwner(), started: '1' })],
  ['a silent owner on another machine', () => JSON.stringify({ ...currentOwner(), host: 'elsewhere' })],
  ['an owner that died before it wrote its name', () => ''],
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

it('knows a living process from a gone one', () => {
  expect(isGone(currentOwner(), 0)).toBe(false);
  expect(isGone({ ...currentOwner(), pid: deadPid() }, Date.now())).toBe(true);
});
