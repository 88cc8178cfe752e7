import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { collectEnvironment, readGitState } from '../../src/experiment/environment.ts';
import { environmentSchema } from '../../src/experiment/records.ts';
import { environment } from './examples.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const folder = makeTemporaryFolder();
afterEach(() => { vi.unstubAllEnvs(); });

const hasGit = spawnSync('git', ['--version']).status === 0;

/** A git hook's variables, which name the developer's repository, are left out. */
function git(at: string, ...args: string[]): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const who = ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', ['-C', at, ...who, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env }).trim();
}

describe('the environment of a run', () => {
  it('holds what the machine says and what the caller knows, as its schema wants it', () => {
    const collected = collectEnvironment({ engine: { kind: 'native', tfjs: '4.22.0', tensorflow: null, threads: 2 }, dataset: environment.dataset });
    expect(environmentSchema.parse(collected)).toEqual(collected);
    expect(collected).toMatchObject({ versions: { node: process.version, tensorflow: null }, engine: 'native', threads: 2, dataset: environment.dataset });
    expect(collected.versions.gatelab).toMatch(/^\d+\.\d+\.\d+/);
    expect(collected.cores).toBeGreaterThan(0);
    expect(Date.now() - Date.parse(collected.startedAt)).toBeLessThan(60_000);
  });
});

describe('the git commit', () => {
  it.skipIf(!hasGit)('is that of the checkout, with a word on changes, also within a git hook (skipped where git is missing)', () => {
    vi.stubEnv('GIT_DIR', join(folder, 'of-a-hook'));
    const repository = join(folder, 'repository');
    mkdirSync(repository);
    git(repository, 'init', '--quiet');
    expect(readGitState(repository)).toBeNull();
    writeFileSync(join(repository, 'file'), 'one');
    git(repository, 'add', 'file');
    git(repository, 'commit', '--quiet', '-m', 'One');
    const commit = git(repository, 'rev-parse', 'HEAD');
    expect(commit).toMatch(/^[0-9a-f]{40,64}$/);
    expect(readGitState(repository)).toEqual({ commit, dirty: false });
    writeFileSync(join(repository, 'untracked'), '');
    expect(readGitState(repository)).toEqual({ commit, dirty: false });
    writeFileSync(join(repository, 'file'), 'two');
    expect(readGitState(repository)).toEqual({ commit, dirty: true });
    mkdirSync(join(repository, 'unpacked-inside'));
    expect(readGitState(join(repository, 'unpacked-inside'))).toBeNull();
  });

  it('is null without a checkout', () => {
    expect(readGitState(folder)).toBeNull();
    expect(readGitState(join(folder, 'missing'))).toBeNull();
  });
});
