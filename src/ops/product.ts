import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

export const PRODUCT_KERNEL = 'GatelabProduct';

/** Attributes of the kernel: which of the two matrices is read as its transpose. */
export interface Transposed {
  readonly a: boolean;
  readonly b: boolean;
}

type Matrices = Tensor2D | Tensor4D;

export interface ProductInputs {
  readonly a: Matrices;
  readonly b: Matrices;
  /** [columns of the product] what is added to each row; nothing where it is missing. */
  readonly bias?: Tensor1D;
}

/**
 * A·B, or A·B + bias, of matrices or their transposes, without a gradient; of four axes the first two count the matrices, as many of
 * each. The native kernel's bits depend neither on the number of threads nor on the other rows; those of `tf.matMul`, which computes it
 * on backends without native kernels, depend on both on some CPUs.
 */
export function product<M extends Matrices>(a: M, b: M, transposed: Partial<Transposed> = {}, bias: Tensor1D | null = null): M {
  return tf.engine().runKernel(PRODUCT_KERNEL, { a, b, ...(bias === null ? {} : { bias }) }, { a: false, b: false, ...transposed });
}

/** For a tfjs backend without a kernel of its own. */
export function registerProductKernel(backendName: string): void {
  tf.registerKernel({
    kernelName: PRODUCT_KERNEL, backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { a, b, bias } = inputs as unknown as ProductInputs, transposed = attrs as unknown as Transposed;
      return tf.tidy(() => {
        const value = tf.matMul(a, b, transposed.a, transposed.b);
        return bias === undefined ? value : tf.add(value, bias);
      });
    },
  });
}
