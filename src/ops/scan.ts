import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { resizeRows } from './cell.ts';
import { tidied } from './gradients.ts';
import { stepOrder } from './packed-layout.ts';
import { packSteps, stepRows } from './reference.ts';
import type { RecurrenceWalk } from './reference.ts';

/** What a linear recurrence is made of, [N, H] both. */
export interface ScanInputs {
  readonly a: Tensor2D;
  readonly b: Tensor2D;
}

/** And what its gradient needs besides: the gradient of the states, and the states. */
export interface ScanGradientInputs extends Pick<ScanInputs, 'a'> {
  readonly dHidden: Tensor2D;
  readonly hidden: Tensor2D;
}

/**
 * A linear recurrence over the rows of a packed sequence, unit by unit, from a zero state: hₜ = aₜ·hₜ₋₁ + bₜ. Its gradient is
 * `scanGradient`. @returns [N, H]
 */
export function scan({ a, b }: ScanInputs, { layout, direction }: RecurrenceWalk): Tensor2D {
  return tf.tidy(() => {
    let hidden: Tensor2D = tf.zeros([0, a.shape[1]]);
    const states = stepOrder(layout, direction).map((step) => {
      const before = resizeRows(hidden, layout.batchSizes[step] ?? 0);
      hidden = tf.add(tf.mul(stepRows(a, layout, step), before), stepRows(b, layout, step));
      return hidden;
    });
    return packSteps(states, direction, a.shape[1]);
  });
}

/** With g = dh plus what the step after hands back, a·g: db = g and da = g·hₜ₋₁. @returns da and db [N, H] */
export function scanGradient({ dHidden, a, hidden }: ScanGradientInputs, { layout, direction }: RecurrenceWalk): [Tensor2D, Tensor2D] {
  return tidied((): [Tensor2D, Tensor2D] => {
    const width = a.shape[1], order = stepOrder(layout, direction).reverse();
    let carried: Tensor2D = tf.zeros([0, width]);
    const gradients = order.map((step, k) => {
      const rows = layout.batchSizes[step] ?? 0, before = order[k + 1];
      const g = tf.add<Tensor2D>(stepRows(dHidden, layout, step), resizeRows(carried, rows));
      carried = tf.mul(stepRows(a, layout, step), g);
      const previous: Tensor2D = before === undefined ? tf.zeros([rows, width]) : resizeRows(stepRows(hidden, layout, before), rows);
      return { dA: tf.mul<Tensor2D>(g, previous), dB: g };
    });
    const back = direction === 'forward' ? 'reverse' : 'forward';
    return [packSteps(gradients.map(({ dA }) => dA), back, width), packSteps(gradients.map(({ dB }) => dB), back, width)];
  });
}
