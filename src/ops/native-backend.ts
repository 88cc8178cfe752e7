import * as tf from '@tensorflow/tfjs-core';
import type { DataId, KernelConfig, Tensor } from '@tensorflow/tfjs-core';

/** The tfjs backend whose ops run in TensorFlow's library. */
export const NATIVE_BACKEND = 'tensorflow';

interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean;
}

/** What the native kernels use of tfjs-node's NodeJSKernelBackend. */
export interface NativeBackend {
  readonly binding: { readonly TF_ATTR_BOOL: number };
  executeSingleOutput(op: string, attributes: OpAttribute[], inputs: Tensor[]): Tensor;
  executeMultipleOutputs(op: string, attributes: OpAttribute[], inputs: Tensor[], outputs: number): Tensor[];
  /** Tensors of tfjs that share a memory. */
  refCount(dataId: DataId): number;
}

export function nativeBackend(): NativeBackend {
  return tf.backend() as unknown as NativeBackend;
}

/** A kernel that runs the TensorFlow op of its own name. */
export function nativeKernel(kernelName: string, run: (op: string, inputs: unknown, attrs: unknown) => Tensor[]): KernelConfig {
  return { kernelName, backendName: NATIVE_BACKEND, kernelFunc: ({ inputs, attrs }) => tf.tidy(() => run(kernelName, inputs, attrs)) };
}
