import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { loadEngine } from '../../src/engine/load.ts';
import { registerReferenceKernels } from '../../src/ops/register.ts';

/** Loads an engine for a test file and makes the project's ops run on it with their reference kernels. */
export async function startEngine(kind: 'native' | 'portable'): Promise<void> {
  const engine = await loadEngine({ backend: kind });
  expect(engine.kind).toBe(kind);
  registerReferenceKernels(tf.getBackend());
}
