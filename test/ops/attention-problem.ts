import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { attentionKernels } from '../../src/ops/attention-reference.ts';
import { attention } from '../../src/ops/attention.ts';
import type { AttentionPlan } from '../../src/ops/attention.ts';
import { nativeAttentionKernels } from '../../src/ops/native-attention.ts';
import { NATIVE_BACKEND } from '../../src/ops/native-backend.ts';
import { createLayout } from '../../src/ops/packed-layout.ts';
import type { PackedLayout } from '../../src/ops/packed-layout.ts';
import { hashName } from '../../src/random.ts';
import { randomTensor } from './native-problem.ts';

export interface AttentionShape {
  readonly heads: number;
  /** Columns of a head. */
  readonly size: number;
  /** Never increasing. */
  readonly queries: readonly number[];
  /** The same; left out, rows attend to themselves. */
  readonly keys?: readonly number[];
  readonly keyRows?: readonly number[];
}

export type AttentionOptions = Pick<AttentionPlan, 'isCausal'> & { readonly dropoutRate: number };

export function layoutOf(lengths: readonly number[]): PackedLayout {
  const batchSizes = Array.from({ length: Math.max(0, ...lengths) }, (_, step) => lengths.filter((length) => length > step).length);
  return createLayout({ lengths: Int32Array.from(lengths), batchSizes: Int32Array.from(batchSizes) });
}

const sum = (lengths: readonly number[]): number => lengths.reduce((a, b) => a + b, 0);

/**
 * What attention makes of random rows, then the gradients of query, key and value.
 * @param groupValues as of `attention`, by default its own
 */
export function runAttention(shape: AttentionShape, { isCausal, dropoutRate }: AttentionOptions, groupValues?: number): Tensor[] {
  const { heads, size, queries, keys = queries, keyRows = null } = shape, width = heads * size;
  const plan: AttentionPlan = {
    heads, isCausal, queries: layoutOf(queries), keys: layoutOf(keys), keyRows: keyRows === null ? null : Int32Array.from(keyRows),
    dropoutMask: (place) => (dropoutRate === 0 ? null : { rate: dropoutRate, seed: 4294967295, step: 17, place: hashName(place) }),
  };
  const compute = (query: Tensor, key: Tensor, value: Tensor): Tensor2D =>
    attention({ query: query as Tensor2D, key: key as Tensor2D, value: value as Tensor2D }, plan, 'x', groupValues);
  const inputs = [sum(queries), sum(keys), sum(keys)].map((rows, k) => randomTensor([rows, width], 60 + k));
  const dMixed = randomTensor([sum(queries), width], 63);
  const [query, key, value] = inputs as [Tensor, Tensor, Tensor];
  const gradients = tf.grads((q, k, v) => tf.sum(tf.mul(compute(q, k, v), dMixed)))(inputs);
  return [compute(query, key, value), ...gradients];
}

function register(kernels: readonly KernelConfig[]): void {
  for (const kernel of kernels) {
    tf.unregisterKernel(kernel.kernelName, NATIVE_BACKEND);
    tf.registerKernel(kernel);
  }
}

/** With the kernels that the native ones take the place of. */
export function byReference<Result>(compute: () => Result): Result {
  register(attentionKernels(NATIVE_BACKEND));
  try {
    return compute();
  } finally {
    register(nativeAttentionKernels());
  }
}
