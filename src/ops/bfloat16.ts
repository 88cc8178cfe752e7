import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/** Numbers as a layer keeps them for its backward pass. */
export const precisions = ['float32', 'bfloat16'] as const;
export type Precision = (typeof precisions)[number];

export const ROUND_ROWS_KERNEL = 'GatelabRoundRows';
export const MULTIPLIES_KERNEL = 'GatelabMultipliesHalves';

/** 32-bit words of a row of so many values in bfloat16. */
export function halfWords(width: number): number {
  return Math.ceil(width / 2);
}

/**
 * bfloat16 is the upper half of a float32: 8 bits of exponent, 7 of mantissa. Rounded to nearest, ties to even; a NaN stays one. Word for
 * word src/native/bfloat16.h.
 */
export function roundToBfloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, (bits) => {
    const isNaN = (bits & 0x7fff_ffff) > 0x7f80_0000;
    return isNaN ? (bits | 0x40_0000) >>> 16 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  });
}

export function widenBfloat16(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}

/**
 * Rows in half their memory: bfloat16 values, two in each 32-bit word of a float32 tensor, which tfjs passes on without reading it. For
 * the backward pass; it has no gradient.
 * @param x [n, K] @returns [n, ⌈K/2⌉]
 */
export function roundRows(x: Tensor2D): Tensor2D {
  return tf.engine().runKernel(ROUND_ROWS_KERNEL, { x });
}

/** What `roundRows` rounded. @param width K @returns [n, K] */
export function widenRows(rounded: Tensor2D, width: number): Tensor2D {
  const [rows, words] = rounded.shape;
  const bytes = rounded.dataSync<'float32'>();
  const values = widenBfloat16(new Uint16Array(bytes.buffer, bytes.byteOffset, 2 * bytes.length));
  return tf.tidy(() => tf.slice(tf.tensor2d(values, [rows, 2 * words]), [0, 0], [rows, width]));
}

/** The nearest bfloat16 of each value, as float32. @param x [n, K] */
export function nearestBfloat16(x: Tensor2D): Tensor2D {
  const [rows, width] = x.shape;
  return tf.tensor2d(widenBfloat16(roundToBfloat16(x.dataSync<'float32'>())), [rows, width]);
}

/** Whether the kernels that are registered multiply bfloat16 by instructions for it; else such products are made of float32 ones. */
export function multipliesBfloat16(): boolean {
  return tf.tidy(() => {
    const answer: tf.Scalar = tf.engine().runKernel(MULTIPLIES_KERNEL, {});
    return answer.dataSync()[0] === 1;
  });
}

function packRows(x: Tensor2D): Tensor2D {
  const [rows, width] = x.shape, words = halfWords(width);
  const halves = roundToBfloat16(x.dataSync<'float32'>()), padded = new Uint16Array(rows * words * 2);
  for (let row = 0; row < rows; row++) padded.set(halves.subarray(row * width, (row + 1) * width), row * words * 2);
  return tf.tensor2d(new Float32Array(padded.buffer), [rows, words]);
}

/** Kernels in plain JavaScript, for one tfjs backend. */
export function bfloat16Kernels(backendName: string): tf.KernelConfig[] {
  return [
    { kernelName: ROUND_ROWS_KERNEL, backendName, kernelFunc: ({ inputs }) => packRows(inputs['x'] as Tensor2D) },
    { kernelName: MULTIPLIES_KERNEL, backendName, kernelFunc: () => tf.scalar(0) },
  ];
}
