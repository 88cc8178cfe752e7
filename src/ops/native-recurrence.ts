import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, Tensor } from '@tensorflow/tfjs-core';
import type { CellName } from './cell.ts';
import { NATIVE_BACKEND, nativeBackend } from './native-backend.ts';
import { cells, kernelNames } from './recurrence.ts';
import type { RecurrenceInputs, RecurrenceWalk, SavedForBackward } from './reference.ts';

/**
 * Kernels of the recurrences in src/native. Inputs and outputs are those of reference.ts, but for the content of `saved`,
 * which only the backward kernel of the same pair reads.
 */
export function recurrenceKernels(): KernelConfig[] {
  return Object.values(cells).flatMap(({ name }) => [forwardKernel(name), backwardKernel(name)]);
}

function forwardKernel(cell: CellName): KernelConfig {
  const kernelName = kernelNames(cell).forward;
  return {
    kernelName, backendName: NATIVE_BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const { gateInputs, index, weightHh, biasHh } = inputs as unknown as RecurrenceInputs;
      const walk = attrs as unknown as RecurrenceWalk;
      return tf.tidy(() => execute(kernelName, walk, [gateInputs, index, weightHh, biasHh, batchSizes(walk)], 2));
    },
  };
}

function backwardKernel(cell: CellName): KernelConfig {
  const kernelName = kernelNames(cell).backward;
  return {
    kernelName, backendName: NATIVE_BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const { dHidden, hidden, saved, index, weightHh } = inputs as unknown as SavedForBackward;
      const walk = attrs as unknown as RecurrenceWalk & { distinctRows: number };
      return tf.tidy(() => {
        const distinctRows = tf.scalar(walk.distinctRows, 'int32');
        return execute(kernelName, walk, [dHidden, hidden, saved, index, weightHh, batchSizes(walk), distinctRows], 3);
      });
    },
  };
}

function batchSizes({ layout }: RecurrenceWalk): Tensor {
  return tf.tensor1d(layout.batchSizes, 'int32');
}

function execute(op: string, { direction }: RecurrenceWalk, inputs: Tensor[], outputs: number): Tensor[] {
  const backend = nativeBackend();
  const reverse = { name: 'reverse', type: backend.binding.TF_ATTR_BOOL, value: direction === 'reverse' };
  return backend.executeMultipleOutputs(op, [reverse], inputs, outputs);
}
