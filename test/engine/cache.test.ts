import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { UserError } from '../../src/errors.ts';
import { engineCacheRoot, ensureEntry, type CacheEntry } from '../../src/engine/cache.ts';
import { findDamage, findDamageByChecksum } from '../../src/engine/stamp.ts';

vi.mock('node:os', { spy: true });

let folder = '';
let root = '';
let builds = 0;
let warnings: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatelab-cache-'));
  root = join(folder, 'made', 'on', 'demand');
  builds = 0;
  warnings = [];
});
afterEach(() => { rmSync(folder, { recursive: true }); });

const build = (target: string): Promise<void> => {
  builds += 1;
  writeFileSync(join(target, 'library'), 'twelve bytes');
  return Promise.resolve();
};
const ensure = (builder: CacheEntry['build'] = build): Promise<string> =>
  ensureEntry({ root, name: 'entry', build: builder }, { onWarning: (line) => warnings.push(line) });

interface Ended {
  readonly output: string;
  readonly signal: NodeJS.Signals | null;
}

/** Runs fake-build.ts in a process of its own; `whenBuilding` is called once its builder has begun. */
function startBuilder(whenBuilding?: (kill: () => void) => void): Promise<Ended> {
  const log = join(folder, 'log');
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/engine/fake-build.ts', root, log]);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { output += chunk.toString(); });
  const poll = setInterval(() => {
    if (whenBuilding === undefined || !existsSync(log)) return;
    clearInterval(poll);
    whenBuilding(() => { child.kill('SIGKILL'); });
  }, 20);
  return new Promise((resolve) => {
    child.on('close', (_code, signal) => {
      clearInterval(poll);
      resolve({ output: output.trim(), signal });
    });
  });
}

describe('a cache entry', () => {
  it('is built once and then used', async () => {
    const first = await ensure();
    expect(readFileSync(join(first, 'library'), 'utf8')).toBe('twelve bytes');
    expect(await ensure()).toBe(first);
    expect(builds).toBe(1);
    expect(readdirSync(root)).toEqual(['entry']);
  });

  it.each([
    [
      'a file is missing',
      (entry: string) => {
        rmSync(join(entry, 'library'));
      },
      'library is missing',
    ],
    [
      'a file is short',
      (entry: string) => {
        truncateSync(join(entry, 'library'), 5);
      },
      'library has 5 bytes, not 12',
    ],
    [
      'the stamp is missing',
      (entry: string) => {
        rmSync(join(entry, 'stamp.json'));
      },
      'stamp.json is missing or unreadable',
    ],
    [
      'the stamp is cut short',
      (entry: string) => {
        truncateSync(join(entry, 'stamp.json'), 9);
      },
      'stamp.json is missing or unreadable',
    ],
    [
      'the stamp lists no files',
      (entry: string) => {
        writeFileSync(join(entry, 'stamp.json'), '{}');
      },
      'stamp.json is missing or unreadable',
    ],
    [
      'the stamp lists something else',
      (entry: string) => {
        writeFileSync(join(entry, 'stamp.json'), '{"files":["library"]}');
      },
      'stamp.json is missing or unreadable',
    ],
  ])('is built again, with a warning, when %s', async (_what, damage, reason) => {
    const entry = await ensure();
    damage(entry);
    await ensure();
    expect(builds).toBe(2);
    expect(warnings).toEqual([`the engine in ${entry} is damaged (${reason}); building it again`]);
    expect(findDamage(entry)).toBeNull();
  });

  it('with a changed byte is found by its checksum, not by its size', async () => {
    const entry = await ensure();
    expect(await findDamageByChecksum(entry)).toBeNull();
    writeFileSync(join(entry, 'library'), 'twelve bytez');
    expect(findDamage(entry)).toBeNull();
    expect(await findDamageByChecksum(entry)).toBe('library has another checksum than when it was built');
  });

  it('whose builder fails leaves nothing, says why, and is built by the next', async () => {
    await expect(ensure(() => Promise.reject(new UserError('no compiler')))).rejects.toThrow(new UserError('no compiler'));
    expect(readdirSync(root)).toEqual([]);
    await ensure();
    expect(builds).toBe(1);
  });
});

describe('several processes', () => {
  it('that start at once build once, and both use it', async () => {
    const ended = await Promise.all([startBuilder(), startBuilder()]); // neither is done before the other waits
    const entry = join(root, 'entry');
    expect(ended.map(({ output }) => output)).toEqual([entry, entry]);
    expect(readdirSync(entry).toSorted()).toEqual(['half', 'stamp.json', 'whole']);
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('built\n');
    expect(readdirSync(root)).toEqual(['entry']);
  });

  it('never use what a killed one left half-built, and clear it away', async () => {
    const { signal } = await startBuilder((kill) => { kill(); });
    expect(signal).toBe('SIGKILL');
    const remains = readdirSync(root).toSorted();
    expect(remains).toEqual([expect.stringMatching(/^building-/), 'lock']);
    const entry = await ensure();
    expect(builds).toBe(1);
    expect(readdirSync(entry).toSorted()).toEqual(['library', 'stamp.json']);
    expect(readdirSync(root)).toEqual(['entry']);
  });
});

describe('a disk', () => {
  const fail = (fields: object, text = 'write'): CacheEntry['build'] => () => Promise.reject(Object.assign(new Error(text), fields));

  it.each([
    ['full', fail({ code: 'ENOSPC' }), 'the disk is full; make room and start again (ENOSPC)'],
    [
      'full for a program that was run',
      fail({}, 'OSError: [Errno 28] No space left on device'),
      'the disk is full; make room and start again (ENOSPC)',
    ],
    ['over quota', fail({ code: 'EDQUOT' }), 'the disk quota is used up; make room and start again (EDQUOT)'],
    ['read-only', fail({ code: 'EROFS' }), 'the disk is read-only (EROFS)'],
    ["someone else's", fail({ code: 'EACCES' }), 'permission is missing; check who owns it (EACCES)'],
  ])('that is %s gives one line that says how to mend it', async (_what, builder, reason) => {
    await expect(ensure(builder)).rejects.toThrow(
      new UserError(`cannot build the engine in ${root}: ${reason}; fix that, or set XDG_CACHE_HOME to another folder with 1 GB free`),
    );
    expect(readdirSync(root)).toEqual([]);
  });

  it('with a file where the cache should be gives the same line', async () => {
    writeFileSync(join(folder, 'made'), '');
    await expect(ensure()).rejects.toThrow('a part of the path is a file, not a folder (ENOTDIR); fix that, or set XDG_CACHE_HOME');
  });
});

describe('the cache folder', () => {
  it.each([
    [{ XDG_CACHE_HOME: '/xdg', HOME: '/home/a' }, '/xdg/gatelab/engine'],
    [{ HOME: '/home/a' }, '/home/a/.cache/gatelab/engine'],
    [{ XDG_CACHE_HOME: '', HOME: '/home/a' }, '/home/a/.cache/gatelab/engine'],
    [{ XDG_CACHE_HOME: 'relative', HOME: '/home/a' }, '/home/a/.cache/gatelab/engine'],
    [{ HOME: '' }, join(userInfo().homedir, '.cache/gatelab/engine')],
    [{ HOME: 'relative' }, join(userInfo().homedir, '.cache/gatelab/engine')],
    [{}, join(userInfo().homedir, '.cache/gatelab/engine')],
  ])('of %o is %s', (environment, expected) => {
    expect(engineCacheRoot(environment)).toBe(expected);
    expect(isAbsolute(engineCacheRoot(environment))).toBe(true);
  });

  it('of a user without a home folder has to be named', () => {
    vi.mocked(userInfo).mockImplementationOnce(() => { throw new Error('ERR_SYSTEM_ERROR: uv_os_get_passwd returned ENOENT'); });
    expect(() => engineCacheRoot({ HOME: '' })).toThrow(
      new UserError('this user has no home folder to keep the engine in; set XDG_CACHE_HOME to the full path of a folder with 1 GB free'),
    );
  });
});
