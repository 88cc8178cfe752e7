import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { ATTENTION_BACKWARD_KERNEL, ATTENTION_KERNEL, keyRowOf } from './attention.ts';
import type { AnyAttentionInputs, AttentionCall, AttentionInputs, ForwardCall, Group } from './attention.ts';
import { dropout } from './dropout.ts';
import { tidied } from './gradients.ts';
import { scatterRows } from './linear.ts';
import type { PackedLayout } from './packed-layout.ts';
import { product } from './product.ts';

/** Some rows as a rectangle: value i of the packed rows `packed` has the place `places[i]` in it, step after step. */
interface Rectangle {
  readonly rows: number;
  readonly steps: number;
  readonly packed: Int32Array;
  readonly places: Int32Array;
  /** [rows] */
  readonly lengths: Int32Array;
}

/** A group's rows of queries, and those of keys that each of them attends to. */
interface Rectangles {
  readonly query: Rectangle;
  readonly key: Rectangle;
}

/**
 * Attention in plain tfjs ops, group by group. The one place where packed rows become rectangles: what is padding in them has the score −∞.
 * Kept is the rectangle of each group's shares.
 */
export function attentionKernels(backendName: string): KernelConfig[] {
  return [
    {
      kernelName: ATTENTION_KERNEL, backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const { keeps, ...call } = attrs as unknown as ForwardCall;
        return tidied((): Tensor[] => {
          const { query, key, value } = separate(inputs as unknown as AnyAttentionInputs);
          const attended = call.groups.map((group) => tidied(() => attend([query, key, value], group, call, keeps)));
          const placed = call.groups.map((group) => placeGroup(group, call).query);
          return [joinGroups(attended.map(({ mixed }) => mixed), placed, query), ...attended.flatMap(({ shares }) => shares ?? [])];
        });
      },
    },
    {
      kernelName: ATTENTION_BACKWARD_KERNEL, backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const { dMixed, ...rest } = inputs as unknown as AnyAttentionInputs & { readonly dMixed: Tensor2D };
        const call = attrs as unknown as AttentionCall;
        return tidied((): Tensor[] => {
          const { query, key, value } = separate(rest), kept = [query, key, value] as const;
          const parts = call.groups.map((group, i) => attendBackward(dMixed, kept, inputs[`shares${i}`] as Tensor4D, group, call));
          const placed = call.groups.map((group) => placeGroup(group, call));
          const gradients = kept.map((like, i) =>
            joinGroups(parts.map((part) => part[i] as Tensor2D), placed.map((group) => (i === 0 ? group.query : group.key)), like));
          return 'joined' in rest ? [tf.concat(gradients, 1)] : gradients;
        });
      },
    },
  ];
}

function separate(inputs: AnyAttentionInputs): AttentionInputs {
  if (!('joined' in inputs)) return inputs;
  const [query, key, value] = tf.split(inputs.joined, 3, 1) as [Tensor2D, Tensor2D, Tensor2D];
  return { query, key, value };
}

function placeGroup({ first, rows }: Group, call: AttentionCall): Rectangles {
  const own = Array.from({ length: rows }, (_, row) => first + row);
  return { query: placeRows(call.queries, own), key: placeRows(call.keys, own.map((row) => keyRowOf(call, row))) };
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
function createMask({ query, key }: Rectangles, { isCausal }: AttentionCall): Tensor4D | null {
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
  [query, key, value]: Three<Tensor2D>, group: Group, call: AttentionCall, keeps: boolean,
): { shares: Tensor4D | null; mixed: Tensor2D } {
  const { heads } = call, placed = placeGroup(group, call);
  const scaled = tf.mul<Tensor4D>(unpack(query, placed.query, heads), Math.sqrt(heads / query.shape[1]));
  const scores = product(scaled, unpack(key, placed.key, heads), { b: true });
  const mask = createMask(placed, call);
  const shares: Tensor4D = tf.softmax(mask === null ? scores : tf.add<Tensor4D>(scores, mask));
  const mixed = product(drop(shares, group), unpack(value, placed.key, heads));
  return { shares: keeps ? shares : null, mixed: pack(mixed, placed.query) };
}

function drop(shares: Tensor4D, { mask }: Group): Tensor4D {
  return mask === null ? shares : dropout(shares, mask);
}

/** Gradients of the group's queries, keys and values, packed. The softmax's: dS = P ∘ (dP − Σ dP ∘ P). */
function attendBackward(
  dResult: Tensor2D, [query, key, value]: Three<Tensor2D>, shares: Tensor4D, group: Group, call: AttentionCall,
): Three<Tensor2D> {
  return tidied((): Three<Tensor2D> => {
    const { heads } = call, placed = placeGroup(group, call);
    const scale = Math.sqrt(heads / query.shape[1]);
    const dMixed = unpack(dResult, placed.query, heads);
    const dValue = product(drop(shares, group), dMixed, { a: true });
    const dShares = drop(product(dMixed, unpack(value, placed.key, heads), { b: true }), group);
    const weighted = tf.mul<Tensor4D>(dShares, shares);
    const dScores = tf.mul<Tensor4D>(tf.sub<Tensor4D>(weighted, tf.mul(shares, tf.sum(weighted, 3, true))), scale);
    const dQuery = product(dScores, unpack(key, placed.key, heads));
    const dKey = product(dScores, unpack(query, placed.query, heads), { a: true });
    return [pack(dQuery, placed.query), pack(dKey, placed.key), pack(dValue, placed.key)];
  });
}
