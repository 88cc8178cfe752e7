import * as tf from '@tensorflow/tfjs-core';

/** `tf.tidy` for results that are plain objects or tuples of tensors and nulls, whose type it keeps. */
export function tidied<Result extends object>(compute: () => Result): Result {
  return tf.tidy(compute as unknown as () => tf.TensorContainer) as unknown as Result;
}
