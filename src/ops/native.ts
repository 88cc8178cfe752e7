import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, KernelConfig, Variable } from '@tensorflow/tfjs-core';

import type { Cell } from './cell.ts';
import { cells } from './cells.ts';
import { kernelNames, registerRecurrenceKernels } from './recurrence.ts';
import type { ForwardAttrs } from './recurrence.ts';
import type { LayerInputs, LayerSavedForBackward, RecurrenceInputs, RecurrenceWalk, SavedForBackward } from './reference.ts';
import type { LayerSegmentsForBackward, SegmentsForBackward } from './segments.ts';
import { attentionKernels } from './attention-reference.ts';
import { nativeAttentionKernels } from './native-attention.ts';
import { NATIVE_BACKEND, nativeBackend, nativeKernel } from './native-backend.ts';
import { PRODUCT_KERNEL, registerProductKernel } from './product.ts';
import type { ProductInputs, Transposed } from './product.ts';
import { ADAM_KERNEL, SUM_OF_SQUARES_KERNEL, adamKernel, sumOfSquaresKernel } from './adam.ts';
import type { AdamScalars, AdamSlots, Gradient } from './adam.ts';
import { minimalCellNames, minimalCells, minimalKernelNames, minimalKernels } from './minimal-cells.ts';
import type { MinimalInputs, SavedMinimal } from './minimal-cells.ts';
import { LAYER_NORM_BACKWARD_KERNEL, LAYER_NORM_EPSILON, LAYER_NORM_KERNEL, layerNormKernels } from './layer-norm.ts';
import type { LayerNormInputs, LayerNormKept } from './layer-norm.ts';
import { MULTIPLIES_KERNEL, ROUND_ROWS_KERNEL, bfloat16Kernels } from './bfloat16.ts';
import { RELU_BACKWARD_KERNEL, RELU_KERNEL, registerReluKernels } from './activations.ts';
import { SUM_COLUMNS_KERNEL, registerSumColumnsKernel } from './linear.ts';
import { DROPOUT_KERNEL, maskWords, registerDropoutKernel } from './dropout.ts';
import type { DropoutMask } from './dropout.ts';

/**
 * Kernels of the recurrences in src/native. Inputs and outputs are those of reference.ts, but for the content of `saved`,
 * which only the backward kernel of the same pair reads.
 */
export function recurrenceKernels(): KernelConfig[] {
  const native = Object.values<Cell>(cells).filter(({ hasNativeKernel }) => hasNativeKernel);
  return native.flatMap((cell) => [
    forwardKernel(cell), backwardKernel(cell), layerForwardKernel(cell), layerBackwardKernel(cell), ...segmentKernels(cell),
  ]);
}

function forwardKernel(cell: Cell): KernelConfig {
  return nativeKernel(kernelNames(cell).forward, (op, inputs, attrs) => {
    const { gateInputs, index, weightHh, biasHh, mask = noRows(weightHh) } = inputs as RecurrenceInputs;
    return execute(op, attrs as ForwardAttrs, [gateInputs, index, weightHh, biasHh, mask], 2);
  });
}

function backwardKernel(cell: Cell): KernelConfig {
  return nativeKernel(kernelNames(cell).backward, (op, inputs, attrs) => {
    const { dHidden, hidden = noRows(dHidden), saved, index, weightHh, mask = noRows(dHidden) } = inputs as SavedForBackward;
    const { distinctRows, ...walk } = attrs as RecurrenceWalk & { distinctRows: number };
    return execute(op, walk, [dHidden, hidden, saved, index, weightHh, mask], 3, [tf.scalar(distinctRows, 'int32')]);
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
    const { dHidden, hidden = noRows(dHidden), saved, x, weightIh, weightHh } = inputs as LayerSavedForBackward;
    return execute(op, attrs as RecurrenceWalk, [dHidden, hidden, saved, x, weightIh, weightHh], 5);
  });
}

/** Those that go by segments. */
function segmentKernels(cell: Cell): KernelConfig[] {
  const { segments, segmentsBackward, layerSegments, layerSegmentsBackward } = kernelNames(cell);
  return [
    nativeKernel(segments, (op, inputs, attrs) => {
      const { gateInputs, index, weightHh, biasHh, mask = noRows(weightHh) } = inputs as RecurrenceInputs;
      return execute(op, attrs as RecurrenceWalk, [gateInputs, index, weightHh, biasHh, mask], 2);
    }),
    nativeKernel(segmentsBackward, (op, inputs, attrs) => {
      const { dHidden, states, gateInputs, index, weightHh, biasHh, mask = noRows(dHidden) } = inputs as SegmentsForBackward;
      return execute(op, attrs as RecurrenceWalk, [dHidden, states, gateInputs, index, weightHh, biasHh, mask], 3);
    }),
    nativeKernel(layerSegments, (op, inputs, attrs) => {
      const { x, weightIh, weightHh, biasIh, biasHh } = inputs as LayerInputs;
      return execute(op, attrs as RecurrenceWalk, [x, weightIh, weightHh, biasIh, biasHh], 2);
    }),
    nativeKernel(layerSegmentsBackward, (op, inputs, attrs) => {
      const { dHidden, states, x, weightIh, weightHh, biasIh, biasHh } = inputs as LayerSegmentsForBackward;
      return execute(op, attrs as RecurrenceWalk, [dHidden, states, x, weightIh, weightHh, biasIh, biasHh], 5);
    }),
  ];
}

/** In the place of states that are kept rounded, and of a mask of ones. */
function noRows(like: Tensor2D): Tensor2D {
  return tf.zeros([0, like.shape[1]]);
}

/** The sizes of the steps follow the inputs, and after them whatever else the op takes. */
function execute(
  op: string,
  { layout, direction, rounds = false, halves = false, ...rest }: RecurrenceWalk & Partial<ForwardAttrs>,
  inputs: Tensor[],
  outputs: number,
  more: Tensor[] = [],
): Tensor[] {
  const backend = nativeBackend();
  const flag = (name: string, value: boolean) => ({ name, type: backend.binding.TF_ATTR_BOOL, value });
  const keeps = rest.keeps === undefined ? [] : [flag('keeps', rest.keeps)];
  const attributes = [flag('reverse', direction === 'reverse'), flag('rounds', rounds), flag('halves', halves), ...keeps];
  return backend.executeMultipleOutputs(op, attributes, [...inputs, tf.tensor1d(layout.batchSizes, 'int32'), ...more], outputs);
}

/** Kernels of the cells whose gates read the input alone. */
function nativeMinimalKernels(): KernelConfig[] {
  const run = (op: string, inputs: Tensor[], attrs: unknown, outputs: number): Tensor[] => {
    const { layout, direction } = attrs as RecurrenceWalk;
    const walk = [tf.tensor1d(layout.batchSizes, 'int32'), tf.tensor1d([direction === 'reverse' ? 1 : 0], 'int32')];
    return nativeBackend().executeMultipleOutputs(op, [], [...inputs, ...walk], outputs);
  };
  return minimalCellNames.flatMap((name) => {
    const { forward, backward } = minimalKernelNames(name);
    return [
      nativeKernel(forward, (op, inputs, attrs) => {
        const { x, index } = inputs as MinimalInputs;
        return run(op, [x, index], attrs, minimalCells[name].hasOutputGate ? 2 : 1);
      }),
      nativeKernel(backward, (op, inputs, attrs) => {
        const { dHidden, x, index, states } = inputs as SavedMinimal;
        return run(op, [dHidden, x, index, states], attrs, 1);
      }),
    ];
  });
}

function nativeLayerNormKernels(): KernelConfig[] {
  return [
    nativeKernel(LAYER_NORM_KERNEL, (op, inputs) => {
      const { x, weight, bias } = inputs as LayerNormInputs;
      return nativeBackend().executeMultipleOutputs(op, [], [x, weight, bias, tf.scalar(LAYER_NORM_EPSILON)], 3);
    }),
    nativeKernel(LAYER_NORM_BACKWARD_KERNEL, (op, inputs) => {
      const { dy, weight, values, inverse } = inputs as LayerNormKept & { readonly dy: Tensor2D };
      return nativeBackend().executeMultipleOutputs(op, [], [dy, weight, values, inverse], 3);
    }),
  ];
}

/** Kernels of the rest of a training step. */
export function trainingKernels(): KernelConfig[] {
  const kernel = (kernelName: string, kernelFunc: KernelConfig['kernelFunc']): KernelConfig => ({
    kernelName,
    backendName: NATIVE_BACKEND,
    kernelFunc,
  });
  return [
    kernel(DROPOUT_KERNEL, ({ inputs, attrs }) => nativeDropout(inputs['x'] as Tensor, attrs as unknown as DropoutMask)),
    kernel(PRODUCT_KERNEL, ({ inputs, attrs }) => nativeProduct(inputs as unknown as ProductInputs, attrs as unknown as Transposed)),
    ...([[RELU_KERNEL, 'x'], [RELU_BACKWARD_KERNEL, 'dy', 'y'], [SUM_COLUMNS_KERNEL, 'rows']] as const).map(([name, ...names]) =>
      kernel(name, ({ inputs }) => nativeBackend().executeSingleOutput(name, [], names.map((own) => inputs[own] as Tensor)))),
    kernel(ROUND_ROWS_KERNEL, ({ inputs }) => nativeBackend().executeSingleOutput(ROUND_ROWS_KERNEL, [], [inputs['x'] as Tensor])),
    kernel(MULTIPLIES_KERNEL, () => nativeBackend().executeSingleOutput(MULTIPLIES_KERNEL, [], [])),
    kernel(SUM_OF_SQUARES_KERNEL, ({ inputs }) => nativeSumOfSquares(inputs['x'] as Tensor)),
    kernel(ADAM_KERNEL, ({ inputs, attrs }) => {
      const all = inputs as unknown as AdamSlots & Gradient;
      nativeAdamStep(all, all, attrs as unknown as AdamScalars);
      return [];
    }),
  ];
}

function nativeProduct({ a, b, bias }: ProductInputs, transposed: Transposed): Tensor {
  return tf.tidy(() => {
    const flags = tf.tensor1d([Number(transposed.a), Number(transposed.b)], 'int32');
    return nativeBackend().executeSingleOutput(PRODUCT_KERNEL, [], [a, b, flags, bias ?? tf.tensor1d([])]);
  });
}

function nativeDropout(x: Tensor, mask: DropoutMask): Tensor {
  return tf.tidy(() => nativeBackend().executeSingleOutput(DROPOUT_KERNEL, [], [x, ...maskWords(mask)]));
}

/** `adamStep` of adam.ts in one pass over memory. The variables' values change where they lie. */
export function nativeAdamStep(slots: AdamSlots, { values, rows }: Gradient, scalars: AdamScalars): void {
  const { beta1, beta2, epsilon, stepSize, correction, gradientScale } = scalars;
  const variables = [slots.parameter, slots.firstMoment, slots.secondMoment];
  tf.tidy(() => {
    variables.forEach(ownMemory);
    const numbers = tf.tensor1d([beta1, 1 - beta1, beta2, 1 - beta2, epsilon, stepSize, correction, gradientScale]);
    nativeBackend().executeMultipleOutputs(ADAM_KERNEL, [], [...variables, values, rows ?? tf.tensor1d([], 'int32'), numbers], 0);
  });
}

const owned = new WeakSet<object>();

/**
 * Gives a variable memory that nothing else reads: a tensor may share its own with the typed array it was made from,
 * or with a clone. Done once for a variable, and again when it was assigned to or cloned.
 */
function ownMemory(variable: Variable): void {
  if (owned.has(variable.dataId) && nativeBackend().refCount(variable.dataId) === 1) return;
  const copy = tf.mul(variable, 1);
  variable.assign(copy);
  copy.dispose();
  owned.add(variable.dataId);
}

/** Σx² as a scalar, the same at every run and with any number of threads. */
export function nativeSumOfSquares(x: Tensor): Tensor {
  return nativeBackend().executeSingleOutput(SUM_OF_SQUARES_KERNEL, [], [x]);
}

/**
 * Puts the kernels of src/native in the place of the reference kernels, under the same names. The caller has loaded
 * TensorFlow and the addon `gatelab_ops`, which registers the TensorFlow ops they call. May be called again.
 */
export function registerNativeKernels(): void {
  const registered = new Set(tf.getKernelsForBackend(NATIVE_BACKEND).map(({ kernelName }) => kernelName));
  const kernels = [
    ...recurrenceKernels(), ...nativeMinimalKernels(), ...nativeAttentionKernels(), ...nativeLayerNormKernels(), ...trainingKernels(),
  ];
  for (const kernel of kernels) {
    if (registered.has(kernel.kernelName)) tf.unregisterKernel(kernel.kernelName, NATIVE_BACKEND);
    tf.registerKernel(kernel);
  }
}

/**
 * Threads of the native kernels, by default those of TensorFlow (`TF_NUM_INTRAOP_THREADS`, else all cores).
 * No result depends on them. @returns the number in use; `threads` 0 only asks.
 */
export function setNativeThreads(threads: number): number {
  return tf.tidy(() => {
    const inUse = nativeBackend().executeSingleOutput('GatelabThreads', [], [tf.scalar(threads, 'int32')]);
    return inUse.dataSync()[0] ?? 0;
  });
}

/** Makes the project's ops run on the current backend, with native kernels where the engine has loaded them. */
export function registerKernels({ nativeOps }: { readonly nativeOps: boolean }): void {
  registerReferenceKernels(tf.getBackend());
  if (nativeOps) registerNativeKernels();
}

/**
 * Makes the project's ops run on a tfjs backend (`tensorflow` or `wasm`) with kernels composed of plain tfjs ops.
 * Call after the engine is loaded, again without effect; native kernels registered later replace these under the same names.
 */
export function registerReferenceKernels(backendName: string): void {
  if (tf.getKernelsForBackend(backendName).some(({ kernelName }) => kernelName === DROPOUT_KERNEL)) return;
  registerRecurrenceKernels(backendName);
  registerDropoutKernel(backendName);
  registerProductKernel(backendName);
  registerReluKernels(backendName);
  registerSumColumnsKernel(backendName);
  tf.registerKernel(adamKernel(backendName));
  tf.registerKernel(sumOfSquaresKernel(backendName));
  const kernels = [
    ...bfloat16Kernels(backendName), ...minimalKernels(backendName), ...attentionKernels(backendName), ...layerNormKernels(backendName),
  ];
  kernels.forEach((kernel) => { tf.registerKernel(kernel); });
}
