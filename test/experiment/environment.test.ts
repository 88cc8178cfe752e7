import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { collectEnvironment, describeUnknownCommit, readGitState } from '../../src/experiment/environment.ts';
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
    const before = Date.now();
    const collected = collectEnvironment({
      engine: { kind: 'native', tfjs: '4.22.0', tensorflow: null, threads: 2 },
      dataset: environment.dataset,
    });
    expect(environmentSchema.parse(collected)).toEqual(collected);
    expect(collected).toMatchObject({
      versions: { node: process.version, tensorflow: null },
      engine: 'native',
      threads: 2,
      dataset: environment.dataset,
    });
    expect(collected.versions.gatelab).toMatch(/^\d+\.\d+\.\d+/);
    expect(collected.cores).toBeGreaterThan(0);
    expect(Date.parse(collected.startedAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(collected.startedAt)).toBeLessThanOrEqual(Date.now());
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

  it('is null without a checkout, and without git', () => {
    expect(readGitState(folder)).toBeNull();
    expect(readGitState(join(folder, 'missing'))).toBeNull();
    const repository = join(folder, 'without-git');
    mkdirSync(join(repository, '.git'), { recursive: true });
    vi.stubEnv('PATH', join(folder, 'missing'));
    expect(readGitState(repository)).toBeNull();
  });

  const refusal = (repository: string): string =>
    `git refuses ${repository}, which belongs to another user; to trust it: git config --global --add safe.directory ${repository}`;

  it.skipIf(!hasGit || process.getuid?.() !== 0)('of another user\'s checkout is null, with the reason (skipped where chown is not '
    + 'allowed)', () => {
    const repository = join(folder, 'foreign');
    mkdirSync(repository);
    git(repository, 'init', '--quiet');
    for (const path of [repository, join(repository, '.git')]) chownSync(path, 1234, 1234);
    for (const [name, value] of [
      ['HOME', folder],
      ['XDG_CONFIG_HOME', folder],
      ['GIT_CONFIG_SYSTEM', '/dev/null'],
    ] as const)
      vi.stubEnv(name, value);
    expect(readGitState(repository)).toEqual({ commit: null, problem: refusal(repository) });
  });

  it.each([
    ['refuses the folder', 'echo "fatal: detected dubious ownership in repository at here" >&2; echo "To add an exception" >&2; exit '
      + '128', refusal],
    ['finds the checkout broken', 'echo "fatal: not a git repository: ../worktrees/gone" >&2; exit 128', () => 'not a git repository: '
      + '../worktrees/gone'],
    ['is killed without a word', 'kill -9 $$', () => expect.stringContaining('Command failed: git') as string],
  ])('is null, with the reason, where git %s', (what, script, problem) => {
    const repository = join(folder, what.replaceAll(' ', '-'));
    mkdirSync(join(repository, '.git'), { recursive: true });
    mkdirSync(join(repository, 'bin'));
    writeFileSync(join(repository, 'bin/git'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    vi.stubEnv('PATH', `${join(repository, 'bin')}:${process.env['PATH'] ?? ''}`);
    const state = readGitState(repository);
    expect(state).toEqual({ commit: null, problem: problem(repository) });
    expect(environmentSchema.parse({ ...environment, git: state }).git).toEqual(state);
    expect(describeUnknownCommit(state)).toMatch(/^the commit of gatelab will not be recorded: [^\n]+$/);
  });
});
