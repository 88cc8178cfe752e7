import { shuffled } from '../random.ts';
import { createBatchPacker } from './batch-packer.ts';
import type { EncodedPart } from './encode.ts';
import type { PackedBatch } from './packed-batch.ts';

export interface EpochOrder {
  readonly batchSize: number;
  /** Batches whose rows are sorted by length together; 1 turns bucketing off. */
  readonly bucketBatches: number;
  readonly seed: number;
  /** Which epoch's order. */
  readonly epoch: number;
}

function chunks(rows: Int32Array, size: number): Int32Array[] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.subarray(i * size, (i + 1) * size));
}

function sortedByLength({ offsets }: EncodedPart, rows: Int32Array): Int32Array {
  const length = (row: number): number => (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);
  return rows.toSorted((a, b) => length(b) - length(a));
}

/**
 * The rows of each batch of an epoch: every row once, all batches full but one. Rows are shuffled, sorted by length within
 * windows of `bucketBatches` batches, cut into batches, and the batches shuffled over the whole epoch. The same order is made
 * again from the same seed and epoch, so a run resumes in the middle of an epoch by skipping batches.
 */
export function planEpoch(part: EncodedPart, { batchSize, bucketBatches, seed, epoch }: EpochOrder): Int32Array[] {
  const stream = { seed, purpose: 'shuffle', index: epoch } as const;
  const order = Int32Array.from(shuffled([...part.ids.keys()], stream));
  const windows = chunks(order, batchSize * bucketBatches);
  return shuffled(windows.flatMap((window) => chunks(sortedByLength(part, window), batchSize)), { ...stream, subindex: 1 });
}

/** Every row once, the longest first: the least arithmetic, and what does not fit in memory fails at once. */
export function* evaluationBatches(part: EncodedPart, batchSize: number): Generator<PackedBatch, void, undefined> {
  const packBatch = createBatchPacker(part);
  for (const rows of chunks(sortedByLength(part, Int32Array.from(part.ids.keys())), batchSize)) yield packBatch(rows);
}
