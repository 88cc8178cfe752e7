import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { isRecorded } from './gradients.ts';
import type { DropoutMask } from './dropout.ts';
import type { PackedLayout } from './packed-layout.ts';

/**
 * The forward kernel takes `AttentionInputs` or `JoinedInputs`, and `ForwardCall`, and gives the result [N, D] and the shares that it
 * keeps, in tensors that only the backward kernel of the same backend reads. That takes the same inputs, the gradient `dMixed` [N, D],
 * those tensors as `shares0`, `shares1`, … and `AttentionCall`, and gives the gradient of each input.
 */
export const ATTENTION_KERNEL = 'GatelabAttention', ATTENTION_BACKWARD_KERNEL = 'GatelabAttentionGrad';

/** Packed rows, heads side by side in the columns. */
export interface AttentionInputs {
  /** [N, D] */
  readonly query: Tensor2D;
  /** [M, D] */
  readonly key: Tensor2D;
  /** [M, D] */
  readonly value: Tensor2D;
}

/** Those of a self-attention side by side, as one product makes them. */
export interface JoinedInputs {
  /** [N, 3·D] */
  readonly joined: Tensor2D;
}

/** What the kernels take: one or the other. */
export type AnyAttentionInputs = AttentionInputs | JoinedInputs;

interface Rows {
  /** Must divide D. */
  readonly heads: number;
  readonly queries: PackedLayout;
  /** Where keys and values lie; every row with queries has some. Those of the queries where they attend to themselves. */
  readonly keys: PackedLayout;
  /** [B] the row of `keys` that each row of `queries` attends to; null where they are in one order. */
  readonly keyRows: Int32Array | null;
  /** Whether a token attends to none after it. */
  readonly isCausal: boolean;
}

export interface AttentionPlan extends Rows {
  /** Of the shares, in training; null for none. */
  readonly dropoutMask: (place: string) => DropoutMask | null;
}

/** Attributes of the kernels. */
export interface AttentionCall extends Rows {
  readonly groups: readonly Group[];
}

export interface ForwardCall extends AttentionCall {
  /** Whether there will be a backward pass. */
  readonly keeps: boolean;
}

/** Rows whose shares are one rectangle [rows, heads, querySteps, keySteps]: their dropout mask is laid over it as a whole. */
export interface Group {
  readonly first: number;
  readonly rows: number;
  /** Tokens of the longest. */
  readonly querySteps: number;
  readonly keySteps: number;
  readonly mask: DropoutMask | null;
}

/** Rectangles of more values than this are made in groups of rows: 128 MiB. Another number is another mask for every seed. */
const GROUP_VALUES = 2 ** 25;

/**
 * softmax(Q·Kᵀ/√(D/heads))·V of each head (Vaswani et al. 2017, equation 1), as torch's MultiheadAttention between its projections. Kept
 * for the backward pass are the inputs and the shares of each pair of tokens, before dropout.
 * @param place names the dropout masks @param groupValues shares of a group, at most, where a row alone does not have more
 * @returns [N, D]
 */
export function attention(
  inputs: AnyAttentionInputs, plan: AttentionPlan, place: string, groupValues = GROUP_VALUES,
): Tensor2D {
  const { heads, queries, keys, keyRows, isCausal } = plan;
  const call: AttentionCall = { heads, queries, keys, keyRows, isCausal, groups: createGroups(plan, place, groupValues) };
  const keeps = isRecorded(), names = 'joined' in inputs ? ['joined'] : ['query', 'key', 'value'];
  const named = (tensors: readonly Tensor[]): Record<string, Tensor> => Object.fromEntries(tensors.map((tensor, i) => [
    names[i] ?? `shares${i - names.length}`, tensor]));
  const run = tf.customGrad((...args) => {
    const save = args.pop() as unknown as (tensors: Tensor[]) => void, own = args as Tensor[];
    const [mixed, ...shares] = runKernel(ATTENTION_KERNEL, named(own), { ...call, keeps });
    save([...own, ...shares]);
    const gradFunc = (dMixed: Tensor2D, kept: Tensor[]): Tensor[] => runKernel(ATTENTION_BACKWARD_KERNEL, { ...named(kept), dMixed }, call);
    return { value: mixed as Tensor2D, gradFunc };
  });
  return run(...names.map((name) => (inputs as unknown as Record<string, Tensor>)[name] as Tensor));
}

function runKernel(name: string, inputs: Record<string, Tensor>, call: AttentionCall | ForwardCall): Tensor[] {
  return tf.engine().runKernel(name, inputs, { ...call } as unknown as tf.NamedAttrMap);
}

/** The row of keys that a row of queries attends to. */
export function keyRowOf({ keyRows }: Pick<AttentionCall, 'keyRows'>, row: number): number {
  return keyRows?.[row] ?? row;
}

/** The longest rows are first, so that rows of a group are about as long. */
function createGroups(plan: AttentionPlan, place: string, groupValues: number): Group[] {
  const { heads, queries, keys } = plan;
  const groups: Group[] = [];
  const count = queries.batchSizes[0] ?? 0;
  for (let first = 0; first < count;) {
    const querySteps = queries.lengths[first] ?? 0;
    let rows = 0, keySteps = 0;
    for (; first + rows < count; rows++) {
      const longest = Math.max(keySteps, keys.lengths[keyRowOf(plan, first + rows)] ?? 0);
      if (rows > 0 && (rows + 1) * heads * querySteps * longest > groupValues) break;
      keySteps = longest;
    }
    const mask = plan.dropoutMask(groups.length === 0 ? place : `${place}.${groups.length}`);
    groups.push({ first, rows, querySteps, keySteps, mask });
    first += rows;
  }
  return groups;
}

/** Self-attention of packed rows, in full or each token to those before it. @param joined [N, 3·D] queries, keys and values */
export function selfAttention(
  joined: Tensor2D, layout: PackedLayout,
  { heads, isCausal, dropoutMask }: Pick<AttentionPlan, 'heads' | 'isCausal' | 'dropoutMask'>, place: string,
): Tensor2D {
  return attention({ joined }, { heads, isCausal, dropoutMask, queries: layout, keys: layout, keyRows: null }, place);
}

/** Values of the shares that are kept of B rows of one length with N tokens in all. */
export function countShares(heads: number, { rows, tokens }: { readonly rows: number; readonly tokens: number }): number {
  return rows === 0 ? 0 : heads * (tokens ** 2 / rows);
}

/** Multiply-adds of the scores and of the sums by them, without the projections. */
export function countAttention(size: number, shape: { readonly rows: number; readonly tokens: number }): number {
  return 2 * size * countShares(1, shape);
}
