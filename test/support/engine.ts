import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { CodePath } from '../../src/engine/build.ts';
import { loadEngine } from '../../src/engine/load.ts';
import { registerNativeKernels, registerReferenceKernels } from '../../src/ops/native.ts';

/**
 * Loads an engine for a test file and makes the project's ops run on it: `reference` is TensorFlow with the ops' plain tfjs
 * definitions, `native` TensorFlow with the kernels of src/native (which cannot be undone), compiled for `codePath`; `portable` is
 * WebAssembly.
 */
export async function startEngine(kind: 'reference' | 'native' | 'portable', codePath: CodePath = 'native'): Promise<void> {
  const engine = await loadEngine({ backend: kind === 'portable' ? 'portable' : 'native', codePath });
  registerReferenceKernels(tf.getBackend());
  if (kind !== 'native') return;
  expect(engine.nativeOps).toBe(true);
  registerNativeKernels();
}
