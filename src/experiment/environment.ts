import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

import type { Environment } from './records.ts';

const projectFolder = join(import.meta.dirname, '../..');
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
    encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: GIT_TIMEOUT_MILLISECONDS,
    env: { ...env, GIT_OPTIONAL_LOCKS: '0' },
  });
}

/** The commit of a checkout; null where git or the checkout is missing, or the folder only lies inside another one. */
export function readGitState(folder = projectFolder): Environment['git'] {
  try {
    const [top = '', commit = ''] = runGit(folder, 'rev-parse', '--show-toplevel', 'HEAD').trim().split('\n');
    if (realpathSync(top) !== realpathSync(folder)) return null;
    const changes = runGit(folder, 'status', '--porcelain', '--untracked-files=no');
    return { commit, dirty: changes.trim() !== '' };
  } catch {
    return null;
  }
}

function readOwnVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { version: string };
  return version;
}

export function collectEnvironment({ engine, dataset }: EnvironmentFacts): Environment {
  return {
    versions: { gatelab: readOwnVersion(), node: process.version, tfjs: engine.tfjs, tensorflow: engine.tensorflow },
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
