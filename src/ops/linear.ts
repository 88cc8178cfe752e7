import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Scalar } from '@tensorflow/tfjs-core';
import { product } from './product.ts';

/** Sums rows into the places their index names. @param values [N, K] @param index [N] int32 @returns [rows, K] */
export function scatterRows(values: Tensor2D, index: Tensor1D, rows: number): Tensor2D {
  return tf.tidy(() => tf.scatterND(tf.expandDims(index, 1), values, [rows, values.shape[1]]));
}

export const SUM_COLUMNS_KERNEL = 'GatelabSumColumns';

/** Column sums [K] of rows [n, K]. */
export function sumRows(rows: Tensor2D): Tensor1D {
  return tf.engine().runKernel(SUM_COLUMNS_KERNEL, { rows });
}

/** For a tfjs backend without a kernel of its own; WebAssembly leaves a sum of no rows as its memory was. */
export function registerSumColumnsKernel(backendName: string): void {
  tf.registerKernel({
    kernelName: SUM_COLUMNS_KERNEL, backendName,
    kernelFunc: ({ inputs }) => {
      const rows = inputs['rows'] as Tensor2D;
      return rows.shape[0] === 0 ? tf.zeros([rows.shape[1]]) : tf.sum(rows, 0);
    },
  });
}

/**
 * `tf.gather` along the first axis, with a gradient that visits each row once: tfjs's own visits every row of the table
 * for every row of the result on the portable backend.
 * @param table [U, K] @param index [N] int32 @returns [N, K]
 */
export function gatherRows(table: Tensor2D, index: Tensor1D): Tensor2D {
  const run = tf.customGrad((x, save) => {
    (save as (tensors: tf.Tensor[]) => void)([index]);
    const gradFunc = (dy: Tensor2D, kept: tf.Tensor[]): Tensor2D => scatterRows(dy, kept[0] as Tensor1D, table.shape[0]);
    // WebAssembly gives the rows of an empty table another rank.
    const value: Tensor2D = index.size === 0 ? tf.zeros([0, table.shape[1]]) : tf.gather(x as Tensor2D, index);
    return { value, gradFunc };
  });
  return run(table);
}

/**
 * torch.nn.Linear: x·Wᵀ + b.
 * @param x [n, D] @param weight [K, D] @param bias [K] @returns [n, K]
 */
export function linear(x: Tensor2D, weight: Tensor2D, bias: Tensor1D): Tensor2D {
  return differentiableProduct(x, weight, bias);
}

/**
 * x·Wᵀ.
 * @param x [n, D] @param weight [K, D] @returns [n, K]
 */
export function multiply(x: Tensor2D, weight: Tensor2D): Tensor2D {
  return differentiableProduct(x, weight);
}

/** The bias is the third argument, if there is one. */
const differentiableProduct = tf.customGrad((...args) => {
  const save = args.pop() as unknown as (tensors: tf.Tensor[]) => void;
  const [x, weight, bias = null] = args as [Tensor2D, Tensor2D, Tensor1D?];
  save([x, weight]);
  const gradFunc = (dy: Tensor2D, kept: tf.Tensor[]): tf.Tensor[] => {
    const [rows, columns] = kept as [Tensor2D, Tensor2D];
    return [product(dy, columns), product(dy, rows, { a: true }), ...(bias === null ? [] : [sumRows(dy)])];
  };
  return { value: product(x, weight, { b: true }, bias), gradFunc };
});

/** The sum of rows of one shape; `tf.add` would keep both for its gradient, which needs neither. */
export function addRows(a: Tensor2D, b: Tensor2D): Tensor2D {
  return addSame(a, b);
}

const addSame = tf.customGrad((a, b) => ({
  value: tf.add<Tensor2D>(a as Tensor2D, b as Tensor2D),
  gradFunc: (dy: Tensor2D) => [tf.clone(dy), tf.clone(dy)],
}));

/** Mean cross-entropy in nats, as torch.nn.CrossEntropyLoss. @param logits [B, C] @param labels [B] int32 */
export function crossEntropy(logits: Tensor2D, labels: Tensor1D): Scalar {
  const logProbabilities = tf.sub(logits, tf.logSumExp(logits, 1, true)); // the portable engine has no kernel for tf.logSoftmax
  const chosen = tf.oneHot(labels, logits.shape[1]);
  return tf.neg(tf.mean(tf.sum(tf.mul(logProbabilities, chosen), 1)));
}

/**
 * −Σ t·ln p / weight over rows and classes, p the softmax of the logits. Kept for the backward pass: p.
 * @param logits [B, C] @param targets [B·C] t @param weight what the sum is divided by
 */
export function targetCrossEntropy(logits: Tensor2D, targets: Float32Array, weight: number): Scalar {
  const t = (): Tensor2D => tf.tensor2d(targets, logits.shape);
  const run = tf.customGrad((x, save) => {
    const logProbabilities = tf.sub<Tensor2D>(x as Tensor2D, tf.logSumExp(x as Tensor2D, 1, true));
    const probabilities = tf.exp(logProbabilities);
    (save as unknown as (tensors: tf.Tensor[]) => void)([probabilities]);
    const gradFunc = (dy: Scalar, kept: tf.Tensor[]): tf.Tensor => tf.tidy(() => {
      const [p] = kept as [Tensor2D];
      return tf.mul(tf.sub(tf.mul(p, tf.sum(t(), 1, true)), t()), tf.div(dy, weight));
    });
    return { value: tf.tidy(() => tf.div<Scalar>(tf.neg(tf.sum(tf.mul(t(), logProbabilities))), weight)), gradFunc };
  });
  return run(logits);
}

/** How many rows have their largest logit at the label. */
export function countCorrect(logits: Tensor2D, labels: Tensor1D): Scalar {
  return tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'int32'));
}
