import type { EncodedPart } from './encode.ts';
import type { PackedBatch } from './packed-batch.ts';

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

/**
 * Packs rows of one part; the given rows may be in any order, and rows of one length keep theirs. A packer owns scratch space
 * of the vocabulary's size, so that finding the distinct tokens takes one look-up each.
 */
export function createBatchPacker(part: EncodedPart): PackBatch {
  /** [V] 1 + the place of a token id in `distinctIds`, 0 for none; all 0 between batches. */
  const placeOf = new Int32Array(part.vocabularySize);

  const findDistinct = (tokenIds: Int32Array): Pick<PackedBatch, 'distinctIds' | 'distinctIndex'> => {
    const found = new Int32Array(Math.min(tokenIds.length, part.vocabularySize));
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

  return (unsorted) => {
    const rows = Int32Array.from(unsorted).sort((a, b) => rowLength(part, b) - rowLength(part, a));
    const lengths = rows.map((row) => rowLength(part, row));
    const batchSizes = computeBatchSizes(lengths);
    const tokenIds = gatherSteps(part, rows, batchSizes, lengths.reduce((sum, length) => sum + length, 0));
    return { rows, lengths, batchSizes, tokenIds, ...findDistinct(tokenIds), labels: Int32Array.from(rows, (row) => part.labels[row] ?? 0) };
  };
}
