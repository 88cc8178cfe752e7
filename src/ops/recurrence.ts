import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Cell, OwnTensors } from './cell.ts';
import { cells } from './cells.ts';
import { isRecorded } from './gradients.ts';
import type { Extras } from './checkpoint.ts';
import { countTokens, finalRows } from './packed-layout.ts';
import { layerBackward, layerForward, recurrenceBackward, recurrenceForward } from './reference.ts';
import type { LayerInputs, LayerSavedForBackward, RecurrenceInputs, RecurrenceWalk, SavedForBackward } from './reference.ts';
import { layerSegments, layerSegmentsBackward, recurrenceSegments, recurrenceSegmentsBackward } from './segments.ts';
import type { LayerSegmentsForBackward, SegmentsForBackward } from './segments.ts';
import { gatherRows } from './linear.ts';

/**
 * Names under which the forward and backward kernels of a cell are registered with tfjs: of the recurrence alone, and of a layer; and of
 * both as they are computed again by segments.
 */
export function kernelNames({ name }: Pick<Cell, 'name'>): {
  forward: string;
  backward: string;
  layerForward: string;
  layerBackward: string;
  segments: string;
  segmentsBackward: string;
  layerSegments: string;
  layerSegmentsBackward: string;
} {
  const suffix = name.replaceAll('-', '_'); // TensorFlow allows no hyphen in the name of an op
  return {
    forward: `GatelabRecurrence_${suffix}`,
    backward: `GatelabRecurrenceGrad_${suffix}`,
    layerForward: `GatelabLayer_${suffix}`,
    layerBackward: `GatelabLayerGrad_${suffix}`,
    segments: `GatelabSegments_${suffix}`,
    segmentsBackward: `GatelabSegmentsGrad_${suffix}`,
    layerSegments: `GatelabLayerSegments_${suffix}`,
    layerSegmentsBackward: `GatelabLayerSegmentsGrad_${suffix}`,
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
    register(names.segments, (inputs, attrs) => recurrenceSegments(cell, inputs as RecurrenceInputs, attrs as RecurrenceWalk));
    register(names.segmentsBackward, (inputs, attrs) =>
      recurrenceSegmentsBackward(cell, inputs as SegmentsForBackward, attrs as RecurrenceWalk));
    register(names.layerSegments, (inputs, attrs) => layerSegments(cell, inputs as LayerInputs, attrs as RecurrenceWalk));
    register(names.layerSegmentsBackward, (inputs, attrs) =>
      layerSegmentsBackward(cell, inputs as LayerSegmentsForBackward, attrs as RecurrenceWalk));
    register(names.layerForward, (inputs, attrs) => layerForward(cell, inputs as LayerInputs, attrs as RecurrenceWalk));
    register(names.layerBackward, (inputs, attrs) => layerBackward(cell, inputs as LayerSavedForBackward, attrs as RecurrenceWalk));
  }
}

/** Attributes of a forward kernel. */
export interface ForwardAttrs extends RecurrenceWalk {
  /** Whether a backward pass may follow: without one nothing need be saved for it. */
  readonly keeps: boolean;
}

/** Whether every kernel computes it: none knows parameters of a cell's own, and masks those alone whose input product is elsewhere. */
export function isPlain({ own, mask }: Pick<RecurrenceInputs, 'own' | 'mask'>): boolean {
  return own === undefined && mask === undefined;
}

/**
 * A recurrence over a packed sequence, with its gradient. One with parameters of the cell's own walks in plain tfjs ops.
 * @param extras keeps states now and then, by which the backward pass computes the steps again
 * @returns [N, H] the hidden state after each token.
 */
export function recurrence(cell: Cell, inputs: RecurrenceInputs, walk: RecurrenceWalk, extras: Extras | null = null): Tensor2D {
  const { index, mask } = inputs, names = kernelNames(cell);
  if (extras !== null) return recurrenceBySegments(cell, inputs, walk, extras);
  if (inputs.own !== undefined) return walkInPlainOps(cell, inputs, walk);
  const masked = mask === undefined ? {} : { mask };
  const attrs = { ...walk, distinctRows: inputs.gateInputs.shape[0] };
  return differentiable(cell, [inputs.gateInputs, inputs.weightHh, inputs.biasHh], (tensors, keeps) => {
    const [gateInputs, weightHh, biasHh] = tensors as [Tensor2D, Tensor2D, Tensor1D];
    const [hidden, saved] = runKernel(names.forward, { gateInputs, index, weightHh, biasHh, ...masked }, { ...walk, keeps });
    const backward: BackwardPass = (dHidden, kept) => runKernel(names.backward, { dHidden, ...kept }, attrs);
    return { hidden, kept: { ...keptStates(hidden, walk), saved, index, weightHh, ...masked }, backward };
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

interface LayerOptions {
  /** x as the backward pass is to read it: of a walk that rounds, by `roundRows`. */
  readonly keptX?: Tensor2D;
  /** As of `recurrence`. */
  readonly extras?: Extras | null;
}

/**
 * A recurrent layer over a packed sequence: the input product x·W_ihᵀ + b_ih and the recurrence in one kernel, so that a
 * native one need not put the product into memory.
 * @returns [N, H] the hidden state after each token.
 */
export function recurrentLayer(
  cell: Cell, inputs: LayerInputs, walk: RecurrenceWalk, { keptX = inputs.x, extras = null }: LayerOptions = {},
): Tensor2D {
  const names = kernelNames(cell);
  if (extras !== null) return layerBySegments(cell, inputs, walk, extras);
  const ordered = [inputs.x, inputs.weightIh, inputs.weightHh, inputs.biasIh, inputs.biasHh];
  return differentiable(cell, ordered, (tensors, keeps) => {
    const [x, weightIh, weightHh, biasIh, biasHh] = tensors;
    const [hidden, saved] = runKernel(names.layerForward, { x, weightIh, weightHh, biasIh, biasHh }, { ...walk, keeps });
    const backward: BackwardPass = (dHidden, kept) => runKernel(names.layerBackward, { dHidden, ...kept }, walk);
    return { hidden, kept: { ...keptStates(hidden, walk), saved, x: walk.rounds === true ? keptX : x, weightIh, weightHh }, backward };
  });
}

function layerBySegments(cell: Cell, inputs: LayerInputs, walk: RecurrenceWalk, extras: Extras): Tensor2D {
  const names = kernelNames(cell), { x, weightIh, weightHh, biasIh, biasHh } = inputs;
  return bySegments(cell, { x, weightIh, weightHh, biasIh, biasHh }, {}, walk, extras, {
    forward: (inputs) => runKernel(names.layerSegments, inputs, walk),
    backward: (inputs) => runKernel(names.layerSegmentsBackward, inputs, walk),
  });
}

/** Without parameters of the cell's own by kernels, else in plain tfjs ops. */
function recurrenceBySegments(cell: Cell, inputs: RecurrenceInputs, walk: RecurrenceWalk, extras: Extras): Tensor2D {
  const names = kernelNames(cell), { gateInputs, weightHh, biasHh, index, own = {}, mask } = inputs;
  const constant = { index, ...(mask === undefined ? {} : { mask }) };
  const joined = ({ gateInputs, weightHh, biasHh, index, mask, dHidden, states, ...own }: NamedTensors) =>
    ({ gateInputs, weightHh, biasHh, index, own, dHidden, states, ...(mask === undefined ? {} : { mask }) });
  return bySegments(cell, { gateInputs, weightHh, biasHh, ...own }, constant, walk, extras, inputs.own === undefined ? {
    forward: (tensors) => runKernel(names.segments, tensors, walk),
    backward: (tensors) => runKernel(names.segmentsBackward, tensors, walk),
  } : {
    forward: (tensors) => recurrenceSegments(cell, joined(tensors) as unknown as RecurrenceInputs, walk),
    backward: (tensors) => recurrenceSegmentsBackward(cell, joined(tensors) as unknown as SegmentsForBackward, walk),
  });
}

interface SegmentPasses {
  /** @returns hidden [N, H], and the states that segments begin with */
  readonly forward: (inputs: NamedTensors) => tf.Tensor[];
  /** @returns gradients of the differentiable inputs, in their order */
  readonly backward: (inputs: NamedTensors) => tf.Tensor[];
}

/**
 * The first time a walk that keeps nothing but states. The second, in the backward pass, nothing is walked: what reads the hidden states
 * has read them before, and the gradients need the states that were kept.
 */
function bySegments(
  cell: Cell, inputs: Readonly<Record<string, tf.Tensor>>, constant: Readonly<Record<string, tf.Tensor>>,
  { layout, rounds = false, halves = false }: RecurrenceWalk, { isAgain, tensors: kept }: Extras, { forward, backward }: SegmentPasses,
): Tensor2D {
  if (rounds || halves) throw new Error(`${cell.name}: segments of bfloat16 are not implemented`);
  if (!isAgain) {
    const [hidden, states] = forward({ ...inputs, ...constant }) as [Tensor2D, Tensor2D];
    kept.push(states);
    return hidden;
  }
  const states = kept.shift(), size = (inputs['weightHh'] as Tensor2D).shape[1];
  if (states === undefined) throw new Error(`${cell.name}: a layer that is computed again walks more often than before`);
  return differentiable(cell, Object.values(inputs), (tensors) => {
    const again = Object.fromEntries(Object.keys(inputs).map((name, k) => [name, tensors[k] as tf.Tensor]));
    return {
      hidden: tf.zeros([countTokens(layout), size]), kept: { ...again, ...constant },
      backward: (dHidden, saved) => backward({ dHidden, states, ...saved }),
    };
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
  const keeps = isRecorded();
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
