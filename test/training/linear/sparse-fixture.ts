import type { SparseRows } from '../../../src/training/linear/sparse-rows.ts';
import { computeOffsets } from '../../../src/text/encode.ts';

/** A dense matrix as its non-zero values. */
export function toSparseRows(matrix: readonly (readonly number[])[]): SparseRows {
  const entries = matrix.map((row) => row.flatMap((value, column) => (value === 0 ? [] : [{ value, column }])));
  return {
    columns: Int32Array.from(entries.flat(), ({ column }) => column),
    values: Float64Array.from(entries.flat(), ({ value }) => value),
    offsets: computeOffsets(entries.map((row) => row.length)),
    width: matrix[0]?.length ?? 0,
  };
}

/** What a generator returns at its end. */
export function last<Result>(generator: Generator<unknown, Result>): Result {
  for (;;) {
    const { value, done } = generator.next();
    if (done === true) return value;
  }
}
