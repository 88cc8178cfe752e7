import { availableParallelism } from 'node:os';

import * as tf from '@tensorflow/tfjs-core';

import { UserError } from '../errors.ts';
import { readRssBytes } from '../measure/memory.ts';
import { ignoreProgress, type OnProgress } from '../progress.ts';
import type { CodePath } from './build.ts';
import { loadGradients, loadNative, loadPortable } from './backends.ts';
import { setUpEngine } from './setup.ts';

export interface EngineOptions {
  /** `native` is TensorFlow, `portable` is tfjs in WebAssembly; `auto` takes the first that can be had. */
  readonly backend?: 'auto' | 'native' | 'portable';
  /** Threads of TensorFlow, by default one for each core this process may use. Fixed by the first call. */
  readonly threads?: number;
  /** What this project's kernels are compiled for, by default this CPU. Fixed by the first call. */
  readonly codePath?: CodePath;
  /** Whether anything will be differentiated; by default it may. Without it the engine starts faster. */
  readonly gradients?: boolean;
  readonly onProgress?: OnProgress;
  /** By default standard error. */
  readonly onWarning?: (line: string) => void;
}

/** What computes. From here on every `tf` operation of tfjs-core runs on it. */
export interface Engine {
  readonly kind: 'native' | 'portable';
  readonly tensorflowVersion: string | null;
  readonly tfjsVersion: string;
  readonly threads: number;
  /** Whether this project's own kernels are loaded. */
  readonly nativeOps: boolean;
  /** Resident set after the first tensor: what the engine itself costs, where it is started before any work. */
  readonly baselineRssBytes: number;
  /** The cache folder of the built engine. */
  readonly folder: string | null;
}

/**
 * Sets up and starts the engine, building it first where that is still to be done.
 * @throws UserError that says what is missing, when `native` is asked for and cannot be had.
 */
export async function loadEngine(options: EngineOptions = {}): Promise<Engine> {
  const engine = await loadBackend(options);
  if (options.gradients ?? true) loadGradients();
  return engine;
}

async function loadBackend(options: EngineOptions): Promise<Engine> {
  const { backend = 'auto', onWarning = writeWarning } = options;
  if (backend === 'portable') return startPortable();
  try {
    return await startNative({ ...options, onWarning });
  } catch (error) {
    if (backend === 'native' || !(error instanceof UserError)) throw error;
    onWarning(`no native engine: ${error.message}. Using the portable engine instead: its results are right, but it is many times slower`);
    return startPortable();
  }
}

let native: Engine | null = null;
let portable: Engine | null = null;

async function startNative(options: EngineOptions & { onWarning: (line: string) => void }): Promise<Engine> {
  if (native !== null) {
    await tf.setBackend('tensorflow');
    return native;
  }
  const { threads = availableParallelism(), codePath = 'native', onProgress = ignoreProgress, onWarning } = options;
  const folders = await setUpEngine({ onProgress, onWarning, codePath });
  const started = { kind: 'native', ...await loadNative(folders, threads), threads, folder: folders.root } as const;
  native = { ...started, ...measureFirstTensor() };
  return native;
}

async function startPortable(): Promise<Engine> {
  await loadPortable();
  portable ??= { kind: 'portable', tensorflowVersion: null, threads: 1, nativeOps: false, folder: null, ...measureFirstTensor() };
  return portable;
}

function measureFirstTensor(): Pick<Engine, 'tfjsVersion' | 'baselineRssBytes'> {
  tf.tidy(() => tf.add(tf.zeros([1]), 1).dataSync());
  return { tfjsVersion: tf.version_core, baselineRssBytes: readRssBytes() };
}

function writeWarning(line: string): void {
  process.stderr.write(`gatelab: ${line}\n`);
}
