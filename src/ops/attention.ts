import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { isRecorded } from './checkpoint.ts';
import { tidied } from './gradients.ts';
import { scatterRows } from './linear.ts';
import type { PackedLayout } from './packed-layout.ts';
import { product } from './product.ts';

/** Packed rows, heads side by side in the columns. */
export interface AttentionInputs {
  /** [N, D] */
  readonly query: Tensor2D;
  /** [M, D] */
  readonly key: Tensor2D;
  /** [M, D] */
  readonly value: Tensor2D;
}

export interface AttentionPlan {
  /** Must divide D. */
  readonly heads: number;
  readonly queries: PackedLayout;
  /** Where keys and values lie; every row with queries has some. Those of the queries where they attend to themselves. */
  readonly keys: PackedLayout;
  /** [B] the row of `keys` that each row of `queries` attends to; null where they are in one order. */
  readonly keyRows: Int32Array | null;
  /** Whether a token attends to none after it. */
  readonly isCausal: boolean;
  /** Of the shares, in training: it gives the same mask for the same place every time. */
  readonly dropout: (shares: Tensor4D, place: string) => Tensor4D;
}

/** Shares [rows, heads, T, T] of more values than this are made in groups of rows: 128 MiB. */
const GROUP_VALUES = 2 ** 25;

/** Some rows as a rectangle: value i of the packed rows `packed` has the place `places[i]` in it, step after step. */
interface Rectangle {
  readonly rows: number;
  readonly steps: number;
  readonly packed: Int32Array;
  readonly places: Int32Array;
  /** [rows] */
  readonly lengths: Int32Array;
}

/** Rows that are attended together. */
interface Group {
  readonly query: Rectangle;
  readonly key: Rectangle;
  /** Names their dropout mask: that of the first group by its place alone. */
  readonly place: string;
}

/**
 * softmax(Q·Kᵀ/√(D/heads))·V of each head (Vaswani et al. 2017, equation 1), as torch's MultiheadAttention between its projections. The
 * one place where packed rows become rectangles: what is padding in them has the score −∞. Kept for the backward pass are the
 * inputs and the shares of each pair of tokens, before dropout.
 * @param place names the dropout masks @param groupValues shares made at once, at most, where a row alone does not have more
 * @returns [N, D]
 */
export function attention(
  { query, key, value }: AttentionInputs, plan: AttentionPlan, place: string, groupValues = GROUP_VALUES,
): Tensor2D {
  const groups = createGroups(plan, place, groupValues);
  const keeps = isRecorded(); // without a backward pass one group's shares are gone before the next one's
  const run = tf.customGrad((...args) => {
    const save = args.pop() as unknown as (tensors: Tensor[]) => void;
    const inputs = args as [Tensor2D, Tensor2D, Tensor2D];
    const result = tf.tidy(() => {
      const attended = groups.map((group) => tidied(() => attend(inputs, group, plan, keeps)));
      save([...inputs, ...attended.flatMap(({ shares }) => shares ?? [])]);
      return joinGroups(attended.map(({ mixed }) => mixed), groups.map((group) => group.query), inputs[0]);
    });
    const gradFunc = (dResult: Tensor2D, [q, k, v, ...shares]: Tensor[]): Tensor[] => {
      const kept = [q, k, v] as [Tensor2D, Tensor2D, Tensor2D];
      const parts = groups.map((group, i) => attendBackward(dResult, kept, shares[i] as Tensor4D, group, plan));
      return kept.map((like, i) => joinGroups(
        parts.map((part) => part[i] as Tensor2D), groups.map((group) => (i === 0 ? group.query : group.key)), like));
    };
    return { value: result, gradFunc };
  });
  return run(query, key, value);
}

/** The longest rows are first, so that rows of a group are about as long. */
function createGroups({ heads, queries, keys, keyRows }: AttentionPlan, place: string, groupValues: number): Group[] {
  const groups: Group[] = [];
  const count = queries.batchSizes[0] ?? 0;
  const keyRowOf = (row: number): number => keyRows?.[row] ?? row;
  for (let first = 0; first < count;) {
    let rows = 0, steps = 0;
    for (; first + rows < count; rows++) {
      const longest = Math.max(steps, keys.lengths[keyRowOf(first + rows)] ?? 0);
      if (rows > 0 && (rows + 1) * heads * (queries.lengths[first] ?? 0) * longest > groupValues) break;
      steps = longest;
    }
    const own = Array.from({ length: rows }, (_, row) => first + row);
    groups.push({
      query: placeRows(queries, own), key: placeRows(keys, own.map(keyRowOf)),
      place: groups.length === 0 ? place : `${place}.${groups.length}`,
    });
    first += rows;
  }
  return groups;
}

function placeRows({ lengths: all, offsets }: PackedLayout, chosen: readonly number[]): Rectangle {
  const lengths = Int32Array.from(chosen, (row) => all[row] ?? 0);
  const rows = chosen.length, steps = lengths.reduce((most, length) => Math.max(most, length), 0);
  const packed: number[] = [], places: number[] = [];
  for (let step = 0; step < steps; step++) {
    chosen.forEach((row, k) => {
      if (step >= (lengths[k] ?? 0)) return;
      packed.push((offsets[step] ?? 0) + row);
      places.push(step * rows + k);
    });
  }
  return { rows, steps, lengths, packed: Int32Array.from(packed), places: Int32Array.from(places) };
}

const isInOrder = (index: Int32Array, count: number): boolean => index.length === count && index.every((place, i) => place === i);

/** [N, D] → [rows, heads, steps, D / heads], zero where a row has no token. */
function unpack(x: Tensor2D, { rows, steps, packed, places }: Rectangle, heads: number): Tensor4D {
  const own: Tensor2D = isInOrder(packed, x.shape[0]) ? x : tf.gather(x, tf.tensor1d(packed, 'int32'));
  const filled = isInOrder(places, rows * steps) ? own : scatterRows(own, tf.tensor1d(places, 'int32'), rows * steps);
  return tf.transpose(tf.reshape<tf.Rank.R4>(filled, [steps, rows, heads, x.shape[1] / heads]), [1, 2, 0, 3]);
}

/** [rows, heads, steps, D / heads] → [n, D] the tokens of the group. */
function pack(x: Tensor4D, { rows, steps, places }: Rectangle): Tensor2D {
  const [, heads, , size] = x.shape;
  const flat: Tensor2D = tf.reshape(tf.transpose(x, [2, 0, 1, 3]), [steps * rows, heads * size]);
  return isInOrder(places, rows * steps) ? flat : tf.gather(flat, tf.tensor1d(places, 'int32'));
}

/** The tokens of all groups, packed as they came. */
function joinGroups(parts: readonly Tensor2D[], rectangles: readonly Rectangle[], like: Tensor2D): Tensor2D {
  const [first] = parts;
  if (first === undefined) return tf.zerosLike(like);
  const packed = Int32Array.from(rectangles.flatMap((rectangle) => [...rectangle.packed]));
  if (isInOrder(packed, like.shape[0])) return first;
  return scatterRows(parts.length === 1 ? first : tf.concat([...parts], 0), tf.tensor1d(packed, 'int32'), like.shape[0]);
}

/** What is added to the scores: 0, or −∞ for a key that a query does not see; null where every query sees every key. */
function createMask({ query, key }: Group, { isCausal }: AttentionPlan): Tensor4D | null {
  const sees = (seen: boolean): number => (seen ? 0 : Number.NEGATIVE_INFINITY);
  const isFull = key.lengths.every((length) => length === key.steps);
  const padding = isFull ? null : tf.tensor4d(Float32Array.from({ length: key.rows * key.steps }, (_, i) =>
    sees(i % key.steps < (key.lengths[Math.floor(i / key.steps)] ?? 0))), [key.rows, 1, 1, key.steps]);
  if (!isCausal) return padding;
  const causal = tf.tensor4d(Float32Array.from({ length: query.steps * key.steps }, (_, i) =>
    sees(i % key.steps <= Math.floor(i / key.steps))), [1, 1, query.steps, key.steps]);
  return padding === null ? causal : tf.add(causal, padding);
}

type Three<Kind> = readonly [query: Kind, key: Kind, value: Kind];

function attend(
  [query, key, value]: Three<Tensor2D>, group: Group, plan: AttentionPlan, keeps: boolean,
): { shares: Tensor4D | null; mixed: Tensor2D } {
  const { heads } = plan;
  const scaled = tf.mul<Tensor4D>(unpack(query, group.query, heads), Math.sqrt(heads / query.shape[1]));
  const scores = product(scaled, unpack(key, group.key, heads), { b: true });
  const mask = createMask(group, plan);
  const shares: Tensor4D = tf.softmax(mask === null ? scores : tf.add<Tensor4D>(scores, mask));
  const mixed = product(plan.dropout(shares, group.place), unpack(value, group.key, heads));
  return { shares: keeps ? shares : null, mixed: pack(mixed, group.query) };
}

/** Gradients of the group's queries, keys and values, packed. The softmax's: dS = P ∘ (dP − Σ dP ∘ P). */
function attendBackward(
  dResult: Tensor2D, [query, key, value]: Three<Tensor2D>, shares: Tensor4D, group: Group, { heads, dropout }: AttentionPlan,
): Three<Tensor2D> {
  return tidied((): Three<Tensor2D> => {
    const scale = Math.sqrt(heads / query.shape[1]);
    const dMixed = unpack(dResult, group.query, heads);
    const dValue = product(dropout(shares, group.place), dMixed, { a: true });
    const dShares = dropout(product(dMixed, unpack(value, group.key, heads), { b: true }), group.place);
    const weighted = tf.mul<Tensor4D>(dShares, shares);
    const dScores = tf.mul<Tensor4D>(tf.sub<Tensor4D>(weighted, tf.mul(shares, tf.sum(weighted, 3, true))), scale);
    const dQuery = product(dScores, unpack(key, group.key, heads));
    const dKey = product(dScores, unpack(query, group.query, heads), { a: true });
    return [pack(dQuery, group.query), pack(dKey, group.key), pack(dValue, group.key)];
  });
}

/** Self-attention of packed rows, in full or each token to those before it. */
export function selfAttention(
  inputs: AttentionInputs, layout: PackedLayout, { heads, isCausal, dropout }: Pick<AttentionPlan, 'heads' | 'isCausal' | 'dropout'>,
  place: string,
): Tensor2D {
  return attention(inputs, { heads, isCausal, dropout, queries: layout, keys: layout, keyRows: null }, place);
}

/** Values of the shares that are kept of B rows of one length with N tokens in all. */
export function countShares(heads: number, { rows, tokens }: { readonly rows: number; readonly tokens: number }): number {
  return rows === 0 ? 0 : heads * (tokens ** 2 / rows);
}

/** Multiply-adds of the scores and of the sums by them, without the projections. */
export function countAttention(size: number, shape: { readonly rows: number; readonly tokens: number }): number {
  return 2 * size * countShares(1, shape);
}

