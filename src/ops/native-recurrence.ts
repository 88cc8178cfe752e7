import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, Tensor } from '@tensorflow/tfjs-core';
import type { Cell } from './cell.ts';
import { cells } from './cells.ts';
import { NATIVE_BACKEND, nativeBackend } from './native-backend.ts';
import { kernelNames } from './recurrence.ts';
import type { ForwardAttrs } from './recurrence.ts';
import type { LayerInputs, LayerSavedForBackward, RecurrenceInputs, RecurrenceWalk, SavedForBackward } from './reference.ts';

/**
 * Kernels of the recurrences in src/native. Inputs and outputs are those of reference.ts, but for the content of `saved`,
 * which only the backward kernel of the same pair reads.
 */
export function recurrenceKernels(): KernelConfig[] {
  const native = Object.values<Cell>(cells).filter(({ hasNativeKernel }) => hasNativeKernel);
  return native.flatMap((cell) => [forwardKernel(cell), backwardKernel(cell), layerForwardKernel(cell), layerBackwardKernel(cell)]);
}

function forwardKernel(cell: Cell): KernelConfig {
  return nativeKernel(kernelNames(cell).forward, (op, inputs, attrs) => {
    const { gateInputs, index, weightHh, biasHh } = inputs as RecurrenceInputs;
    return execute(op, attrs as ForwardAttrs, [gateInputs, index, weightHh, biasHh], 2);
  });
}

function backwardKernel(cell: Cell): KernelConfig {
  return nativeKernel(kernelNames(cell).backward, (op, inputs, attrs) => {
    const { dHidden, hidden, saved, index, weightHh } = inputs as SavedForBackward;
    const { distinctRows, ...walk } = attrs as RecurrenceWalk & { distinctRows: number };
    return execute(op, walk, [dHidden, hidden, saved, index, weightHh], 3, [tf.scalar(distinctRows, 'int32')]);
  });
}

function layerForwardKernel(cell: Cell): KernelConfig {
  return nativeKernel(kernelNames(cell).layerForward, (op, inputs, attrs) => {
    const { x, weightIh, weightHh, biasIh, biasHh } = inputs as LayerInputs;
    return execute(op, attrs as ForwardAttrs, [x, weightIh, weightHh, biasIh, biasHh], 2);
  });
}

function layerBackwardKernel(cell: Cell): KernelConfig {
  return nativeKernel(kernelNames(cell).layerBackward, (op, inputs, attrs) => {
    const { dHidden, hidden, saved, x, weightIh, weightHh } = inputs as LayerSavedForBackward;
    return execute(op, attrs as RecurrenceWalk, [dHidden, hidden, saved, x, weightIh, weightHh], 5);
  });
}

function nativeKernel(kernelName: string, run: (op: string, inputs: unknown, attrs: unknown) => Tensor[]): KernelConfig {
  return { kernelName, backendName: NATIVE_BACKEND, kernelFunc: ({ inputs, attrs }) => tf.tidy(() => run(kernelName, inputs, attrs)) };
}

/** The sizes of the steps follow the inputs, and after them whatever else the op takes. */
function execute(op: string, { layout, direction, ...rest }: RecurrenceWalk & Partial<ForwardAttrs>, inputs: Tensor[], outputs: number, more: Tensor[] = []): Tensor[] {
  const backend = nativeBackend();
  const flag = (name: string, value: boolean) => ({ name, type: backend.binding.TF_ATTR_BOOL, value });
  const attributes = [flag('reverse', direction === 'reverse'), ...(rest.keeps === undefined ? [] : [flag('keeps', rest.keeps)])];
  return backend.executeMultipleOutputs(op, attributes, [...inputs, tf.tensor1d(layout.batchSizes, 'int32'), ...more], outputs);
}
