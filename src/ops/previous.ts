import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { countTokens, previousTokens } from './packed-layout.ts';
import type { Direction, PackedLayout } from './packed-layout.ts';

/** @returns [N, K] at each packed token the row of the one before it in its row of the batch; zero before the first */
function shift(x: Tensor2D, layout: PackedLayout, direction: Direction): Tensor2D {
  if (countTokens(layout) === 0) return tf.zerosLike(x);
  return tf.tidy(() => {
    const withZero: Tensor2D = tf.concat([x, tf.zeros<tf.Rank.R2>([1, x.shape[1]])], 0);
    return tf.gather(withZero, tf.tensor1d(previousTokens(layout, direction), 'int32'));
  });
}

/**
 * What stands at the token before, in the reading direction, of the same row; zero before the first. Its gradient is what comes after.
 * Nothing is kept. @param x [N, K], a row for each packed token @returns [N, K]
 */
export function previousRows(x: Tensor2D, layout: PackedLayout, direction: Direction): Tensor2D {
  const back = direction === 'forward' ? 'reverse' : 'forward';
  return tf.customGrad((rows) => ({
    value: shift(rows as Tensor2D, layout, direction), gradFunc: (dy: Tensor2D) => shift(dy, layout, back),
  }))(x);
}
