import * as tf from '@tensorflow/tfjs-core';
import { apply } from './onnx-graph.ts';
import type { OnnxGraph } from './onnx-graph.ts';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';

/** A function of each value, declared once. */
interface Activation {
  /** For the config schema, after the name. */
  readonly summary: string;
  /** What its gradient is made of: the result costs nothing where the next product keeps it anyway. */
  readonly keeps: 'input' | 'result';
  readonly value: (x: Tensor2D) => Tensor2D;
  /**
   * With respect to x.
   * @param dy with respect to the result, 0 where that was dropped @param kept the input, or the result after dropout
   */
  readonly gradient: (dy: Tensor2D, kept: Tensor2D) => Tensor2D;
  readonly inOnnx: (graph: OnnxGraph, x: string) => string;
}

/** Φ, the distribution function of the standard normal distribution. */
const normalShare = (x: Tensor2D): Tensor2D => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);

/** Φ(x) + x·φ(x), the derivative of x·Φ(x). */
const normalShareAndSlope = (x: Tensor2D): Tensor2D =>
  tf.add(normalShare(x), tf.mul(x, tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI))));

/** max(0, x); and dy where y, what the other gave or dropout left of that, is above 0, else 0. */
export const RELU_KERNEL = 'GatelabRelu', RELU_BACKWARD_KERNEL = 'GatelabReluGrad';

/** For a tfjs backend without kernels of its own. */
export function registerReluKernels(backendName: string): void {
  tf.registerKernel({ kernelName: RELU_KERNEL, backendName, kernelFunc: ({ inputs }) => tf.relu(inputs['x'] as Tensor2D) });
  tf.registerKernel({
    kernelName: RELU_BACKWARD_KERNEL, backendName,
    kernelFunc: ({ inputs }) => tf.tidy(() => tf.mul(inputs['dy'] as Tensor2D, tf.sign(inputs['y'] as Tensor2D))), // tf.step is several ops
  });
}

/** As torch.nn has them, by their names in configs. */
export const activations = {
  relu: {
    summary: 'max(0, x)', keeps: 'result',
    value: (x) => tf.engine().runKernel(RELU_KERNEL, { x }), gradient: (dy, y) => tf.engine().runKernel(RELU_BACKWARD_KERNEL, { dy, y }),
    inOnnx: (graph, x) => apply(graph, 'Relu', [x]),
  },
  gelu: {
    summary: 'x·Φ(x) (Hendrycks and Gimpel 2016)', keeps: 'input',
    value: (x) => tf.mul(x, normalShare(x)),
    gradient: (dy, x) => tf.mul(dy, normalShareAndSlope(x)),
    inOnnx: (graph, x) => {
      const share = apply(graph, 'Add', [apply(graph, 'Erf', [apply(graph, 'Mul', [x, graph.float(Math.SQRT1_2)])]), graph.float(1)]);
      return apply(graph, 'Mul', [apply(graph, 'Mul', [x, share]), graph.float(0.5)]);
    },
  },
} as const satisfies Record<string, Activation>;

export type ActivationName = keyof typeof activations;

/** Values that are kept beside the result, of as many as it has. */
export function keepsInput(name: ActivationName): boolean {
  return activations[name].keeps === 'input';
}

/**
 * An activation and the dropout after it, so that nothing is kept between them.
 * @param dropout gives the same mask every time
 */
export function activate(x: Tensor2D, name: ActivationName, dropout: (values: Tensor2D) => Tensor2D): Tensor2D {
  const { keeps, value, gradient }: Activation = activations[name];
  const run = tf.customGrad((...args) => {
    const save = args.pop() as unknown as (tensors: Tensor[]) => void;
    const [input] = args as [Tensor2D];
    const result = tf.tidy(() => dropout(value(input)));
    save([keeps === 'input' ? input : result]);
    return { value: result, gradFunc: (dy: Tensor2D, [kept]: Tensor[]) => gradient(dropout(dy), kept as Tensor2D) };
  });
  return run(x);
}
