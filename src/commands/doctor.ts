import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';

import { findFileBytes } from '../files/read.ts';
import { DATA_FOLDER, findLocalData } from '../data/open-corpus.ts';
import { officialArchive } from '../data/imdb-layout.ts';
import { cleanCache, inspectMachine, measureCacheBytes, type CacheReport, type MachineReport } from '../engine/inspect.ts';
import { loadEngine, type Engine } from '../engine/load.ts';
import type { OnProgress } from '../progress.ts';
import { escapeControls } from '../files/escape-controls.js';
import { formatBytes } from '../terminal/format.ts';
import { createScreen } from '../terminal/screen.ts';
import type { OptionsOf } from './options.ts';

export interface Diagnosis {
  readonly engine: Engine;
  readonly nodeVersion: string;
  readonly cores: { readonly present: number; readonly usable: number };
  readonly machine: MachineReport;
  readonly cache: CacheReport;
  /** `bytes` of the archive, null for its unpacked folder. */
  readonly data: { readonly path: string; readonly bytes: number | null } | null;
  readonly warnings: readonly string[];
}

/** Looks at everything a run needs; builds the engine where it can be built and is not. */
export async function diagnose(onProgress: OnProgress): Promise<Diagnosis> {
  const warnings: string[] = [];
  const machine = inspectMachine();
  const cache = await cleanCache();
  const engine = await loadEngine({ onProgress, onWarning: (line) => warnings.push(line) });
  return {
    engine, machine, warnings,
    nodeVersion: process.version,
    cores: { present: cpus().length, usable: availableParallelism() },
    cache: { ...cache, bytes: measureCacheBytes() },
    data: await findData(),
  };
}

/** @param folder where the reviews are looked for without `--data` */
export async function findData(folder = DATA_FOLDER): Promise<Diagnosis['data']> {
  const path = findLocalData(folder);
  return path === null ? null : { path, bytes: await findFileBytes(path) ?? null };
}

function describeData(data: Diagnosis['data']): string {
  if (data === null) return `no ${join(DATA_FOLDER, officialArchive.fileName)}; training downloads it, --data names another place`;
  return `${data.path}, ${data.bytes === null ? 'unpacked' : formatBytes(data.bytes)}`;
}

export function renderDiagnosis({ engine, nodeVersion, cores, machine, cache, data, warnings }: Diagnosis): string {
  const rows: readonly (readonly [string, string])[] = [
    ['engine', describeEngine(engine)],
    ['versions', `tfjs ${engine.tfjsVersion}, Node ${nodeVersion.slice(1)}, ${machine.platform}`],
    ['CPU', `${machine.cpuModel}; ${machine.cpuFeatures.join(' ') || 'features unknown'}`],
    ['threads', `${engine.threads} of ${cores.usable} usable cores (${cores.present} in the machine)`],
    ['memory', `${formatBytes(engine.baselineRssBytes)} resident before any work`],
    ['cache', describeCache(cache)],
    ['data', describeData(data)],
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

export async function runDoctor({ json }: OptionsOf<'doctor'>): Promise<void> {
  const { bar, onProgress } = createScreen(false);
  onProgress({ label: 'Checking the engine', done: 0 });
  const diagnosis = await diagnose(onProgress);
  bar.clear();
  process.stdout.write(`${json ? JSON.stringify(diagnosis, null, 2) : renderDiagnosis(diagnosis)}\n`);
  process.exitCode = diagnosis.engine.kind === 'native' ? 0 : 1;
}
