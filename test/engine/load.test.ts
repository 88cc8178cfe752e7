import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, inject, it } from 'vitest';

import { loadEngine, type Engine } from '../../src/engine/load.ts';

const require = createRequire(import.meta.url);
const hasNative = inject('hasNativeEngine');

interface Started {
  readonly engine: Engine;
  readonly values: readonly number[];
  readonly backend: string;
  readonly isOneCore: boolean;
}

function start(kind: string, environment: NodeJS.ProcessEnv = {}): { stdout: string; stderr: string; status: number | null } {
  const env = { ...process.env, ...environment, NODE_OPTIONS: '' };
  return spawnSync(process.execPath, ['--import', 'tsx', 'test/engine/start-engine.ts', kind], { encoding: 'utf8', env });
}

describe.each([
  ['native', 'tensorflow', !hasNative],
  ['portable', 'wasm', false],
] as const)('the %s engine', (kind, backend, skip) => {
  it.skipIf(skip)('multiplies, prints nothing of its own, and has gradients from when they are asked for', () => {
    const { stdout, stderr, status } = start(kind);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    const started = JSON.parse(stdout) as Started;
    expect(started).toMatchObject({
      values: [7, 10, 15, 22],
      backend,
      isOneCore: true,
      differentiates: [false, true],
      engine: { kind, threads: 1, tfjsVersion: '4.22.0' },
    });
    expect(started.engine.baselineRssBytes).toBeGreaterThan(50e6);
  });

  it.skipIf(skip)('is the backend of the one tfjs-core that tests and sources share', async () => {
    const engine = await loadEngine({ backend: kind });
    expect(engine.kind).toBe(kind);
    expect(tf.getBackend()).toBe(backend);
    expect((require('@tensorflow/tfjs-core') as typeof tf).Tensor).toBe(tf.Tensor);
    const product = tf.matMul(tf.ones([3, 4]), tf.ones([4, 2]));
    expect([...product.dataSync()]).toEqual([4, 4, 4, 4, 4, 4]);
    product.dispose();
  });

  it.skipIf(skip)('differentiates', async () => {
    await loadEngine({ backend: kind });
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.tanh(x)))(tf.tensor1d([0, 1]));
    const [atZero = NaN, atOne = NaN] = gradient.dataSync();
    expect(atZero).toBeCloseTo(1, 6);
    expect(atOne).toBeCloseTo(1 - Math.tanh(1) ** 2, 5);
  });
});

it('says which TensorFlow it runs', { skip: !hasNative }, async () => {
  expect((await loadEngine({ backend: 'native' })).tensorflowVersion).toBe('2.15.1');
});

it('falls back, with one warning line, where the native engine cannot be had', () => {
  const { stdout, stderr } = start('auto', { PATH: '', XDG_CACHE_HOME: '/nonexistent' });
  expect((JSON.parse(stdout) as Started).engine.kind).toBe('portable');
  expect(stderr).toMatch(/^gatelab: no native engine: python3 is missing: [^\n]*\. Using the portable engine instead: [^\n]*\n$/);
});

it('does not fall back when the native engine is asked for', () => {
  const { stdout, stderr, status } = start('native', { PATH: '', XDG_CACHE_HOME: '/nonexistent' });
  expect(stdout).toBe('');
  expect(status).toBe(1);
  expect(stderr).toContain('UserError: python3 is missing: install it');
});
