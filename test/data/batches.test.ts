import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatchPacker, evaluationBatches, planEpoch } from '../../src/data/batches.ts';
import type { EpochOrder, PackedBatch } from '../../src/data/batches.ts';
import type { EncodedPart } from '../../src/text/encode.ts';
import { encodedPart } from './corpus-fixture.ts';

const VOCABULARY = 12;
const anyRows = fc.array(fc.array(fc.integer({ min: 1, max: VOCABULARY - 1 }), { maxLength: 9 }), { maxLength: 40 });

/** The tokens of each row, read back from the packed layout. */
function unpack({ lengths, batchSizes, tokenIds }: PackedBatch): number[][] {
  const rows: number[][] = Array.from(lengths, () => []);
  let offset = 0;
  for (const active of batchSizes) {
    for (let row = 0; row < active; row++) rows[row]!.push(tokenIds[offset + row]!);
    offset += active;
  }
  expect(offset).toBe(tokenIds.length);
  return rows;
}

function expectPacked(batch: PackedBatch, rows: readonly (readonly number[])[]): void {
  const { lengths, batchSizes, tokenIds, distinctIds, distinctIndex } = batch;
  expect(unpack(batch)).toEqual(Array.from(batch.rows, (row) => rows[row]));
  expect([...lengths]).toEqual(Array.from(batch.rows, (row) => rows[row]!.length));
  expect([...lengths]).toEqual([...lengths].toSorted((a, b) => b - a));
  expect([...batchSizes]).toEqual(Array.from({ length: lengths[0] ?? 0 }, (_, step) => lengths.filter((length) => length > step).length));
  expect(Array.from(distinctIndex, (place) => distinctIds[place])).toEqual([...tokenIds]);
  expect(new Set(distinctIds).size).toBe(distinctIds.length);
  expect(new Set(distinctIds)).toEqual(new Set(tokenIds));
  expect([...batch.labels]).toEqual(Array.from(batch.rows, (row) => row % 2));
}

const trainingBatches = (part: EncodedPart, order: EpochOrder): PackedBatch[] => planEpoch(part, order).map(createBatchPacker(part));
const rowsOf = (batches: Iterable<PackedBatch>): number[] => [...batches].flatMap(({ rows }) => [...rows]);

describe('createBatchPacker', () => {
  it('packs time-major, longest row first, rows of one length in the given order', () => {
    const packBatch = createBatchPacker(encodedPart([[5, 6], [7], [2, 3, 2], [4, 7], []], 8));
    expect(packBatch(Int32Array.of(4, 3, 0, 2, 1))).toEqual({
      rows: Int32Array.of(2, 3, 0, 1, 4),
      lengths: Int32Array.of(3, 2, 2, 1, 0),
      batchSizes: Int32Array.of(4, 3, 1),
      tokenIds: Int32Array.of(2, 4, 5, 7, /* step 1 */ 3, 7, 6, /* step 2 */ 2),
      distinctIds: Int32Array.of(2, 4, 5, 7, 3, 6),
      distinctIndex: Int32Array.of(0, 1, 2, 3, 4, 3, 5, 0),
      labels: Int32Array.of(0, 1, 0, 1, 0),
    });
  });

  it('packs empty reviews alone into no steps', () => {
    const batch = createBatchPacker(encodedPart([[], []], 3))(Int32Array.of(1, 0));
    expect([batch.batchSizes.length, batch.tokenIds.length, batch.distinctIds.length]).toEqual([0, 0, 0]);
    expect([...batch.rows]).toEqual([1, 0]);
    expect([...batch.lengths]).toEqual([0, 0]);
  });

  it('keeps every invariant of a packed batch, batch after batch, and leaves its argument alone', () => {
    fc.assert(fc.property(anyRows.filter((rows) => rows.length > 0), fc.array(fc.nat(), { maxLength: 20 }), (rows, picks) => {
      const packBatch = createBatchPacker(encodedPart(rows, VOCABULARY));
      const picked = Int32Array.from(picks, (pick) => pick % rows.length);
      const before = [...picked];
      expectPacked(packBatch(picked), rows);
      expectPacked(packBatch(picked), rows);
      expect([...picked]).toEqual(before);
    }), { numRuns: 500 });
  });
});

describe('planEpoch', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => Array.from({ length: (i * 37) % 101 }, () => 2 + (i % 9)));
  const part = encodedPart(rows, VOCABULARY);
  const order = { batchSize: 16, bucketBatches: 20, seed: 1, epoch: 0 };
  const paddedShare = (bucketBatches: number): number => {
    const batches = trainingBatches(part, { ...order, bucketBatches });
    const cells = batches.reduce((sum, { rows: { length }, batchSizes }) => sum + length * batchSizes.length, 0);
    return 1 - part.tokenIds.length / cells;
  };

  it('gives every review exactly once, in full batches but one', () => {
    fc.assert(fc.property(anyRows, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 }), fc.nat(99), (some, batchSize, bucketBatches, epoch) => {
      const batches = trainingBatches(encodedPart(some, VOCABULARY), { batchSize, bucketBatches, seed: 3, epoch });
      expect(rowsOf(batches).toSorted((a, b) => a - b)).toEqual([...some.keys()]);
      expect(batches).toHaveLength(Math.ceil(some.length / batchSize));
      expect(batches.filter((batch) => batch.rows.length < batchSize).length).toBeLessThanOrEqual(1);
      for (const batch of batches) expectPacked(batch, some);
    }), { numRuns: 200 });
  });

  it('orders an epoch by its seed and number alone', () => {
    const first = rowsOf(trainingBatches(part, order));
    expect(rowsOf(trainingBatches(part, order))).toEqual(first);
    expect(rowsOf(trainingBatches(part, { ...order, epoch: 1 }))).not.toEqual(first);
    expect(rowsOf(trainingBatches(part, { ...order, seed: 2 }))).not.toEqual(first);
  });

  it('pins the order, so that a resumed run of a later version goes on as it began', () => {
    const small = encodedPart([[1], [1, 1], [1, 1, 1], [], [1, 1], [1]], VOCABULARY);
    const plan = planEpoch(small, { batchSize: 2, bucketBatches: 2, seed: 1, epoch: 0 });
    expect(plan.map((batch) => [...batch])).toEqual([[5, 3], [2, 0], [1, 4]]);
  });

  it('puts reviews of like length together, and not when bucketing is off', () => {
    expect(paddedShare(20)).toBeLessThan(0.1);
    expect(paddedShare(1)).toBeGreaterThan(0.4);
  });

  it('does not go from long batches to short ones', () => {
    const lengths = trainingBatches(part, { ...order, bucketBatches: 1000 }).map(({ batchSizes }) => batchSizes.length);
    const falls = lengths.filter((length, i) => i > 0 && length < lengths[i - 1]!).length;
    expect(falls / lengths.length).toBeGreaterThan(0.3);
    expect(falls / lengths.length).toBeLessThan(0.7);
  });
});

describe('evaluationBatches', () => {
  it('gives every review exactly once, the longest first', () => {
    fc.assert(fc.property(anyRows, fc.integer({ min: 1, max: 9 }), (rows, batchSize) => {
      const batches = [...evaluationBatches(encodedPart(rows, VOCABULARY), batchSize)];
      expect(rowsOf(batches).toSorted((a, b) => a - b)).toEqual([...rows.keys()]);
      const lengths = batches.flatMap((batch) => [...batch.lengths]);
      expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
      for (const batch of batches) expectPacked(batch, rows);
    }), { numRuns: 200 });
  });
});
