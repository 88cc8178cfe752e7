import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { hashName, purposes, randomWords } from '../random.ts';

export const DROPOUT_KERNEL = 'GatelabDropout';

/** Names a mask: the same name gives the same mask, so the backward pass makes it again instead of keeping it. */
export interface DropoutMask {
  /** Probability of a zero, in [0, 1). */
  readonly rate: number;
  readonly seed: number;
  /** Training step, counted over the whole run. */
  readonly step: number;
  /** The stream of a dropout of the model, so that two never share a mask. */
  readonly place: number;
}

const NAMED_STREAMS = 0x8000_0000;

/**
 * The stream that belongs to the name of a dropout. Names come from a hash and lie above 2³¹; below lie the numbers that the first
 * dropouts had before they had names, and which published seeds depend on.
 */
export function dropoutStream(place: string): number {
  if (place === 'embed') return 0;
  if (place === 'fc') return 1000;
  const layer = /^rnn\.l(\d{1,2})$/.exec(place)?.[1];
  return layer === undefined ? (hashName(place) | NAMED_STREAMS) >>> 0 : 1 + Number(layer);
}

/** Inverted dropout as torch.nn.Dropout: element i is kept when word i of the stream is at least rate·2³². */
export function dropout<T extends Tensor>(x: T, mask: DropoutMask): T {
  if (mask.rate === 0) return x;
  const apply = (values: Tensor): Tensor => tf.engine().runKernel(DROPOUT_KERNEL, { x: values }, { ...mask });
  return tf.customGrad((values) => ({ value: apply(values as Tensor), gradFunc: (dy: Tensor) => apply(dy) }))(x) as T;
}

/**
 * Dropout with a mask that several rows share: x times factors that broadcast to its shape, which the backward pass makes again instead of
 * keeping them.
 * @param x [N, D] @param factors [N, D] or [N, 1]
 */
export function multiplyRows(x: Tensor2D, factors: () => Tensor2D): Tensor2D {
  const apply = (values: Tensor): Tensor2D => tf.tidy(() => tf.mul(values, factors()));
  return tf.customGrad((values) => ({ value: apply(values as Tensor), gradFunc: (dy: Tensor) => apply(dy) }))(x) as Tensor2D;
}

/** [rows, columns] the factors of a mask. */
export function dropoutRows([rows, columns]: readonly [number, number], mask: DropoutMask): Tensor2D {
  return tf.tensor2d(dropoutFactors(rows * columns, mask), [rows, columns]);
}

/** [count] factors of a mask: 0, or 1/(1 − rate). */
export function dropoutFactors(count: number, { rate, seed, step, place }: DropoutMask): Float32Array {
  const words = randomWords(count, { seed, purpose: 'dropout', index: step, subindex: place });
  const threshold = rate * 2 ** 32;
  const factor = 1 / (1 - rate);
  const factors = new Float32Array(count);
  for (let i = 0; i < count; i++) factors[i] = (words[i] ?? 0) >= threshold ? factor : 0;
  return factors;
}

/** A mask as the native kernels are given it, and make it on the fly: word i keeps element i when it is at least rate·2³². */
export function maskWords({ rate, seed, step, place }: DropoutMask): [stream: Tensor, factor: Tensor] {
  const threshold = Math.ceil(rate * 2 ** 32);
  const factor = threshold < 2 ** 32 ? 1 / (1 - rate) : 0; // no word is as large as a threshold that does not fit one
  return [tf.tensor1d(Int32Array.of(seed, purposes.dropout, step, place, threshold), 'int32'), tf.scalar(factor)];
}

export function registerDropoutKernel(backendName: string): void {
  tf.registerKernel({
    kernelName: DROPOUT_KERNEL, backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const x = inputs['x'] as Tensor;
      const factors = dropoutFactors(x.size, attrs as unknown as DropoutMask);
      return tf.tidy(() => tf.mul(x, tf.tensor(factors, x.shape)));
    },
  });
}
