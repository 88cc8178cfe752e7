import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { UserError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { readCpuFeatures, readCpuModel } from './platform.ts';
import { CommandError, findCompiler, requireTools, runCommands, saysDiskIsFull } from './tools.ts';

/** GCC and Clang compile for the CPU they run on. */
export const forThisCpu = '-march=native';

/**
 * The ways src/native can be compiled. All but `native`, which users get, serve tests: they are the code paths of src/native/simd.h, to be
 * run side by side on one CPU. `needs` are the CPU's features as Linux names them.
 */
export const codePaths = {
  native: { flags: [forThisCpu], needs: [] },
  baseline: { flags: ['-march=x86-64'], needs: [] },
  avx: { flags: ['-mavx'], needs: ['avx'] },
  // Tuned for the CPUs for which GCC takes chains of fused operations apart wherever it may.
  avx2: { flags: ['-mavx2', '-mfma', '-mtune=znver2'], needs: ['avx2', 'fma'] },
  avx512: { flags: ['-mavx512f', '-mfma'], needs: ['avx512f', 'fma'] },
} as const satisfies Record<string, { flags: readonly string[]; needs: readonly string[] }>;

export type CodePath = keyof typeof codePaths;

/** A shared library of C++ that Node loads: `<name>.node`. */
export interface Addon {
  readonly name: string;
  readonly sources: readonly string[];
  /** Headers that count as sources for the cache's key. */
  readonly headers: readonly string[];
  readonly flags: readonly string[];
  /** What tells the compiler which CPU it is compiled for; left out where the compiler does not know one of these. */
  readonly cpuFlags: readonly string[];
}

const require = createRequire(import.meta.url);
const nodeHeaders = (require('node-api-headers') as { include_dir: string }).include_dir;
const bindingFolder = join(dirname(require.resolve('@tensorflow/tfjs-node/package.json')), 'binding');
const nativeFolder = fileURLToPath(new URL('../native', import.meta.url));

/** tfjs-node's own binding, the bridge from JavaScript to TensorFlow's C API. */
export const bindingAddon = describeAddon('tfjs_binding', bindingFolder, ['-O2'], []);

/**
 * This project's kernels. Nothing is fused but what they write as fused (src/native/simd.h), or rounding would depend on how the
 * compiler unrolls a loop.
 */
export function opsAddon(codePath: CodePath): Addon {
  return describeAddon('gatelab_ops', nativeFolder, ['-O3', '-ffp-contract=off'], codePaths[codePath].flags);
}

function describeAddon(name: string, folder: string, flags: readonly string[], cpuFlags: readonly string[]): Addon {
  return { name, flags, cpuFlags, sources: listByEnding(folder, '.cc'), headers: listByEnding(folder, '.h') };
}

function listByEnding(folder: string, ending: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(ending)).toSorted().map((name) => join(folder, name));
}

/** What makes one build of an addon another: its text, its flags, its libraries and the CPU it is compiled for. */
export function computeAddonKey(addon: Addon, libraryName: string): string {
  const hash = createHash('sha256').update(JSON.stringify([libraryName, addon.name, [...compilerFlags(addon), ...addon.cpuFlags]]));
  if (addon.cpuFlags.includes(forThisCpu)) hash.update(JSON.stringify([readCpuFeatures(), readCpuModel()]));
  for (const path of [...addon.sources, ...addon.headers]) hash.update(basename(path)).update('\0').update(readFileSync(path));
  return `${addon.name}-${hash.digest('hex').slice(0, 16)}`;
}

export interface BuildOptions {
  /** The folder of TensorFlow's libraries and `include/`, a sibling of the addon's folder. */
  readonly libraryFolder: string;
  readonly libraries: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: OnProgress;
}

/** Compiles an addon to `folder/<name>.node`. Throws UserError that says that there is no compiler, or its first error. */
export async function buildAddon(addon: Addon, folder: string, options: BuildOptions): Promise<void> {
  const [compiler = ''] = requireTools([findCompiler(options.environment)]);
  const run = (jobs: readonly (readonly string[])[]): Promise<void> => runCommands(
    compiler, jobs, {
      environment: { ...options.environment, TMPDIR: folder }, onProgress: options.onProgress, label: `Compiling ${addon.name}`,
    });
  const compile = async (cpuFlags: readonly string[]): Promise<void> => {
    const flags = [...compilerFlags(addon), ...cpuFlags];
    await run(addon.sources.map((source) => [...flags, ...includeFolders(options), '-c', source, '-o', objectOf(folder, source)]));
    await run([[...flags, ...linkArguments(addon, folder, options)]]);
    for (const source of addon.sources) rmSync(objectOf(folder, source));
  };
  try {
    await compile(addon.cpuFlags).catch((error: unknown) => {
      if (!addon.cpuFlags.includes(forThisCpu)) throw error;
      return compile([]); // not every compiler knows every CPU
    });
  } catch (error) {
    throw error instanceof CommandError ? explainCompilerError(addon, compiler, error) : error;
  }
}

function compilerFlags(addon: Addon): readonly string[] {
  return ['-std=c++17', '-fPIC', '-pthread', '-DNAPI_VERSION=8', ...addon.flags];
}

function includeFolders({ libraryFolder }: BuildOptions): readonly string[] {
  return [`-I${nodeHeaders}`, `-isystem${join(libraryFolder, 'include')}`];
}

const objectOf = (folder: string, source: string): string => join(folder, `${basename(source, '.cc')}.o`);

function linkArguments(addon: Addon, folder: string, { libraryFolder, libraries }: BuildOptions): readonly string[] {
  const isMac = process.platform === 'darwin', here = isMac ? '@loader_path' : '$ORIGIN';
  return [
    '-shared', ...(isMac ? ['-undefined', 'dynamic_lookup'] : []), // Node-API is found at load
    ...addon.sources.map((source) => objectOf(folder, source)), ...libraries.map((library) => join(libraryFolder, library)),
    `-Wl,-rpath,${here}/../${basename(libraryFolder)}`, // relative, so that the cache can be moved
    '-o', join(folder, `${addon.name}.node`),
  ];
}

function explainCompilerError(addon: Addon, compiler: string, error: CommandError): Error {
  if (saysDiskIsFull(error)) return error; // the cache explains a full disk
  const line = error.message.split('\n').find((text) => /error/i.test(text)) ?? error.message.split('\n').at(-1) ?? '';
  return new UserError(`${compiler} could not compile ${addon.name} (it needs C++17: GCC 9, Clang 10 or newer): ${line.trim()}`);
}
