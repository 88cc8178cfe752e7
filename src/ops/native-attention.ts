import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { ATTENTION_BACKWARD_KERNEL, ATTENTION_KERNEL } from './attention.ts';
import type { AnyAttentionInputs, AttentionCall, ForwardCall } from './attention.ts';
import { maskWords } from './dropout.ts';
import { nativeBackend, nativeKernel } from './native-backend.ts';

/** Kernels of src/native/attention.h. Kept is one tensor, the shares of each row and head one after the other, without padding. */
export function nativeAttentionKernels(): KernelConfig[] {
  return [
    nativeKernel(ATTENTION_KERNEL, (op, inputs, attrs) => {
      const { keeps, ...call } = attrs as ForwardCall;
      const all = [...describeCall(inputs as AnyAttentionInputs, call), tf.scalar(Number(keeps), 'int32')];
      return nativeBackend().executeMultipleOutputs(op, [], all, 2).slice(0, keeps ? 2 : 1);
    }),
    nativeKernel(ATTENTION_BACKWARD_KERNEL, (op, inputs, attrs) => {
      const { dMixed, shares0, ...rest } = inputs as AnyAttentionInputs & { readonly dMixed: Tensor2D; readonly shares0: Tensor1D };
      const all = [dMixed, shares0, ...describeCall(rest, attrs as AttentionCall)];
      return nativeBackend().executeMultipleOutputs(op, [], all, 3).slice(0, 'joined' in rest ? 1 : 3);
    }),
  ];
}

/** The inputs that both ops share, in their order; those that say where masks lie are empty where nothing is dropped. */
function describeCall(inputs: AnyAttentionInputs, call: AttentionCall): Tensor[] {
  const { heads, queries, keys, keyRows, isCausal, groups } = call, isJoined = 'joined' in inputs;
  const [mask = null] = groups.map((group) => group.mask);
  const places = mask === null ? [] : groups.flatMap((group) => Array.from({ length: group.rows }, (_, row) =>
    [group.mask?.place ?? 0, row, group.querySteps, group.keySteps]).flat());
  return [
    ...(isJoined ? [inputs.joined, tf.zeros([0, 0]), tf.zeros([0, 0])] : [inputs.query, inputs.key, inputs.value]),
    tf.tensor1d(queries.batchSizes, 'int32'), tf.tensor1d(keys.batchSizes, 'int32'),
    tf.tensor1d(keyRows ?? [], 'int32'), tf.tensor1d([heads, Number(isCausal), Number(isJoined)], 'int32'),
    ...maskWords(mask ?? { rate: 0, seed: 0, step: 0, place: 0 }), tf.tensor1d(Int32Array.from(places), 'int32'),
  ];
}
