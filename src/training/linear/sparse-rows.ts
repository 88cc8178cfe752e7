/** A sparse matrix by rows (CSR): row i holds `values[k]` in column `columns[k]` for k in `offsets[i] … offsets[i+1]`. */
export interface SparseRows {
  /** [entries] Distinct within a row. */
  readonly columns: Int32Array;
  /** [entries] */
  readonly values: Float64Array;
  /** [rows + 1] */
  readonly offsets: Int32Array;
  /** Columns, D. */
  readonly width: number;
}

export function countRows({ offsets }: SparseRows): number {
  return offsets.length - 1;
}

/** xᵢ·w */
export function multiplyRow({ columns, values, offsets }: SparseRows, row: number, w: Float64Array): number {
  const end = offsets[row + 1] ?? 0;
  let sum = 0;
  for (let k = offsets[row] ?? 0; k < end; k++) sum += (values[k] ?? 0) * (w[columns[k] ?? 0] ?? 0);
  return sum;
}

/** X·w: [rows] from w [D]. */
export function multiply(rows: SparseRows, w: Float64Array): Float64Array {
  return Float64Array.from({ length: countRows(rows) }, (_, row) => multiplyRow(rows, row, w));
}

/** w += factor·xᵢ, in place. */
export function addRow(w: Float64Array, { columns, values, offsets }: SparseRows, row: number, factor: number): void {
  const end = offsets[row + 1] ?? 0;
  for (let k = offsets[row] ?? 0; k < end; k++) {
    const column = columns[k] ?? 0;
    w[column] = (w[column] ?? 0) + factor * (values[k] ?? 0);
  }
}

/** Xᵀ·v: [D] from v [rows]. */
export function multiplyTransposed(rows: SparseRows, v: Float64Array): Float64Array {
  const sums = new Float64Array(rows.width);
  v.forEach((factor, row) => { if (factor !== 0) addRow(sums, rows, row, factor); });
  return sums;
}

/** X with each column times its factor: X·diag(factors). */
export function scaleColumns(rows: SparseRows, factors: Float64Array): SparseRows {
  return { ...rows, values: rows.values.map((value, k) => value * (factors[rows.columns[k] ?? 0] ?? 0)) };
}
