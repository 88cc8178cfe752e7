import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { activate, keepsInput } from '../ops/activations.ts';
import type { ActivationName } from '../ops/activations.ts';
import { countAttention, countShares, selfAttention } from '../ops/attention.ts';
import type { DropoutMask } from '../ops/dropout.ts';
import { layerNorm } from '../ops/layer-norm.ts';
import { addRows, linear } from '../ops/linear.ts';
import type { PackedLayout } from '../ops/packed-layout.ts';
import { VALUE_BYTES } from './module.ts';
import type { BatchShape } from './module.ts';
import type { ParameterSpec } from './parameters.ts';

export interface EncoderLayerSizes {
  /** d, the width of the model. */
  readonly embeddingSize: number;
  /** ff, the width within the feed-forward part. */
  readonly feedForwardSize: number;
  /** Must divide d. */
  readonly heads: number;
}

export interface EncoderLayerSettings extends EncoderLayerSizes {
  readonly activation: ActivationName;
  /** Whether a part's input is normalized, `pre`, or its sum with what the part adds, `post`. */
  readonly norm: 'pre' | 'post';
}

/** A layer as its pass sees it: its weights by torch's names in it, and its dropout by torch's names of them. */
export interface LayerAccess {
  readonly get: <T extends Tensor>(name: string) => T;
  readonly dropout: <T extends Tensor>(x: T, place: string) => T;
  /** Of the attention, which drops by itself; null where nothing is dropped. */
  readonly dropoutMask: (place: string) => DropoutMask | null;
}

/** torch.nn.TransformerEncoderLayer's names, shapes and initial values, in the order of its `named_parameters()`. */
export function encoderLayerParameters(sizes: EncoderLayerSizes, prefix: string, group: string): ParameterSpec[] {
  return nameParameters(prefix, group, [
    ...attentionParameters('self_attn', sizes), ...feedForwardParameters(sizes),
    ...['norm1', 'norm2'].flatMap((name) => normParameters(name, sizes)),
  ]);
}

type LayerParameter = Omit<ParameterSpec, 'group'>;

export function nameParameters(prefix: string, group: string, specs: readonly LayerParameter[]): ParameterSpec[] {
  return specs.map((spec) => ({ ...spec, name: `${prefix}${spec.name}`, group }));
}

/** torch.nn.MultiheadAttention's. */
export function attentionParameters(name: string, { embeddingSize: d }: EncoderLayerSizes): LayerParameter[] {
  return [
    { name: `${name}.in_proj_weight`, shape: [3 * d, d], initial: 'xavier' },
    { name: `${name}.in_proj_bias`, shape: [3 * d], initial: 'zeros' },
    { name: `${name}.out_proj.weight`, shape: [d, d], initial: { bound: 1 / Math.sqrt(d) } },
    { name: `${name}.out_proj.bias`, shape: [d], initial: 'zeros' },
  ];
}

export function feedForwardParameters({ embeddingSize: d, feedForwardSize: ff }: EncoderLayerSizes): LayerParameter[] {
  const linearParameters = (name: string, inputs: number, outputs: number): LayerParameter[] => [
    { name: `${name}.weight`, shape: [outputs, inputs], initial: { bound: 1 / Math.sqrt(inputs) } },
    { name: `${name}.bias`, shape: [outputs], initial: { bound: 1 / Math.sqrt(inputs) } },
  ];
  return [...linearParameters('linear1', d, ff), ...linearParameters('linear2', ff, d)];
}

/** torch.nn.LayerNorm's. */
export function normParameters(name: string, { embeddingSize: d }: Pick<EncoderLayerSizes, 'embeddingSize'>): LayerParameter[] {
  return [{ name: `${name}.weight`, shape: [d], initial: 'ones' }, { name: `${name}.bias`, shape: [d], initial: 'zeros' }];
}

/**
 * A layer of a Transformer's encoder (Vaswani et al. 2017, section 3.1) as torch.nn.TransformerEncoderLayer: self-attention and
 * feed-forward, each added to its input, with the norms behind (x ← norm(x + f(x))) or in front (x ← x + f(norm(x)); Xiong et al. 2020).
 * @param x [N, d] packed rows @returns [N, d]
 */
export function encoderLayer(x: Tensor2D, layout: PackedLayout, settings: EncoderLayerSettings, access: LayerAccess): Tensor2D {
  const { dropout } = access;
  const attended = addPart(x, 'norm1', settings, access, (rows) =>
    dropout(attendToSelf(rows, layout, settings, false, access), 'dropout1'));
  return addPart(attended, 'norm2', settings, access, (rows) => dropout(feedForward(rows, settings.activation, access), 'dropout2'));
}

/** torch.nn.MultiheadAttention of rows to themselves. @param isCausal whether a token attends to none after it */
export function attendToSelf(
  rows: Tensor2D, layout: PackedLayout, { heads }: Pick<EncoderLayerSettings, 'heads'>, isCausal: boolean, access: LayerAccess,
): Tensor2D {
  const joined = linear(rows, access.get('self_attn.in_proj_weight'), access.get('self_attn.in_proj_bias'));
  const mixed = selfAttention(joined, layout, { heads, isCausal, dropoutMask: access.dropoutMask }, 'self_attn');
  return project(mixed, 'self_attn.out_proj', access);
}

/** x plus a part of it, normalized in front of the part or behind the sum. What is only made on the way goes with it. */
export function addPart(
  x: Tensor2D, name: string, { norm }: Pick<EncoderLayerSettings, 'norm'>, access: LayerAccess, part: (rows: Tensor2D) => Tensor2D,
): Tensor2D {
  const normalize = (rows: Tensor2D): Tensor2D => normalizeRows(rows, name, access);
  return tf.tidy(() => (norm === 'pre' ? addRows(x, part(normalize(x))) : normalize(addRows(x, part(x)))));
}

export function normalizeRows(rows: Tensor2D, name: string, { get }: Pick<LayerAccess, 'get'>): Tensor2D {
  return layerNorm(rows, get(`${name}.weight`), get(`${name}.bias`));
}

export function project(rows: Tensor2D, name: string, { get }: Pick<LayerAccess, 'get'>): Tensor2D {
  return linear(rows, get(`${name}.weight`), get(`${name}.bias`));
}

/** W₂·f(W₁·x + b₁) + b₂ (Vaswani et al. 2017, equation 2), with dropout after f. */
export function feedForward(rows: Tensor2D, activation: ActivationName, access: LayerAccess): Tensor2D {
  const wide = tf.tidy(() => activate(project(rows, 'linear1', access), activation, (values) => access.dropout(values, 'dropout')));
  return project(wide, 'linear2', access);
}

/**
 * A product of each token with each matrix, and the attention's of pairs of tokens. Kept: what the six products read (of queries, keys and
 * values that is 3d, of the sums by shares d, of the feed-forward part d and ff), each norm's d + 1, and the shares; for some activations
 * their input too.
 */
export function encoderLayerCost(settings: EncoderLayerSettings, shape: BatchShape): { multiplyAdds: number; keptBytes: number } {
  const { embeddingSize: d, feedForwardSize: ff, heads, activation } = settings;
  const { tokens } = shape;
  const perToken = d + 3 * d + d + d + ff * (keepsInput(activation) ? 2 : 1) + 2 * (d + 1);
  return {
    multiplyAdds: tokens * (4 * d * d + 2 * d * ff) + countAttention(d, shape),
    keptBytes: VALUE_BYTES * (tokens * perToken + countShares(heads, shape)),
  };
}
