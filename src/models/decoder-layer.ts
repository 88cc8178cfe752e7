import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { attention } from '../ops/attention.ts';
import { linear } from '../ops/linear.ts';
import type { PackedLayout } from '../ops/packed-layout.ts';
import {
  addPart, attendToSelf, attentionParameters, feedForward, feedForwardParameters, nameParameters, normParameters, project,
} from './encoder-layer.ts';
import type { EncoderLayerSettings, EncoderLayerSizes, LayerAccess } from './encoder-layer.ts';
import type { ParameterSpec } from './parameters.ts';

/** What an encoder made of the rows that a decoder's rows are about. */
export interface Memory {
  /** [M, d] packed */
  readonly rows: Tensor2D;
  /** No row of it is empty. */
  readonly layout: PackedLayout;
  /** [B] its row for each row of the decoder, since either is sorted by its own lengths. */
  readonly rowOf: Int32Array;
}

/** torch.nn.TransformerDecoderLayer's names, shapes and initial values, in the order of its `named_parameters()`. */
export function decoderLayerParameters(sizes: EncoderLayerSizes, prefix: string, group: string): ParameterSpec[] {
  return nameParameters(prefix, group, [
    ...['self_attn', 'multihead_attn'].flatMap((name) => attentionParameters(name, sizes)), ...feedForwardParameters(sizes),
    ...['norm1', 'norm2', 'norm3'].flatMap((name) => normParameters(name, sizes)),
  ]);
}

/**
 * A layer of a Transformer's decoder (Vaswani et al. 2017, section 3.1) as torch.nn.TransformerDecoderLayer: self-attention of each token
 * to those before it, attention to the encoder's states, feed-forward; each added to its input, with the norms as in `encoderLayer`.
 * @param x [N, d] packed rows @returns [N, d]
 */
export function decoderLayer(
  x: Tensor2D, layout: PackedLayout, memory: Memory, settings: EncoderLayerSettings, access: LayerAccess,
): Tensor2D {
  const { dropout } = access;
  const own = addPart(x, 'norm1', settings, access, (rows) => dropout(attendToSelf(rows, layout, settings, true, access), 'dropout1'));
  const informed = addPart(own, 'norm2', settings, access, (rows) =>
    dropout(attendToMemory(rows, layout, memory, settings, access), 'dropout2'));
  return addPart(informed, 'norm3', settings, access, (rows) => dropout(feedForward(rows, settings.activation, access), 'dropout3'));
}

/** Queries of the decoder's rows; keys and values of the encoder's. */
function attendToMemory(
  rows: Tensor2D, queries: PackedLayout, memory: Memory, { heads }: Pick<EncoderLayerSettings, 'heads'>, access: LayerAccess,
): Tensor2D {
  const size = rows.shape[1];
  const weight = access.get<Tensor2D>('multihead_attn.in_proj_weight'), bias = access.get<Tensor1D>('multihead_attn.in_proj_bias');
  const part = (input: Tensor2D, from: number, count: number): Tensor2D =>
    linear(input, tf.slice(weight, [from * size, 0], [count * size, size]), tf.slice(bias, from * size, count * size));
  const query = part(rows, 0, 1);
  const [key, value] = tf.split(part(memory.rows, 1, 2), 2, 1) as [Tensor2D, Tensor2D];
  const plan = { heads, queries, keys: memory.layout, keyRows: memory.rowOf, isCausal: false, dropoutMask: access.dropoutMask };
  return project(attention({ query, key, value }, plan, 'multihead_attn'), 'multihead_attn.out_proj', access);
}
