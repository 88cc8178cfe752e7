import * as tf from '@tensorflow/tfjs-core';
import { Module, createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js';
import type { TFJSBinding } from '@tensorflow/tfjs-node/dist/tfjs_binding.js';

import { UserError } from '../errors.ts';
import { readVariable } from '../files/user-environment.ts';
import type { EngineFolders } from './setup.ts';

/** Makes tfjs's WebAssembly backend, `wasm`, the backend. No set-up, one thread, several times slower than TensorFlow. */
export async function loadPortable(): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
}

const require = createRequire(import.meta.url);

/** Registers the gradients of tfjs's own ops, which no smaller package of it than the whole exposes to Node. May be called again. */
export function loadGradients(): void {
  const path = require.resolve(WHOLE_TFJS);
  if (require.cache[path] === standIn) Reflect.deleteProperty(require.cache, path);
  require(WHOLE_TFJS);
}

const WHOLE_TFJS = '@tensorflow/tfjs';
let standIn: NodeJS.Module | undefined;

/** The kernels of tfjs-node ask for all of tfjs and use tfjs-core alone. The rest takes a tenth of a cold start, and is left out here. */
function standInForTfjs(): void {
  const path = require.resolve(WHOLE_TFJS);
  if (require.cache[path] !== undefined) return;
  standIn = Object.assign(new Module(path), { exports: require('@tensorflow/tfjs-core') as unknown, loaded: true });
  require.cache[path] = standIn;
}

export interface LoadedLibrary {
  readonly tensorflowVersion: string;
  /** Whether this project's own kernels are loaded. */
  readonly nativeOps: boolean;
}

/**
 * Loads TensorFlow and makes it tfjs's backend, `tensorflow`, once a process.
 * Stands in for tfjs-node's own index.js, which can only take its binding from inside node_modules.
 */
export async function loadNative(folders: EngineFolders, threads: number): Promise<LoadedLibrary> {
  silenceTensorflow();
  process.env.TF_NUM_INTRAOP_THREADS = String(threads); // read when the library makes its first device
  process.env.TF_NUM_INTEROP_THREADS = String(threads);
  const binding = loadAddon(folders.binding, 'tfjs_binding') as TFJSBinding;
  await registerBackend(binding);
  return { tensorflowVersion: binding.TF_Version, nativeOps: loadNativeOps(folders.ops) };
}

async function registerBackend(binding: TFJSBinding): Promise<void> {
  restoreOldUtilities();
  standInForTfjs();
  require('@tensorflow/tfjs-node/dist/register_all_kernels.js');
  const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js') as NodeBackendModule;
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node'));
  if (!(await tf.setBackend('tensorflow'))) throw new UserError('TensorFlow could not be started');
}

interface NodeBackendModule {
  readonly NodeJSKernelBackend: typeof NodeJSKernelBackend;
}

/** Registers this project's kernels with TensorFlow, which must be the backend by now. False when there are none. */
function loadNativeOps(folder: string | null): boolean {
  if (folder === null) return false;
  tf.zeros([1]).dispose(); // the kernels need TensorFlow's own device to exist
  loadAddon(folder, 'gatelab_ops');
  return true;
}

function loadAddon(folder: string, name: string): unknown {
  try {
    return require(join(folder, `${name}.node`));
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0] ?? '';
    throw new UserError(`the engine in ${folder} cannot be loaded (${reason}); remove that folder to have it built again`);
  }
}

/** TensorFlow logs to file descriptor 2 as it likes; its warnings are for those who write its models. */
function silenceTensorflow(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL = readVariable('TF_CPP_MIN_LOG_LEVEL') ?? '3';
}

/** tfjs-node 4.22.0 calls functions that Node 22 warns of and Node 23 no longer has. */
function restoreOldUtilities(): void {
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined, isArray: Array.isArray });
}
