import type { EncodedPart } from '../text/encode.ts';
import { shuffled } from '../random.ts';

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
  /** [U] each token id of the batch once, or every id of the vocabulary. */
  readonly distinctIds: Int32Array;
  /** [N] `distinctIds[distinctIndex[i]] === tokenIds[i]`. */
  readonly distinctIndex: Int32Array;
  /** [B] 0 or 1. */
  readonly labels: Int32Array;
}

export type PackBatch = (rows: Int32Array) => PackedBatch;

function rowLength(part: EncodedPart, row: number): number {
  return (part.offsets[row + 1] ?? 0) - (part.offsets[row] ?? 0);
}

/** [T] `batchSizes[t]` is the number of rows longer than t; `lengths` never increase. */
function computeBatchSizes(lengths: Int32Array): Int32Array {
  const batchSizes = new Int32Array(lengths[0] ?? 0);
  for (let step = 0, active = lengths.length; step < batchSizes.length; step++) {
    while ((lengths[active - 1] ?? 0) <= step) active--;
    batchSizes[step] = active;
  }
  return batchSizes;
}

/** [N] the rows' tokens, step after step. */
function gatherSteps(part: EncodedPart, rows: Int32Array, batchSizes: Int32Array, tokens: number): Int32Array {
  const starts = rows.map((row) => part.offsets[row] ?? 0);
  const tokenIds = new Int32Array(tokens);
  let at = 0;
  batchSizes.forEach((active, step) => {
    for (let row = 0; row < active; row++) tokenIds[at++] = part.tokenIds[(starts[row] ?? 0) + step] ?? 0;
  });
  return tokenIds;
}

type DistinctTokens = Pick<PackedBatch, 'distinctIds' | 'distinctIndex'>;

/** Finds the distinct tokens of batches, by one look-up each. */
function createDistinctFinder(vocabularySize: number): (tokenIds: Int32Array) => DistinctTokens {
  /** [V] 1 + the place of a token id in `distinctIds`, 0 for none; all 0 between batches. */
  const placeOf = new Int32Array(vocabularySize);
  return (tokenIds) => {
    const found = new Int32Array(Math.min(tokenIds.length, vocabularySize));
    const distinctIndex = new Int32Array(tokenIds.length);
    let distinct = 0;
    tokenIds.forEach((id, i) => {
      let place = placeOf[id] ?? 0;
      if (place === 0) {
        found[distinct++] = id;
        placeOf[id] = place = distinct;
      }
      distinctIndex[i] = place - 1;
    });
    const distinctIds = found.slice(0, distinct);
    for (const id of distinctIds) placeOf[id] = 0;
    return { distinctIds, distinctIndex };
  };
}

/** The whole vocabulary as the distinct tokens of every batch. */
function createVocabularyIndex(vocabularySize: number): (tokenIds: Int32Array) => DistinctTokens {
  const distinctIds = new Int32Array(vocabularySize);
  for (let id = 0; id < vocabularySize; id++) distinctIds[id] = id; // a single review is not to wait for Int32Array.from
  return (tokenIds) => ({ distinctIds, distinctIndex: tokenIds });
}

/**
 * Packs rows of one part; the given rows may be in any order, and rows of one length keep theirs.
 * @param hasWholeVocabulary whether each batch has every token of the vocabulary as a distinct one, by its id
 */
export function createBatchPacker(part: EncodedPart, hasWholeVocabulary = false): PackBatch {
  const findDistinct = (hasWholeVocabulary ? createVocabularyIndex : createDistinctFinder)(part.vocabularySize);
  return (unsorted) => {
    const rows = Int32Array.from(unsorted).sort((a, b) => rowLength(part, b) - rowLength(part, a));
    const lengths = rows.map((row) => rowLength(part, row));
    const batchSizes = computeBatchSizes(lengths);
    const tokenIds = gatherSteps(part, rows, batchSizes, lengths.reduce((sum, length) => sum + length, 0));
    return {
      rows,
      lengths,
      batchSizes,
      tokenIds,
      ...findDistinct(tokenIds),
      labels: Int32Array.from(rows, (row) => part.labels[row] ?? 0),
    };
  };
}

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
export function* evaluationBatches(
  part: EncodedPart, batchSize: number, hasWholeVocabulary = false,
): Generator<PackedBatch, void, undefined> {
  const packBatch = createBatchPacker(part, hasWholeVocabulary);
  for (const rows of chunks(sortedByLength(part, Int32Array.from(part.ids.keys())), batchSize)) yield packBatch(rows);
}
