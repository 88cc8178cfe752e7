import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';

import { tryLock } from '../../src/files/lock.ts';
import type { Owner } from '../../src/files/owner.ts';

/**
 * Contenders for a lock in every order: before each call that one makes to the file system, another may run to its end, or be killed
 * before any of its own calls. All are of one process here, which pretends to be several.
 */
const world = vi.hoisted(() => ({ who: '', dead: new Set<string>(), before: (): void => undefined }));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<Record<string, unknown>>();
  const hooked = Object.entries(real).map(([name, value]) => [name, typeof value !== 'function' ? value : (...args: unknown[]): unknown => {
    world.before();
    return (value as (...given: unknown[]) => unknown)(...args);
  }]);
  return Object.fromEntries(hooked) as object;
});
vi.mock('../../src/files/owner.ts', async (importOriginal) => ({
  ...await importOriginal<object>(),
  currentOwner: () => ({ host: world.who, pidNamespace: '', pid: 1, started: '1' }),
  isGone: ({ host }: Owner) => world.dead.has(host),
}));

class Killed extends Error {}

const folder = mkdtempSync(join(tmpdir(), 'gatelab-interleavings-'));
const lock = join(folder, 'lock');
let releases: (() => void)[] = [];
let winners: string[] = [];

beforeEach(() => { vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }); });
afterEach(() => { vi.useRealTimers(); });
afterAll(() => { rmSync(folder, { recursive: true }); });

/** Tries to take the lock; `interrupt` is called before each of its file calls, with their number. @returns how many it made */
function contend(who: string, interrupt: (call: number) => void = () => undefined): number {
  const { who: outerWho, before: outerBefore } = world;
  let calls = 0;
  const own = (): void => {
    world.before = () => undefined;
    try {
      interrupt(calls++);
    } finally {
      Object.assign(world, { who, before: own });
    }
  };
  Object.assign(world, { who, before: own });
  try {
    const held = tryLock(lock);
    if ('release' in held) {
      winners.push(who);
      releases.push(held.release);
    }
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  } finally {
    Object.assign(world, { who: outerWho, before: outerBefore });
  }
  return calls;
}

/** From its n-th file call on, nothing this contender does comes to pass, and the others see that it is gone. */
const killAt = (who: string, n: number) => (call: number): void => {
  if (call < n) return;
  world.dead.add(who);
  throw new Killed();
};
const at = (n: number, act: () => void) => (call: number): void => { if (call === n) act(); };

const longAgo = new Date(Date.now() - 3_600_000);
const starts: Readonly<Record<string, () => void>> = {
  'no lock': () => undefined,
  'the lock of a dead owner': () => { writeFileSync(lock, JSON.stringify({ host: 'dead', pidNamespace: '', pid: 1, started: '1' })); },
  'a lock left empty': () => {
    writeFileSync(lock, '');
    utimesSync(lock, longAgo, longAgo);
  },
};

/**
 * Acts out a scene for every pair of moments: before the first, second … call of one contender, and of the one within it or after it.
 * @param play returns how many calls each of the two made
 */
function forAllMoments(start: () => void, play: (i: number, j: number) => readonly [number, number]): void {
  for (let i = 0, isOver = false; !isOver; i++) {
    for (let j = 0, isInnerOver = false; !isInnerOver; j++) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      Object.assign(world, { dead: new Set(['dead']) });
      [winners, releases] = [[], []];
      start();
      const [outer, inner] = play(i, j);
      const living = winners.filter((who) => !world.dead.has(who));
      expect({ i, j, living }).toEqual({ i, j, living: [expect.any(String)] });
      for (const release of releases) release();
      expect(readdirSync(folder)).toEqual([]);
      isOver = outer <= i;
      isInnerOver = inner <= j;
    }
  }
}

it.each(Object.entries(starts))('of three contenders exactly one gets it, from %s', (_, start) => {
  forAllMoments(start, (i, j) => {
    let inner = 0;
    return [contend('a', at(i, () => { inner = contend('b', at(j, () => { contend('c'); })); })), inner];
  });
});

it.each(Object.entries(starts))('a contender that two others overtake, each at any moment, takes it from neither, from %s', (_, start) => {
  forAllMoments(start, (i, j) => {
    const calls = contend('a', (call) => {
      at(i, () => { contend('b'); })(call);
      at(j, () => { contend('c'); })(call);
    });
    return [calls, calls];
  });
});

it.each(Object.entries(starts))(
  'a contender that is killed at any moment, at any moment of another, blocks nobody, from %s',
  (_, start) => {
    forAllMoments(start, (i, j) => {
      let inner = 0;
      const outer = contend(
        'a',
        at(i, () => {
          inner = contend('b', killAt('b', j));
          contend('c');
        }),
      );
      contend('d');
      return [outer, inner];
    });
  },
);

it.each(Object.entries(starts))(
  'two contenders that are killed one after the other, each at any moment, block nobody, from %s',
  (_, start) => {
    forAllMoments(start, (i, j) => {
      const calls = [contend('a', killAt('a', i)), contend('b', killAt('b', j))] as const;
      contend('c');
      return calls;
    });
  },
);
