import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { hashName, normalValues, uniformValues } from '../random.ts';

/** A parameter before it exists: torch.nn's name and shape, and torch.nn's initialisation. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** In which it is counted: `embedding`, `recurrent`, `head`. */
  readonly group: string;
  /**
   * `normal`: N(0, 1) with a zero first row (the padding); uniform in ±bound; N(0, deviation²); `xavier`: uniform in
   * ±√(6 / (rows + columns)) (Glorot and Bengio 2010, equation 16).
   */
  readonly initial: 'normal' | 'zeros' | 'ones' | 'xavier' | { readonly bound: number } | { readonly deviation: number };
  /** A table that a batch reads by the rows of its tokens: its gradient is those rows, and whatever reads it whole adds a dense part. */
  readonly isTable?: true;
}

/** Parameters by torch.nn's names. */
export type Parameters = ReadonlyMap<string, Tensor>;

/** A parameter that must be there. */
export function parameter<T extends Tensor>(parameters: Parameters, name: string): T {
  const found = parameters.get(name);
  if (found === undefined) throw new Error(`the model has no parameter ${name}`);
  return found as T;
}

/** The parameters as a forward pass reads them. */
export interface Weights {
  /** @throws when the model has no such parameter */
  get<T extends Tensor>(name: string): T;
  /** [U, D] of a table: a row for each distinct token of the batch. */
  rows(table: string): Tensor2D;
}

/** @param rowsOf takes the place of reading the rows of a table, where they have been read before */
export function createWeights(parameters: Parameters, distinctIds: Int32Array, rowsOf: ReadonlyMap<string, Tensor2D> = new Map()): Weights {
  const get = <T extends Tensor>(name: string): T => parameter<T>(parameters, name);
  return { get, rows: (table) => rowsOf.get(table) ?? readRows(get(table), distinctIds) };
}

/** Rows of a table [V, D], one for each id: [U, D]. */
export function readRows(table: Tensor2D, ids: Int32Array): Tensor2D {
  return tf.tidy(() => tf.gather(table, tf.tensor1d(ids, 'int32')));
}

export function countValues(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Trainable values, in all and by the group of the parameters; models without an embedding have 0 of that. */
export interface ParameterCounts {
  readonly total: number;
  readonly embedding: number;
  readonly [group: string]: number;
}

export function countParameters(specs: readonly ParameterSpec[]): ParameterCounts {
  const counts = new Map([['total', 0], ['embedding', 0]]);
  for (const { group, shape } of specs) {
    for (const name of ['total', group]) counts.set(name, (counts.get(name) ?? 0) + countValues(shape));
  }
  return Object.fromEntries(counts) as Record<string, number> as ParameterCounts;
}

export function initialValues(spec: ParameterSpec, seed: number): Float32Array {
  const name = { seed, purpose: 'initialisation', index: hashName(spec.name) } as const;
  const count = countValues(spec.shape);
  const { initial, shape: [rows = 1, columns = 1] } = spec;
  const uniform = (bound: number): Float32Array => uniformValues(count, -bound, bound, name);
  switch (initial) {
    case 'normal': return normalValues(count, name).fill(0, 0, spec.shape[1] ?? 0);
    case 'zeros': return new Float32Array(count);
    case 'ones': return new Float32Array(count).fill(1);
    case 'xavier': return uniform(Math.sqrt(6 / (rows + columns)));
    default: return 'bound' in initial ? uniform(initial.bound) : normalValues(count, name).map((value) => value * initial.deviation);
  }
}

/** New tensors; the caller disposes of them. */
export function initializeParameters(specs: readonly ParameterSpec[], seed: number): Map<string, Tensor> {
  return new Map(specs.map((spec) => [spec.name, tf.tensor(initialValues(spec, seed), [...spec.shape])]));
}
