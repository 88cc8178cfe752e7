import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

export const PRODUCT_KERNEL = 'GatelabProduct';

/** Attributes of the kernel: which of the two matrices is read as its transpose. */
export interface Transposed {
  readonly a: boolean;
  readonly b: boolean;
}

type Matrices = Tensor2D | Tensor4D;

/**
 * A·B of matrices or their transposes, without a gradient; of four axes the first two count the matrices, as many of each. The native
 * kernel's bits depend neither on the number of threads nor on the other rows; those of `tf.matMul`, which computes it on backends without
 * native kernels, depend on both on some CPUs.
 */
export function product<M extends Matrices>(a: M, b: M, transposed: Partial<Transposed> = {}): M {
  return tf.engine().runKernel(PRODUCT_KERNEL, { a, b }, { a: false, b: false, ...transposed });
}

/** For a tfjs backend without a kernel of its own. */
export function registerProductKernel(backendName: string): void {
  tf.registerKernel({
    kernelName: PRODUCT_KERNEL, backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { a, b } = inputs as { a: Matrices; b: Matrices }, transposed = attrs as unknown as Transposed;
      return tf.matMul(a, b, transposed.a, transposed.b);
    },
  });
}
