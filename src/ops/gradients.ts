import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** `tf.tidy` for results that are plain objects or tuples of tensors and nulls, whose type it keeps. */
export function tidied<Result extends object>(compute: () => Result): Result {
  return tf.tidy(compute as unknown as () => tf.TensorContainer) as unknown as Result;
}

interface Differentiated<Result> {
  /** What `forward` returned; the caller disposes of it. */
  readonly result: Result;
  /** With respect to each input; null where nothing of the loss depends on it. */
  readonly gradients: readonly (Tensor | null)[];
}

/**
 * Gradients of a loss, with whatever else the forward pass returns, as jax.value_and_grad(has_aux=True). tfjs lets nothing but the loss
 * out of its tape, so what else there is is kept here, and nowhere else.
 */
export function valueAndGradients<Result extends { readonly loss: Scalar; readonly logits: Tensor }>(
  forward: () => Result, inputs: readonly Tensor[],
): Differentiated<Result> {
  const results: Result[] = [];
  const { value, grads } = tf.engine().gradients(() => {
    const result = forward();
    tf.keep(result.logits);
    results.push(result);
    return result.loss;
  }, [...inputs], undefined, true);
  return { result: { ...results[0] as Result, loss: value }, gradients: grads.map((gradient: Tensor | undefined) => gradient ?? null) };
}
