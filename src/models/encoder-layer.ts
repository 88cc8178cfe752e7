import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { linear } from '../ops/linear.ts';
import { parameter } from './parameters.ts';
import type { Parameters } from './parameters.ts';

export interface EncoderLayerSizes {
  /** d, the width of the model. */
  readonly embeddingSize: number;
  /** ff, the width within the feed-forward part. */
  readonly feedForwardSize: number;
  /** Must divide d. */
  readonly heads: number;
}

const EPSILON = 1e-5;

/** torch.nn.TransformerEncoderLayer's names and shapes, in the order of its `named_parameters()`. */
export function encoderLayerShapes({ embeddingSize: d, feedForwardSize: ff }: EncoderLayerSizes): Map<string, readonly number[]> {
  return new Map<string, readonly number[]>([
    ['self_attn.in_proj_weight', [3 * d, d]], ['self_attn.in_proj_bias', [3 * d]],
    ['self_attn.out_proj.weight', [d, d]], ['self_attn.out_proj.bias', [d]],
    ['linear1.weight', [ff, d]], ['linear1.bias', [ff]],
    ['linear2.weight', [d, ff]], ['linear2.bias', [d]],
    ['norm1.weight', [d]], ['norm1.bias', [d]], ['norm2.weight', [d]], ['norm2.bias', [d]],
  ]);
}

/**
 * A layer of a Transformer's encoder (Vaswani et al. 2017, section 3) as torch.nn.TransformerEncoderLayer with its defaults, without
 * dropout and mask: x ← norm₁(x + attention(x)), x ← norm₂(x + W₂·relu(W₁·x)).
 * @param x [B, T, d] rows of one length @param parameters by the names of `encoderLayerShapes` @returns [B, T, d]
 */
export function encoderLayer(x: Tensor3D, parameters: Parameters, heads: number): Tensor3D {
  const [rows, steps, width] = x.shape;
  const flat = tf.reshape<tf.Rank.R2>(x, [rows * steps, width]);
  const project = (input: Tensor2D, name: string): Tensor2D =>
    linear(input, parameter(parameters, `${name}.weight`), parameter(parameters, `${name}.bias`));
  const norm = (input: Tensor2D, name: string): Tensor2D =>
    layerNorm(input, parameter(parameters, `${name}.weight`), parameter(parameters, `${name}.bias`));
  const attended = project(attention(flat, parameters, { rows, steps, heads }), 'self_attn.out_proj');
  const middle = norm(tf.add(flat, attended), 'norm1');
  const forwarded = project(tf.relu(project(middle, 'linear1')), 'linear2');
  return tf.reshape(norm(tf.add(middle, forwarded), 'norm2'), [rows, steps, width]);
}

/** softmax(Q·Kᵀ/√(d/heads))·V of each head, side by side: [B·T, d] → [B·T, d]. */
function attention(x: Tensor2D, parameters: Parameters, { rows, steps, heads }: { rows: number; steps: number; heads: number }): Tensor2D {
  const width = x.shape[1];
  const size = width / heads;
  const projected = linear(x, parameter(parameters, 'self_attn.in_proj_weight'), parameter(parameters, 'self_attn.in_proj_bias'));
  const [query, key, value] = tf.split(projected, 3, 1).map((part) =>
    tf.transpose(tf.reshape<tf.Rank.R4>(part, [rows, steps, heads, size]), [0, 2, 1, 3])) as [Tensor4D, Tensor4D, Tensor4D];
  const scores = tf.matMul<Tensor4D>(tf.mul(query, 1 / Math.sqrt(size)), key, false, true);
  const mixed = tf.matMul<Tensor4D>(tf.softmax(scores), value);
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [rows * steps, width]);
}

/** As torch.nn.LayerNorm over the last axis (Ba et al. 2016). */
function layerNorm(x: Tensor2D, weight: Tensor1D, bias: Tensor1D): Tensor2D {
  const { mean, variance } = tf.moments(x, 1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPSILON))), weight), bias);
}
