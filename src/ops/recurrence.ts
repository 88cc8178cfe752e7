import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Cell, OwnTensors } from './cell.ts';
import { cells } from './cells.ts';
import { finalRows } from './packed-layout.ts';
import { layerBackward, layerForward, recurrenceBackward, recurrenceForward } from './reference.ts';
import type { LayerInputs, LayerSavedForBackward, RecurrenceInputs, RecurrenceWalk, SavedForBackward } from './reference.ts';
import { gatherRows } from './linear.ts';

/** Names under which the forward and backward kernels of a cell are registered with tfjs: of the recurrence alone, and of a layer. */
export function kernelNames({ name }: Pick<Cell, 'name'>): {
  forward: string;
  backward: string;
  layerForward: string;
  layerBackward: string;
} {
  const suffix = name.replaceAll('-', '_'); // TensorFlow allows no hyphen in the name of an op
  return {
    forward: `GatelabRecurrence_${suffix}`,
    backward: `GatelabRecurrenceGrad_${suffix}`,
    layerForward: `GatelabLayer_${suffix}`,
    layerBackward: `GatelabLayerGrad_${suffix}`,
  };
}

/** The portable kernels, for one tfjs backend (`wasm` or `tensorflow`). Native kernels take their place by the same names. */
export function registerRecurrenceKernels(backendName: string): void {
  for (const cell of Object.values<Cell>(cells)) {
    const names = kernelNames(cell);
    const register = (kernelName: string, run: (inputs: unknown, attrs: unknown) => tf.Tensor[]): void => {
      tf.registerKernel({ kernelName, backendName, kernelFunc: ({ inputs, attrs }) => run(inputs, attrs) });
    };
    register(names.forward, (inputs, attrs) => recurrenceForward(cell, inputs as RecurrenceInputs, attrs as RecurrenceWalk));
    register(names.backward, (inputs, attrs) => {
      const { distinctRows, ...walk } = attrs as RecurrenceWalk & { distinctRows: number };
      return recurrenceBackward(cell, { ...inputs as SavedForBackward, distinctRows }, walk);
    });
    register(names.layerForward, (inputs, attrs) => layerForward(cell, inputs as LayerInputs, attrs as RecurrenceWalk));
    register(names.layerBackward, (inputs, attrs) => layerBackward(cell, inputs as LayerSavedForBackward, attrs as RecurrenceWalk));
  }
}

/** Attributes of a forward kernel. */
export interface ForwardAttrs extends RecurrenceWalk {
  /** Whether a backward pass may follow: without one nothing need be saved for it. */
  readonly keeps: boolean;
}

/** Whether the kernels compute it: they know neither masks nor parameters of a cell's own. */
export function isPlain({ own, mask }: Pick<RecurrenceInputs, 'own' | 'mask'>): boolean {
  return own === undefined && mask === undefined;
}

/**
 * A recurrence over a packed sequence, with its gradient. One with a mask or with parameters of the cell's own walks in plain tfjs ops.
 * @returns [N, H] the hidden state after each token.
 */
export function recurrence(cell: Cell, inputs: RecurrenceInputs, walk: RecurrenceWalk): Tensor2D {
  const { index } = inputs;
  if (!isPlain(inputs)) return walkInPlainOps(cell, inputs, walk);
  const names = kernelNames(cell);
  const attrs = { ...walk, distinctRows: inputs.gateInputs.shape[0] };
  return differentiable(cell, [inputs.gateInputs, inputs.weightHh, inputs.biasHh], (tensors, keeps) => {
    const [gateInputs, weightHh, biasHh] = tensors as [Tensor2D, Tensor2D, Tensor1D];
    const [hidden, saved] = runKernel(names.forward, { gateInputs, index, weightHh, biasHh }, { ...walk, keeps });
    const backward: BackwardPass = (dHidden, kept) => runKernel(names.backward, { dHidden, ...kept }, attrs);
    return { hidden, kept: { ...keptStates(hidden, walk), saved, index, weightHh }, backward };
  });
}

function walkInPlainOps(cell: Cell, { index, mask, own = {}, ...inputs }: RecurrenceInputs, walk: RecurrenceWalk): Tensor2D {
  const names = Object.keys(own), distinctRows = inputs.gateInputs.shape[0];
  const named = (tensors: readonly tf.Tensor[]): OwnTensors =>
    Object.fromEntries(names.map((name, k) => [name, tensors[k] as Tensor1D]));
  const masked = mask === undefined ? {} : { mask };
  return differentiable(cell, [inputs.gateInputs, inputs.weightHh, inputs.biasHh, ...Object.values(own)], (tensors) => {
    const [gateInputs, weightHh, biasHh, ...parameters] = tensors as [Tensor2D, Tensor2D, Tensor1D, ...Tensor1D[]];
    const given = { gateInputs, index, weightHh, biasHh, own: named(parameters), ...masked };
    const [hidden, saved] = recurrenceForward(cell, given, walk);
    const backward: BackwardPass = (dHidden, { hidden, saved, index, weightHh, mask, ...parameters }) => recurrenceBackward(cell, {
      dHidden, hidden, saved, index, weightHh, own: parameters, distinctRows, ...(mask === undefined ? {} : { mask }),
    } as Parameters<typeof recurrenceBackward>[1], walk);
    return { hidden, kept: { hidden, saved, index, weightHh, ...masked, ...named(parameters) }, backward };
  });
}

/**
 * A recurrent layer over a packed sequence: the input product x·W_ihᵀ + b_ih and the recurrence in one kernel, so that a
 * native one need not put the product into memory.
 * @param keptX x as the backward pass is to read it: of a walk that rounds, by `roundRows`
 * @returns [N, H] the hidden state after each token.
 */
export function recurrentLayer(cell: Cell, inputs: LayerInputs, walk: RecurrenceWalk, keptX = inputs.x): Tensor2D {
  const names = kernelNames(cell);
  const ordered = [inputs.x, inputs.weightIh, inputs.weightHh, inputs.biasIh, inputs.biasHh];
  return differentiable(cell, ordered, (tensors, keeps) => {
    const [x, weightIh, weightHh, biasIh, biasHh] = tensors;
    const [hidden, saved] = runKernel(names.layerForward, { x, weightIh, weightHh, biasIh, biasHh }, { ...walk, keeps });
    const backward: BackwardPass = (dHidden, kept) => runKernel(names.layerBackward, { dHidden, ...kept }, walk);
    return { hidden, kept: { ...keptStates(hidden, walk), saved, x: walk.rounds === true ? keptX : x, weightIh, weightHh }, backward };
  });
}

/** Rounded states are part of what the forward kernel saves. */
function keptStates(hidden: tf.Tensor | undefined, { rounds = false }: RecurrenceWalk): NamedTensors {
  return rounds ? {} : { hidden };
}

type NamedTensors = Readonly<Record<string, tf.Tensor | undefined>>;
type BackwardPass = (dHidden: tf.Tensor, kept: NamedTensors) => tf.Tensor[];
type ForwardPass = (inputs: tf.Tensor[], keeps: boolean) => { hidden: tf.Tensor | undefined; kept: NamedTensors; backward: BackwardPass };

function differentiable({ name }: Cell, inputs: tf.Tensor[], forward: ForwardPass): Tensor2D {
  const keeps = tf.engine().state.gradientDepth > 0;
  const run = tf.customGrad((...args) => {
    const save = args.pop() as unknown as (tensors: tf.Tensor[]) => void;
    const { hidden, kept, backward } = forward(args as tf.Tensor[], keeps);
    const names = Object.keys(kept);
    save(Object.values(kept) as tf.Tensor[]);
    const gradFunc = (dHidden: tf.Tensor, tensors: tf.Tensor[]): tf.Tensor[] => {
      refuseSecondDerivative(name);
      return backward(dHidden, Object.fromEntries(names.map((key, k) => [key, tensors[k]])));
    };
    return { value: hidden as tf.Tensor, gradFunc };
  });
  return run(...inputs) as Tensor2D;
}

/** What the backward kernel does is on no tape: a derivative of it would silently be wrong. */
function refuseSecondDerivative(name: string): void {
  if (tf.engine().state.gradientDepth > 0) throw new Error(`${name}: second derivatives of a recurrence are not implemented`);
}

/** tfjs hands kernels the tensors themselves and their attributes as they are. */
function runKernel(name: string, inputs: Record<string, tf.Tensor | undefined>, attrs: object): tf.Tensor[] {
  const outputs: unknown = tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attrs as tf.NamedAttrMap);
  return outputs as tf.Tensor[];
}

/**
 * The state of each row after its last token (after its first when read in reverse); zero for an empty row.
 * @param hidden [N, H] @returns [B, H]
 */
export function finalStates(hidden: Tensor2D, { layout, direction }: RecurrenceWalk): Tensor2D {
  const rows = layout.lengths.length;
  const last = gatherRows(hidden, tf.tensor1d(finalRows(layout, direction), 'int32'));
  return last.shape[0] === rows ? last : tf.pad(last, [[0, rows - last.shape[0]], [0, 0]]);
}
