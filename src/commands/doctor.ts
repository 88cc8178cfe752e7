import { statSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';

import { DATA_FOLDER } from '../data/open-corpus.ts';
import { officialArchive } from '../data/official-archive.ts';
import { inspectMachine, measureCacheBytes, mendCache, type CacheReport, type MachineReport } from '../engine/inspect.ts';
import { loadEngine, type Engine } from '../engine/load.ts';
import type { OnProgress } from '../progress.ts';
import { escapeControls, formatBytes } from '../terminal/format.ts';
import { createScreen } from '../terminal/screen.ts';

export interface Diagnosis {
  readonly engine: Engine;
  readonly nodeVersion: string;
  readonly cores: { readonly present: number; readonly usable: number };
  readonly machine: MachineReport;
  readonly cache: CacheReport;
  readonly data: { readonly path: string; readonly bytes: number } | null;
  readonly warnings: readonly string[];
}

/** Looks at everything a run needs; builds the engine where it can be built and is not. */
export async function diagnose(onProgress: OnProgress): Promise<Diagnosis> {
  const warnings: string[] = [];
  const machine = inspectMachine();
  const cache = await mendCache();
  const engine = await loadEngine({ onProgress, onWarning: (line) => warnings.push(line) });
  return {
    engine, machine, warnings,
    nodeVersion: process.version,
    cores: { present: cpus().length, usable: availableParallelism() },
    cache: { ...cache, bytes: measureCacheBytes() },
    data: findData(),
  };
}

function findData(): Diagnosis['data'] {
  const path = join(DATA_FOLDER, officialArchive.fileName);
  const bytes = statSync(path, { throwIfNoEntry: false })?.size;
  return bytes === undefined ? null : { path, bytes };
}

export function renderDiagnosis({ engine, nodeVersion, cores, machine, cache, data, warnings }: Diagnosis): string {
  const rows: readonly (readonly [string, string])[] = [
    ['engine', describeEngine(engine)],
    ['versions', `tfjs ${engine.tfjsVersion}, Node ${nodeVersion.slice(1)}, ${machine.platform}`],
    ['CPU', `${machine.cpuModel}; ${machine.cpuFeatures.join(' ') || 'features unknown'}`],
    ['threads', `${engine.threads} of ${cores.usable} usable cores (${cores.present} in the machine)`],
    ['memory', `${formatBytes(engine.baselineRssBytes)} resident before any work`],
    ['cache', describeCache(cache)],
    ['data', data === null ? `no ${join(DATA_FOLDER, officialArchive.fileName)}; training downloads it, --data names another place` : `${data.path}, ${formatBytes(data.bytes)}`],
    ['python', machine.python.found ?? machine.python.problem ?? ''],
    ['compiler', machine.compiler.found ?? machine.compiler.problem ?? ''],
    ...warnings.map((line) => ['warning', line] as const),
    ['verdict', engine.kind === 'native' ? 'training runs natively' : 'training runs, but many times slower than it could'],
  ];
  return rows.map(([name, value]) => `${name.padEnd(10)}${escapeControls(value)}`).join('\n');
}

function describeEngine({ kind, tensorflowVersion, nativeOps }: Engine): string {
  if (kind === 'portable') return 'portable: tfjs in WebAssembly';
  return `native: TensorFlow ${tensorflowVersion ?? ''}${nativeOps ? " with this project's kernels" : ''}`;
}

function describeCache({ folder, bytes, damage }: CacheReport): string {
  if (damage.length > 0) return `${folder}, ${formatBytes(bytes)}; was damaged and is built again: ${damage.join('; ')}`;
  return bytes === 0 ? `${folder}, empty` : `${folder}, ${formatBytes(bytes)}, intact`;
}

export const doctorCommand: CommandModule<object, { json: boolean }> = {
  command: 'doctor',
  describe: 'Say what the engine is and what is missing (exit status 1 while training cannot run natively)',
  builder: (yargs) => yargs.option('json', { type: 'boolean', default: false, describe: 'Print JSON' }),
  handler: async ({ json }) => {
    const { bar, onProgress } = createScreen(false);
    const diagnosis = await diagnose(onProgress);
    bar.clear();
    process.stdout.write(`${json ? JSON.stringify(diagnosis, null, 2) : renderDiagnosis(diagnosis)}\n`);
    process.exitCode = diagnosis.engine.kind === 'native' ? 0 : 1;
  },
};
