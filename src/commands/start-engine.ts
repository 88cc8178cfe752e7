import * as tf from '@tensorflow/tfjs-core';
import { loadEngine } from '../engine/load.ts';
import type { Engine, EngineOptions } from '../engine/load.ts';
import { registerNativeKernels } from '../ops/native.ts';
import { registerReferenceKernels } from '../ops/register.ts';
import type { Screen } from '../terminal/screen.ts';

/** Loads the engine and makes the project's ops run on it, with native kernels where there are any. @throws UserError */
export async function startEngine(options: Pick<EngineOptions, 'backend' | 'threads'>, { onProgress, onWarning, bar }: Screen): Promise<Engine> {
  const engine = await loadEngine({ ...options, onProgress, onWarning });
  bar.clear();
  registerReferenceKernels(tf.getBackend());
  if (engine.nativeOps) registerNativeKernels();
  return engine;
}
