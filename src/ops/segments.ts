import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { block, columns, resizeRows } from './cell.ts';
import type { Cell, CellState } from './cell.ts';
import { tidied } from './gradients.ts';
import { cutIntoSegments, stepOrder } from './packed-layout.ts';
import {
  noneLater, packSteps, prepareWalk, projectInputs, sumSteps, throughProduct, walkBackward, walkForward, zeroState,
} from './reference.ts';
import type {
  ForwardResult, LayerGradients, LayerInputs, RecurrenceGradients, RecurrenceInputs, RecurrenceWalk, StepGradients,
} from './reference.ts';

// A walk over time that keeps a state now and then, and computes the steps between again when the walk back comes to them.

/** What is kept of a walk that is computed again by segments: its inputs, and the states that segments begin with. */
interface Segments extends Pick<ForwardResult, 'dHidden'> {
  /** What the forward pass returned. */
  readonly states: Tensor2D;
}

export interface SegmentsForBackward extends Segments, RecurrenceInputs {}
export interface LayerSegmentsForBackward extends Segments, LayerInputs {}

/** [n, H], or [n, 2·H] of a cell with a carry: what a step needs of the one before. */
function stateColumns({ carry }: Cell, { hidden, saved }: CellState): Tensor2D {
  return carry === null ? hidden : columns(hidden, block(saved, carry, hidden.shape[1]));
}

/** The inverse, but for what else is saved, which no step reads of the one before: zeros. */
function stateOfColumns(cell: Cell, kept: Tensor2D, size: number): CellState {
  const { carry, saved: blocks } = cell, rows = kept.shape[0];
  if (carry === null) return { hidden: kept, saved: tf.zeros([rows, blocks * size]) };
  const saved = tf.pad(block(kept, 1, size), [[0, 0], [carry * size, (blocks - 1 - carry) * size]]);
  return { hidden: block(kept, 0, size), saved };
}

interface WalkSegment {
  /** In the order of the walk. */
  readonly steps: readonly number[];
  /** Rows of the state that it begins with, of those of the step before, and where they are among those kept. */
  readonly rows: number;
  readonly offset: number;
}

/** In the order of the walk. */
function segmentsOf({ layout, direction }: RecurrenceWalk): WalkSegment[] {
  const order = stepOrder(layout, direction), rowsAt = (visit: number): number => layout.batchSizes[order[visit] ?? -1] ?? 0;
  let offset = 0;
  return cutIntoSegments(layout, direction).reverse().map(({ firstVisit, lastVisit }) => {
    const rows = Math.min(rowsAt(firstVisit - 1), rowsAt(firstVisit));
    offset += rows;
    return { steps: order.slice(firstVisit, lastVisit + 1), rows, offset: offset - rows };
  });
}

/**
 * `recurrenceForward` that keeps what `recurrenceSegmentsBackward` begins its segments with, and lets go of the rest.
 * @returns hidden [N, H] and states [C, H], or [C, 2·H] of a cell with a carry; C is the sum of the rows that segments begin with.
 */
export function recurrenceSegments(cell: Cell, inputs: RecurrenceInputs, walk: RecurrenceWalk): [Tensor2D, Tensor2D] {
  const size = inputs.weightHh.shape[1], { direction } = walk;
  return tidied((): [Tensor2D, Tensor2D] => {
    const prepared = prepareWalk(cell, inputs, walk);
    let state = zeroState(cell, 0, size);
    const segments = segmentsOf(walk).map(({ steps, rows }) => {
      const from = state;
      const result = tidied(() => {
        const states = walkForward(cell, inputs, prepared, walk, steps, from);
        return {
          hidden: states.map(({ hidden }) => hidden), last: states.at(-1) ?? from,
          kept: stateColumns(cell, { hidden: resizeRows(from.hidden, rows), saved: resizeRows(from.saved, rows) }),
        };
      });
      state = result.last;
      return result;
    });
    const width = (cell.carry === null ? 1 : 2) * size;
    return [
      packSteps(segments.flatMap(({ hidden }) => hidden), direction, size),
      packSteps(segments.map(({ kept }) => kept), 'forward', width),
    ];
  });
}

/** By the states that segments began with: a segment's steps are computed again before they are walked back. */
function walkSegmentsBackward(cell: Cell, inputs: SegmentsForBackward, walk: RecurrenceWalk): StepGradients[] {
  const size = inputs.weightHh.shape[1], prepared = prepareWalk(cell, inputs, walk);
  let fromLater = noneLater(size);
  return segmentsOf(walk).reverse().flatMap(({ steps, rows, offset }) => {
    const gradients = tidied(() => {
      const from = stateOfColumns(cell, tf.slice(inputs.states, [offset, 0], [rows, inputs.states.shape[1]]), size);
      const states = [from, ...walkForward(cell, inputs, prepared, walk, steps, from)].reverse();
      return walkBackward(cell, inputs, walk, [...steps].reverse(), (visited) => states[visited] as CellState, fromLater);
    });
    fromLater = gradients.at(-1) ?? fromLater;
    return gradients;
  });
}

/** The same of `recurrenceSegments`. */
export function recurrenceSegmentsBackward(cell: Cell, inputs: SegmentsForBackward, walk: RecurrenceWalk): RecurrenceGradients {
  return tidied((): RecurrenceGradients =>
    sumSteps(cell, inputs, inputs.gateInputs.shape[0], walk, walkSegmentsBackward(cell, inputs, walk)));
}

/** `recurrenceSegments` with its input product. */
export function layerSegments(cell: Cell, inputs: LayerInputs, walk: RecurrenceWalk): [Tensor2D, Tensor2D] {
  return tidied((): [Tensor2D, Tensor2D] => recurrenceSegments(cell, projectInputs(inputs, walk), walk));
}

/** The same of `layerSegments`. */
export function layerSegmentsBackward(cell: Cell, inputs: LayerSegmentsForBackward, walk: RecurrenceWalk): LayerGradients {
  const { dHidden, states } = inputs;
  return tidied((): LayerGradients =>
    throughProduct(inputs, recurrenceSegmentsBackward(cell, { ...projectInputs(inputs, walk), dHidden, states }, walk), walk));
}
