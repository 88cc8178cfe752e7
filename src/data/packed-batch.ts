/**
 * A batch without padding, as PyTorch's `PackedSequence`: rows sorted by length (longest first), time-major,
 * so that the rows active at step t are the first `batchSizes[t]` rows and a step is one slice.
 * Letters: B rows, T steps (the longest length), N tokens in all, U distinct tokens.
 */
export interface PackedBatch {
  /** [B] index of each row in its part of the data set. */
  readonly rows: Int32Array;
  /** [B] tokens of each row, never increasing; 0 is allowed (an empty review). */
  readonly lengths: Int32Array;
  /** [T] rows active at each step, never increasing, all at least 1. */
  readonly batchSizes: Int32Array;
  /** [N] token ids, step after step: `tokenIds[offset(t) + row]`. */
  readonly tokenIds: Int32Array;
  /** [U] each token id of the batch once. */
  readonly distinctIds: Int32Array;
  /** [N] `distinctIds[distinctIndex[i]] === tokenIds[i]`. */
  readonly distinctIndex: Int32Array;
  /** [B] 0 or 1. */
  readonly labels: Int32Array;
}
