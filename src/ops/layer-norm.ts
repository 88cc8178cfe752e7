import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { tidied } from './gradients.ts';
import { sumRows } from './linear.ts';

/** torch.nn.LayerNorm's default. */
export const LAYER_NORM_EPSILON = 1e-5;

export const LAYER_NORM_KERNEL = 'GatelabLayerNorm', LAYER_NORM_BACKWARD_KERNEL = 'GatelabLayerNormGrad';

export interface LayerNormInputs {
  /** [N, D] */
  readonly x: Tensor2D;
  /** [D] */
  readonly weight: Tensor1D;
  readonly bias: Tensor1D;
}

/** What a backward pass reads besides the gradient. */
export interface LayerNormKept {
  /** [D] */
  readonly weight: Tensor1D;
  /** [N, D] rows of mean 0 and variance 1, x̂ = (x − μ)/√(σ² + ε) */
  readonly values: Tensor2D;
  /** [N] 1/√(σ² + ε) */
  readonly inverse: Tensor1D;
}

export interface LayerNormalized extends LayerNormKept {
  /** [N, D] x̂ ∘ weight + bias */
  readonly rows: Tensor2D;
}

export interface LayerNormGradients {
  readonly dx: Tensor2D;
  readonly dWeight: Tensor1D;
  readonly dBias: Tensor1D;
}

/**
 * torch.nn.LayerNorm over the columns (Ba et al. 2016, equation 4): (x − μ)/√(σ² + ε) ∘ weight + bias. Kept are the normalized rows
 * [N, D] and 1/√(σ² + ε) of each.
 * @param x [N, D] @param weight [D] @param bias [D] @returns [N, D]
 */
export function layerNorm(x: Tensor2D, weight: Tensor1D, bias: Tensor1D): Tensor2D {
  return run(x, weight, bias);
}

const run = tf.customGrad((...args) => {
  const save = args.pop() as unknown as (tensors: Tensor[]) => void;
  const [x, weight, bias] = args as [Tensor2D, Tensor1D, Tensor1D];
  const { rows, values, inverse } = normalize(x, weight, bias);
  save([weight, values, inverse]);
  const gradFunc = (dy: Tensor2D, kept: Tensor[]): Tensor[] => {
    const [scale, normal, root] = kept as [Tensor1D, Tensor2D, Tensor1D];
    const { dx, dWeight, dBias } = normalizeBackward(dy, { weight: scale, values: normal, inverse: root });
    return [dx, dWeight, dBias];
  };
  return { value: rows, gradFunc };
});

/** `layerNorm` without a gradient, and what its backward pass reads. */
export function normalize(x: Tensor2D, weight: Tensor1D, bias: Tensor1D): LayerNormalized {
  const [rows, values, inverse] = runKernel(LAYER_NORM_KERNEL, { x, weight, bias }) as [Tensor2D, Tensor2D, Tensor1D];
  return { rows, weight, values, inverse };
}

/** With dx̂ = dy ∘ weight: dx = (dx̂ − mean(dx̂) − x̂ · mean(dx̂ ∘ x̂))/√(σ² + ε). @param dy [N, D] */
export function normalizeBackward(dy: Tensor2D, { weight, values, inverse }: LayerNormKept): LayerNormGradients {
  const all = runKernel(LAYER_NORM_BACKWARD_KERNEL, { dy, weight, values, inverse }) as [Tensor2D, Tensor1D, Tensor1D];
  const [dx, dWeight, dBias] = all;
  return { dx, dWeight, dBias };
}

function runKernel(name: string, inputs: Readonly<Record<string, Tensor>>): unknown {
  return tf.engine().runKernel(name, inputs);
}

/** In plain tfjs ops, for a backend without kernels of its own. */
export function layerNormKernels(backendName: string): KernelConfig[] {
  const kernel = (kernelName: string, compute: (inputs: unknown) => Tensor[]): KernelConfig =>
    ({ kernelName, backendName, kernelFunc: ({ inputs }) => tidied(() => compute(inputs)) });
  return [
    kernel(LAYER_NORM_KERNEL, (inputs) => {
      const { x, weight, bias } = inputs as LayerNormInputs;
      const centred = tf.sub<Tensor2D>(x, tf.mean(x, 1, true));
      const inverse = tf.rsqrt(tf.add<Tensor2D>(tf.mean(tf.square(centred), 1, true), LAYER_NORM_EPSILON));
      const values = tf.mul<Tensor2D>(centred, inverse);
      return [tf.add<Tensor2D>(tf.mul(values, weight), bias), values, inverse.as1D()];
    }),
    kernel(LAYER_NORM_BACKWARD_KERNEL, (inputs) => {
      const { dy, weight, values, inverse } = inputs as LayerNormKept & { readonly dy: Tensor2D };
      const dValues = tf.mul<Tensor2D>(dy, weight), along = tf.mul(values, tf.mean(tf.mul(dValues, values), 1, true));
      const dx = tf.mul<Tensor2D>(inverse.expandDims(1), tf.sub(tf.sub(dValues, tf.mean(dValues, 1, true)), along));
      return [dx, sumRows(tf.mul<Tensor2D>(dy, values)), sumRows(dy)];
    }),
  ];
}
