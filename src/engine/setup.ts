import { join } from 'node:path';

import { UserError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { bindingAddon, buildAddon, computeAddonKey, opsAddon } from './build.ts';
import type { Addon, CodePath } from './build.ts';
import { engineCacheRoot, ensureEntry, type CacheEntry } from './cache.ts';
import { checkHost, findWheel, platformName, tensorflowVersion, type Wheel } from './platform.ts';
import { findDamage } from './stamp.ts';
import { findCompiler, findPython, requireTools } from './tools.ts';
import { fetchTensorflow } from './wheel.ts';

export interface SetUpOptions {
  readonly onProgress: OnProgress;
  readonly onWarning: (line: string) => void;
  /** By default this process's environment and platform. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly platform?: string;
  /** What the kernels are compiled for, by default this CPU. */
  readonly codePath?: CodePath;
}

/** Where the parts of a built engine lie. */
export interface EngineFolders {
  readonly root: string;
  readonly tensorflow: string;
  readonly binding: string;
  /** Null where the kernels could not be compiled. */
  readonly ops: string | null;
}

interface LocatedFolders extends EngineFolders {
  readonly ops: string;
}

/** The folders of the engine for a platform, built or not. Throws UserError where there can be none. */
export function locateEngine(
  environment: NodeJS.ProcessEnv = process.env,
  platform = platformName,
  ops = opsAddon('native'),
): LocatedFolders {
  findWheel(platform);
  const root = engineCacheRoot(environment);
  const library = `tensorflow-${tensorflowVersion}-${platform}`;
  const addonFolder = (addon: Addon): string => join(root, computeAddonKey(addon, library));
  return { root, tensorflow: join(root, library), binding: addonFolder(bindingAddon), ops: addonFolder(ops) };
}

/**
 * The built engine, built now if it is not there yet: half a minute and a download of 200 MB, once for all checkouts.
 * The libraries and each addon are entries of their own, so that a changed kernel downloads nothing again.
 * @throws UserError that says what is missing and how to fix it.
 */
export async function setUpEngine(options: SetUpOptions): Promise<EngineFolders> {
  const { environment = process.env, platform = platformName, codePath = 'native' } = options;
  const ops = opsAddon(codePath);
  const folders = locateEngine(environment, platform, ops);
  if (isBuilt(folders)) return folders;
  checkHost(platform);
  requireTools([ // before anything is downloaded
    ...(findDamage(folders.tensorflow) === null ? [] : [findPython(environment)]),
    ...(findDamage(folders.binding) === null ? [] : [findCompiler(environment)]),
  ]);
  const builder = { ...options, environment, ops, wheel: findWheel(platform), folders };
  await ensureEntry(describeLibrary(builder), hooksOf(options));
  await ensureEntry(describeAddonEntry(bindingAddon, folders.binding, builder), hooksOf(options));
  return { ...folders, ops: await buildOps(builder) };
}

/** Whether starting the native engine means to fetch and build it first; false where there can be none. */
export function isEngineMissing(environment: NodeJS.ProcessEnv = process.env, platform: string = platformName): boolean {
  try {
    return !isBuilt(locateEngine(environment, platform));
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

function isBuilt({ tensorflow, binding, ops }: Builder['folders']): boolean {
  return [tensorflow, binding, ops].every((folder) => findDamage(folder) === null);
}

interface Builder {
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: OnProgress;
  readonly onWarning: (line: string) => void;
  readonly wheel: Wheel;
  readonly ops: Addon;
  readonly folders: LocatedFolders;
}

function hooksOf({ onProgress, onWarning }: SetUpOptions): { onWarning: (line: string) => void; onWait: () => void } {
  const start = performance.now();
  const onWait = (): void => {
    onProgress({
      label: 'Waiting for another process to build the engine',
      done: Math.round((performance.now() - start) / 1000),
      unit: 'seconds',
    });
  };
  return { onWarning, onWait };
}

function describeLibrary({ folders, wheel, environment, onProgress }: Builder): CacheEntry {
  return describeEntry(folders.root, folders.tensorflow, (folder) => fetchTensorflow(wheel, folder, { environment, onProgress }));
}

function describeAddonEntry(addon: Addon, target: string, { folders, wheel, environment, onProgress }: Builder): CacheEntry {
  const options = { libraryFolder: folders.tensorflow, libraries: wheel.libraries, environment, onProgress };
  return describeEntry(folders.root, target, (folder) => buildAddon(addon, folder, options));
}

function describeEntry(root: string, target: string, build: CacheEntry['build']): CacheEntry {
  return { root, name: target.slice(root.length + 1), build };
}

/** Kernels that do not compile cost speed, not function: the operations have a reference in plain ops. */
async function buildOps(builder: Builder): Promise<string | null> {
  try {
    return await ensureEntry(describeAddonEntry(builder.ops, builder.folders.ops, builder), hooksOf(builder));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    builder.onWarning(`${error.message}; the slower reference operations are used`);
    return null;
  }
}
