import { rmSync } from 'node:fs';

import { UserError } from '../errors.ts';
import { engineCacheRoot } from './cache.ts';
import { platformName, readCpuFeatures, readCpuModel } from './platform.ts';
import { locateEngine } from './setup.ts';
import { findDamageByChecksum, isStamped, measureFolderBytes } from './stamp.ts';
import { findCompiler, findPython } from './tools.ts';

/** A tool or part by what it is, or by what is wrong with it; one of the two is null. */
export interface Finding {
  readonly found: string | null;
  readonly problem: string | null;
}

export interface MachineReport {
  readonly platform: string;
  readonly cpuModel: string;
  /** The instruction sets that matter for speed. */
  readonly cpuFeatures: readonly string[];
  readonly python: Finding;
  readonly compiler: Finding;
}

/** What this machine has to build and to run the engine with. */
export function inspectMachine(environment: NodeJS.ProcessEnv = process.env): MachineReport {
  const python = findPython(environment);
  const compiler = findCompiler(environment);
  return {
    platform: platformName,
    cpuModel: readCpuModel(),
    cpuFeatures: readCpuFeatures().filter((feature) => /^(avx|fma|f16c|amx|asimd|sve|bf16|i8mm)/.test(feature)),
    python: { found: python.version, problem: python.missing },
    compiler: { found: compiler.version, problem: compiler.missing },
  };
}

export interface CacheReport {
  readonly folder: string;
  readonly bytes: number;
  /** What was wrong with built parts, each byte of them read. They are removed, to be built again. */
  readonly damage: readonly string[];
}

/** Reads the whole built engine (half a second); removes what is not as it was built. */
export async function cleanCache(environment: NodeJS.ProcessEnv = process.env): Promise<CacheReport> {
  const damage: string[] = [];
  for (const folder of findFolders(environment).filter(isStamped)) {
    const found = await findDamageByChecksum(folder);
    if (found === null) continue;
    damage.push(`${folder}: ${found}`);
    rmSync(folder, { recursive: true, force: true });
  }
  return { folder: engineCacheRoot(environment), bytes: measureCacheBytes(environment), damage };
}

export function measureCacheBytes(environment: NodeJS.ProcessEnv = process.env): number {
  return findFolders(environment).reduce((sum, folder) => sum + measureFolderBytes(folder), 0);
}

function findFolders(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    const { tensorflow, binding, ops } = locateEngine(environment);
    return [tensorflow, binding, ops];
  } catch (error) {
    if (error instanceof UserError) return []; // a platform without an engine has no cache
    throw error;
  }
}
