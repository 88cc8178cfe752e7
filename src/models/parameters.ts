import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { hashName, normalValues, uniformValues } from '../random.ts';

/**
 * How a parameter begins. `normal`: N(0, 1) with a zero first row (the padding); `xavier`: uniform in ±√(6 / (rows + columns)) (Glorot and
 * Bengio 2010, equation 16); `orthogonal`: square blocks, one below the other, each an orthogonal matrix (Saxe et al. 2014, section 3.1);
 * uniform in ±bound; N(0, deviation²); the norm of each row of another parameter.
 */
export type InitialValues =
  | 'normal' | 'zeros' | 'ones' | 'xavier' | 'orthogonal'
  | { readonly bound: number } | { readonly deviation: number } | { readonly rowNormsOf: ParameterSpec };

/** A parameter before it exists: torch.nn's name and shape, and torch.nn's initialisation. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** In which it is counted: `embedding`, `recurrent`, `head`. */
  readonly group: string;
  readonly initial: InitialValues;
  /** Values of the parameter, from one to before another, that begin as this one in place of that. */
  readonly constant?: { readonly from: number; readonly to: number; readonly value: number };
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
  const { constant } = spec;
  const values = drawInitialValues(spec, seed);
  return constant === undefined ? values : values.fill(constant.value, constant.from, constant.to);
}

function drawInitialValues(spec: ParameterSpec, seed: number): Float32Array {
  const name = { seed, purpose: 'initialisation', index: hashName(spec.name) } as const;
  const count = countValues(spec.shape);
  const { initial, shape: [rows = 1, columns = 1] } = spec;
  const uniform = (bound: number): Float32Array => uniformValues(count, -bound, bound, name);
  switch (initial) {
    case 'normal': return normalValues(count, name).fill(0, 0, spec.shape[1] ?? 0);
    case 'zeros': return new Float32Array(count);
    case 'ones': return new Float32Array(count).fill(1);
    case 'xavier': return uniform(Math.sqrt(6 / (rows + columns)));
    case 'orthogonal': return orthogonalBlocks(normalValues(count, name), columns);
    default:
  }
  if ('bound' in initial) return uniform(initial.bound);
  if ('deviation' in initial) return normalValues(count, name).map((value) => value * initial.deviation);
  return rowNorms(initialValues(initial.rowNormsOf, seed), count);
}

/** The rows' Euclidean norms. */
function rowNorms(values: Float32Array, rows: number): Float32Array {
  const width = values.length / rows;
  return Float32Array.from({ length: rows }, (_, row) => Math.hypot(...values.subarray(row * width, (row + 1) * width)));
}

/**
 * Makes the rows of each block of `size` rows orthonormal, in double precision by the modified process of Gram and Schmidt, done twice
 * since once leaves what rounding adds. Of normal values the result is uniform over all orthogonal matrices (Mezzadri 2007, section 5).
 */
function orthogonalBlocks(values: Float32Array, size: number): Float32Array {
  const rows = Array.from({ length: values.length / size }, (_, row) => Float64Array.from(values.subarray(row * size, (row + 1) * size)));
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, k) => sum + value * (b[k] ?? 0), 0);
  rows.forEach((row, k) => {
    for (const before of [0, 1].flatMap(() => rows.slice(k - (k % size), k))) {
      const along = dot(row, before);
      for (let i = 0; i < size; i++) row[i] = (row[i] ?? 0) - along * (before[i] ?? 0);
    }
    const norm = Math.sqrt(dot(row, row));
    for (let i = 0; i < size; i++) row[i] = (row[i] ?? 0) / norm;
  });
  return Float32Array.from(rows.flatMap((row) => [...row]));
}

/** New tensors; the caller disposes of them. */
export function initializeParameters(specs: readonly ParameterSpec[], seed: number): Map<string, Tensor> {
  return new Map(specs.map((spec) => [spec.name, tf.tensor(initialValues(spec, seed), [...spec.shape])]));
}
