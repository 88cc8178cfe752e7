import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { nearestBfloat16, roundRows, widenRows } from './bfloat16.ts';
import { block, columns, resizeRows } from './cell.ts';
import type { Cell, CellGradients, CellState, OwnTensors } from './cell.ts';
import { countTokens, stepOrder } from './packed-layout.ts';
import type { Direction, PackedLayout } from './packed-layout.ts';
import { scatterRows } from './linear.ts';
import { tidied } from './gradients.ts';
import { product } from './product.ts';

/** The walk over time in plain tfjs ops: the readable definition that native kernels are held against. */
export interface RecurrenceInputs {
  /** [U, G·H] W_ih·input + b_ih of each distinct input row. */
  readonly gateInputs: Tensor2D;
  /** [N] int32, row of `gateInputs` of each packed row; [0] when U = N and row i is packed row i. */
  readonly index: Tensor1D;
  /** [G·H, H] */
  readonly weightHh: Tensor2D;
  /** [G·H] */
  readonly biasHh: Tensor1D;
  /** Of a cell that has parameters of its own. */
  readonly own?: OwnTensors;
  /** [B, H] what h is multiplied by before its product with W_hh, the same at every step; absent for ones. */
  readonly mask?: Tensor2D;
}

export interface RecurrenceWalk {
  readonly layout: PackedLayout;
  readonly direction: Direction;
  /** Whether what the backward pass reads is kept in bfloat16: states, gates, and a layer's input. */
  readonly rounds?: boolean;
  /**
   * Whether what the products multiply is rounded to bfloat16 first, forward and backward: h and W_hh, x and W_ih, and the gradients of the
   * gates; sums are float32. Of cells without a product of their own.
   */
  readonly halves?: boolean;
}

/** What a product multiplies, rounded where the walk says so. */
function factor({ halves = false }: RecurrenceWalk, x: Tensor2D): Tensor2D {
  return halves ? nearestBfloat16(x) : x;
}

/** A recurrent layer: its input rows are the packed rows, each with its own input product. */
export interface LayerInputs extends Pick<RecurrenceInputs, 'weightHh' | 'biasHh'> {
  /** [N, D] */
  readonly x: Tensor2D;
  /** [G·H, D] */
  readonly weightIh: Tensor2D;
  /** [G·H] */
  readonly biasIh: Tensor1D;
}

export interface ForwardResult {
  /** [N, H] gradient of the outputs. */
  readonly dHidden: Tensor2D;
  /** [N, H] and [N, S·H], what the forward pass returned; rounded, both side by side in `saved`, by `roundRows`. */
  readonly hidden?: Tensor2D;
  readonly saved: Tensor2D;
}

export interface SavedForBackward extends ForwardResult, Pick<RecurrenceInputs, 'index' | 'weightHh' | 'own' | 'mask'> {}
/** Of a layer, x is rounded too. */
export interface LayerSavedForBackward extends ForwardResult, Pick<LayerInputs, 'x' | 'weightIh' | 'weightHh'> {}

/** Rows of step t: [N, K] → [n_t, K]. */
export function stepRows(packed: Tensor2D, { offsets, batchSizes }: PackedLayout, step: number): Tensor2D {
  return tf.slice(packed, [offsets[step] ?? 0, 0], [batchSizes[step] ?? 0, packed.shape[1]]);
}

/** Puts the parts, made in visiting order, back into the order of steps. */
export function packSteps(parts: Tensor2D[], direction: Direction, width: number): Tensor2D {
  const rows = parts.reduce((sum, part) => sum + part.shape[0], 0);
  if (rows * width === 0) return tf.zeros([rows, width]);
  return tf.concat(direction === 'forward' ? parts : [...parts].reverse(), 0);
}

export function zeroState(cell: Cell, rows: number, size: number): CellState {
  return { hidden: tf.zeros([rows, size]), saved: tf.zeros([rows, cell.saved * size]) };
}

function resizeState(state: CellState, rows: number): CellState {
  return { hidden: resizeRows(state.hidden, rows), saved: resizeRows(state.saved, rows) };
}

/** W_hh[:P·H] or b_hh[:P·H]: the part that is multiplied by h before a step. */
function recurrentRows<T extends Tensor1D | Tensor2D>({ gates, recurrentGates }: Cell, stacked: T): T {
  if (recurrentGates === gates) return stacked;
  return tf.slice<tf.Rank, T>(stacked, 0, stacked.shape[0] / gates * recurrentGates);
}

/** The inverse for gradients: zeros in the rows of the other gates. */
function allRows<T extends Tensor1D | Tensor2D>({ gates, recurrentGates }: Cell, recurrent: T): T {
  if (recurrentGates === gates) return recurrent;
  const missing = recurrent.shape[0] / recurrentGates * (gates - recurrentGates);
  return tf.pad<T>(recurrent, recurrent.shape.map((_, axis): [number, number] => [0, axis === 0 ? missing : 0]));
}

/** What a step multiplies by W_hh: [n, H]. */
function maskRows(hidden: Tensor2D, mask: Tensor2D | undefined): Tensor2D {
  return mask === undefined ? hidden : tf.mul(hidden, resizeRows(mask, hidden.shape[0]));
}

/**
 * What a walk needs at each step: the input part of the gates [N, G·H], and the weights that are multiplied before a step, as a product
 * reads them.
 */
export function prepareWalk(cell: Cell, { gateInputs, index, weightHh, biasHh }: RecurrenceInputs, walk: RecurrenceWalk) {
  const x = index.size === 0 ? gateInputs : tf.gather(gateInputs, index);
  return { x, multiplied: factor(walk, recurrentRows(cell, weightHh)), recurrentBias: recurrentRows(cell, biasHh) };
}

/** The states after steps, in their order. @param from the state before the first of them */
export function walkForward(
  cell: Cell, { weightHh, own = {}, mask }: RecurrenceInputs, prepared: ReturnType<typeof prepareWalk>, walk: RecurrenceWalk,
  steps: readonly number[], from: CellState,
): CellState[] {
  const { x, multiplied, recurrentBias } = prepared, { layout } = walk;
  let state = from;
  return steps.map((step) => {
    state = tidied(() => {
      const previous = resizeState(state, layout.batchSizes[step] ?? 0);
      const hidden = factor(walk, maskRows(previous.hidden, mask));
      const recurrent = tf.add<Tensor2D>(product(hidden, multiplied, { b: true }), recurrentBias);
      return cell.forward(stepRows(x, layout, step), recurrent, previous, weightHh, own);
    });
    return state;
  });
}

/** Runs a cell over all steps. @returns hidden [N, H], and saved [N, S·H] or, rounded, [N, ⌈(1 + S)·H/2⌉]. */
export function recurrenceForward(cell: Cell, inputs: RecurrenceInputs, walk: RecurrenceWalk): [Tensor2D, Tensor2D] {
  const size = inputs.weightHh.shape[1], { layout, direction } = walk;
  return tidied((): [Tensor2D, Tensor2D] => {
    const from = zeroState(cell, 0, size), prepared = prepareWalk(cell, inputs, walk);
    const states = walkForward(cell, inputs, prepared, walk, stepOrder(layout, direction), from);
    const hidden = packSteps(states.map((state) => state.hidden), direction, size);
    const saved = packSteps(states.map((state) => state.saved), direction, cell.saved * size);
    return [hidden, walk.rounds === true ? roundRows(columns(hidden, saved)) : saved];
  });
}

/** The states and what else was saved of them, widened where they were rounded. */
function readKept(cell: Cell, { hidden, saved, dHidden }: ForwardResult): CellState {
  if (hidden !== undefined) return { hidden, saved };
  const size = dHidden.shape[1], kept = widenRows(saved, (1 + cell.saved) * size);
  return { hidden: block(kept, 0, size), saved: tf.slice(kept, [0, size], [kept.shape[0], cell.saved * size]) };
}

export interface StepGradients {
  readonly dx: Tensor2D;
  readonly dr: Tensor2D;
  /** What was multiplied by W_hh. */
  readonly previousHidden: Tensor2D;
  readonly ownProduct: Required<CellGradients>['ownProduct'] | null;
  readonly own: OwnTensors;
  /** With respect to the previous h and carry, what the step before receives. */
  readonly dHidden: Tensor2D;
  readonly dCarry: Tensor2D | null;
}

type FromLater = Pick<StepGradients, 'dHidden' | 'dCarry'>;
type BackwardInputs = Pick<SavedForBackward, 'dHidden' | 'weightHh' | 'own' | 'mask'>;

/**
 * Gradients of steps, visited back.
 * @param steps in the order of the walk back @param stateAt the state after each of them, and after the step before the last one
 */
export function walkBackward(
  cell: Cell, { weightHh, dHidden, own = {}, mask }: BackwardInputs, walk: RecurrenceWalk, steps: readonly number[],
  stateAt: (visited: number) => CellState, later: FromLater,
): StepGradients[] {
  const multiplied = factor(walk, recurrentRows(cell, weightHh)), { layout } = walk;
  let fromLater = later;
  return steps.map((step, visited) => {
    const result = tidied((): StepGradients => {
      const rows = layout.batchSizes[step] ?? 0;
      const previous = resizeState(stateAt(visited + 1), rows);
      const dOutput = tf.add<Tensor2D>(stepRows(dHidden, layout, step), resizeRows(fromLater.dHidden, rows));
      const dCarry = fromLater.dCarry === null ? null : resizeRows(fromLater.dCarry, rows);
      const { dx, dr, ownProduct = null, own: dOwn = {}, ...toPrevious } = cell.backward(
        dOutput, dCarry, stateAt(visited), previous, weightHh, own,
      );
      const throughWeights = maskRows(product(factor(walk, dr), multiplied), mask);
      const dPrevious = toPrevious.dHidden === null ? throughWeights : tf.add<Tensor2D>(throughWeights, toPrevious.dHidden);
      const previousHidden = maskRows(previous.hidden, mask);
      return { dx, dr, ownProduct, own: dOwn, previousHidden, dHidden: dPrevious, dCarry: toPrevious.dCarry };
    });
    fromLater = result;
    return result;
  });
}

export const noneLater = (size: number): FromLater => ({ dHidden: tf.zeros([0, size]), dCarry: null });

/** By what the forward pass saved of every step. */
function walkSavedBackward(cell: Cell, inputs: SavedForBackward, walk: RecurrenceWalk): StepGradients[] {
  const { layout, direction } = walk, { hidden, saved } = readKept(cell, inputs);
  const size = inputs.weightHh.shape[1], steps = stepOrder(layout, direction).reverse();
  const stateAt = (visited: number): CellState => {
    const step = steps[visited];
    return step === undefined ? zeroState(cell, 0, size)
      : { hidden: stepRows(hidden, layout, step), saved: stepRows(saved, layout, step) };
  };
  return walkBackward(cell, inputs, walk, steps, stateAt, noneLater(size));
}

/** [G·H, H] what a product of the cell's own adds to the gradient of W_hh, in the rows of gate `ownProduct`. */
function ownWeightGradient(cell: Cell, size: number, products: readonly Required<CellGradients>['ownProduct'][]): Tensor2D {
  const gate = cell.ownProduct ?? 0;
  const join = (of: 'dProduct' | 'factor'): Tensor2D => tf.concat(products.map((step) => step[of]), 0);
  const sum = product(join('dProduct'), join('factor'), { a: true });
  return tf.pad(sum, [[gate * size, (cell.gates - 1 - gate) * size], [0, 0]]);
}

/** Gradients of gateInputs [U, G·H], weightHh [G·H, H], biasHh [G·H] and the cell's own parameters in their order. */
export type RecurrenceGradients = [Tensor2D, Tensor2D, Tensor1D, ...Tensor1D[]];

/** Sums what the steps, visited back, give. */
export function sumSteps(
  cell: Cell, { weightHh, index, own = {} }: Pick<RecurrenceInputs, 'weightHh' | 'index' | 'own'>, distinctRows: number,
  walk: RecurrenceWalk, steps: readonly StepGradients[],
): RecurrenceGradients {
  const size = weightHh.shape[1], { layout, direction } = walk, backOrder = direction === 'forward' ? 'reverse' : 'forward';
  const pack = (of: (step: StepGradients) => Tensor2D, width: number): Tensor2D => packSteps(steps.map(of), backOrder, width);
  const dx = pack((step) => step.dx, cell.gates * size);
  const dGateInputs = index.size === 0 ? dx : scatterRows(dx, index, distinctRows);
  if (countTokens(layout) === 0) {
    const zeros = Object.values(own).map((tensor) => tf.zerosLike(tensor));
    return [dGateInputs, tf.zerosLike(weightHh), tf.zeros([weightHh.shape[0]]), ...zeros];
  }
  const dr = factor(walk, pack((step) => step.dr, cell.recurrentGates * size));
  const previousHidden = factor(walk, pack((step) => step.previousHidden, size));
  const throughRecurrent = allRows<Tensor2D>(cell, product(dr, previousHidden, { a: true }));
  const ownProducts = steps.flatMap(({ ownProduct }) => ownProduct ?? []);
  const dWeightHh =
    ownProducts.length === 0 ? throughRecurrent : tf.add<Tensor2D>(throughRecurrent, ownWeightGradient(cell, size, ownProducts));
  const dOwn = Object.keys(own).map((name) => tf.addN(steps.map((step) => step.own[name] as Tensor1D)));
  return [dGateInputs, dWeightHh, allRows<Tensor1D>(cell, tf.sum(dr, 0)), ...dOwn];
}

/** @param inputs with U, the rows of gateInputs */
export function recurrenceBackward(
  cell: Cell, inputs: SavedForBackward & { distinctRows: number }, walk: RecurrenceWalk,
): RecurrenceGradients {
  return tidied((): RecurrenceGradients => sumSteps(cell, inputs, inputs.distinctRows, walk, walkSavedBackward(cell, inputs, walk)));
}

/** x·W_ihᵀ + b_ih as the inputs of a recurrence whose rows are the packed rows. */
export function projectInputs({ x, weightIh, biasIh, weightHh, biasHh }: LayerInputs, walk: RecurrenceWalk): RecurrenceInputs {
  const gateInputs = tf.add<Tensor2D>(product(factor(walk, x), factor(walk, weightIh), { b: true }), biasIh);
  return { gateInputs, index: tf.tensor1d([], 'int32'), weightHh, biasHh };
}

/** `recurrenceForward` with its input product. */
export function layerForward(cell: Cell, inputs: LayerInputs, walk: RecurrenceWalk): [Tensor2D, Tensor2D] {
  return tidied((): [Tensor2D, Tensor2D] => recurrenceForward(cell, projectInputs(inputs, walk), walk));
}

/** Gradients of x [N, D], weightIh [G·H, D], weightHh [G·H, H], biasIh and biasHh [G·H]. */
export type LayerGradients = [Tensor2D, Tensor2D, Tensor2D, Tensor1D, Tensor1D];

export function throughProduct(
  { x, weightIh }: Pick<LayerInputs, 'x' | 'weightIh'>, [dGateInputs, dWeightHh, dBiasHh]: RecurrenceGradients,
  walk: RecurrenceWalk,
): LayerGradients {
  if (x.shape[0] === 0) return [tf.zerosLike(x), tf.zerosLike(weightIh), dWeightHh, tf.zerosLike(dBiasHh), dBiasHh];
  const d = factor(walk, dGateInputs);
  return [product(d, factor(walk, weightIh)), product(d, factor(walk, x), { a: true }), dWeightHh, tf.sum(d, 0), dBiasHh];
}

export function layerBackward(
  cell: Cell, { x: keptX, weightIh, ...saved }: LayerSavedForBackward, walk: RecurrenceWalk,
): LayerGradients {
  return tidied((): LayerGradients => {
    const x = walk.rounds === true ? widenRows(keptX, weightIh.shape[1]) : keptX;
    const inputs = { ...saved, index: tf.tensor1d([], 'int32'), distinctRows: x.shape[0] };
    return throughProduct({ x, weightIh }, recurrenceBackward(cell, inputs, walk), walk);
  });
}
