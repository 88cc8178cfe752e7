import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/** Mean cross-entropy in nats, as torch.nn.CrossEntropyLoss. @param logits [B, C] @param labels [B] int32 */
export function crossEntropy(logits: Tensor2D, labels: Tensor1D): Scalar {
  const logProbabilities = tf.sub(logits, tf.logSumExp(logits, 1, true)); // the portable engine has no kernel for tf.logSoftmax
  const chosen = tf.oneHot(labels, logits.shape[1]);
  return tf.neg(tf.mean(tf.sum(tf.mul(logProbabilities, chosen), 1)));
}

/** How many rows have their largest logit at the label. */
export function countCorrect(logits: Tensor2D, labels: Tensor1D): Scalar {
  return tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'int32'));
}
