import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

import { projectFolder } from '../files/standing-folder.js';
import { readVersion } from '../files/version.js';
import { shellWord } from '../typed-command.js';
import type { Environment } from './records.ts';

const GIT_TIMEOUT_MILLISECONDS = 5000;

/** What only the caller knows: which engine runs, and on which reviews. */
export interface EnvironmentFacts {
  readonly engine: {
    /** For example `native`. */
    readonly kind: string;
    /** Null for an engine without tfjs. */
    readonly tfjs: string | null;
    /** Null for an engine without TensorFlow's library. */
    readonly tensorflow: string | null;
    readonly threads: number;
  };
  readonly dataset: Environment['dataset'];
}

function runGit(folder: string, ...args: readonly string[]): string {
  // A git hook's variables would point git at another repository.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  return execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: GIT_TIMEOUT_MILLISECONDS,
    env: { ...env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
  });
}

/**
 * The commit of a checkout; null where git or the checkout is missing, where the folder only lies inside another one, and before
 * the first commit.
 */
export function readGitState(folder = projectFolder): Environment['git'] {
  if (!existsSync(join(folder, '.git'))) return null;
  try {
    const top = runGit(folder, 'rev-parse', '--show-toplevel').trim();
    if (realpathSync(top) !== realpathSync(folder)) return null;
    const commit = runGit(folder, 'rev-parse', '--verify', '--quiet', 'HEAD').trim();
    const changes = runGit(folder, 'status', '--porcelain', '--untracked-files=no');
    return { commit, dirty: changes.trim() !== '' };
  } catch (error) {
    const { code, status, stderr } = error as GitError;
    const isAbsent = code === 'ENOENT' || (status === 1 && stderr === ''); // no git; no commit yet
    return isAbsent ? null : { commit: null, problem: describeGitProblem(error as GitError, folder) };
  }
}

/** As execFileSync throws it. */
type GitError = NodeJS.ErrnoException & { readonly status?: number | null; readonly stderr?: string };

/** In a line, as git says it; where it refuses another user's folder, with what makes it agree. */
function describeGitProblem({ code, stderr, message }: GitError, folder: string): string {
  if (code === 'ETIMEDOUT') return `git did not answer within ${GIT_TIMEOUT_MILLISECONDS / 1000} seconds`;
  if (stderr?.includes('dubious ownership') === true) {
    return `git refuses ${folder}, which belongs to another user; to trust it: git config --global --add safe.directory `
      + shellWord(folder);
  }
  return stderr?.split('\n').find((line) => line.trim() !== '')?.replace(/^fatal: /, '') ?? message;
}

/** A warning for who starts a run; null where the commit is known, or there is none. */
export function describeUnknownCommit(git: Environment['git']): string | null {
  return git?.commit === null ? `the commit of gatelab will not be recorded: ${git.problem}` : null;
}

export function collectEnvironment({ engine, dataset }: EnvironmentFacts): Environment {
  return {
    versions: { gatelab: readVersion(), node: process.version, tfjs: engine.tfjs, tensorflow: engine.tensorflow },
    platform: `${process.platform}-${process.arch} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    engine: engine.kind,
    threads: engine.threads,
    dataset,
    git: readGitState(),
    startedAt: new Date().toISOString(),
  };
}
