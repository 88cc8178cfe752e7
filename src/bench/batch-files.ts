import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EncodedPart } from '../data/encode.ts';
import { computeOffsets } from '../data/tokenized-corpus.ts';

/** Reviews in the order in which they are measured. */
export interface BenchRows {
  readonly rows: readonly Int32Array[];
  readonly labels: Int32Array;
}

type FileName = 'lengths' | 'tokens' | 'labels';

const pathOf = (folder: string, name: FileName): string => join(folder, `${name}.i32`);

/** Writes reviews as raw int32 (of this machine's byte order): all contestants read the same files. */
export function writeBatches(folder: string, { rows, labels }: BenchRows): void {
  mkdirSync(folder, { recursive: true });
  const tokens = new Int32Array(rows.reduce((sum, row) => sum + row.length, 0));
  const offsets = computeOffsets(rows.map((row) => row.length));
  rows.forEach((row, k) => { tokens.set(row, offsets[k]); });
  const files = { lengths: Int32Array.from(rows, (row) => row.length), tokens, labels };
  for (const [name, values] of Object.entries(files)) writeFileSync(pathOf(folder, name as FileName), values);
}

export function readBatches(folder: string, vocabularySize: number): EncodedPart {
  const lengths = readInts(pathOf(folder, 'lengths'));
  return {
    tokenIds: readInts(pathOf(folder, 'tokens')),
    offsets: computeOffsets(lengths),
    labels: Uint8Array.from(readInts(pathOf(folder, 'labels'))),
    ids: Array.from(lengths, (_, row) => String(row)),
    vocabularySize, unknownTokens: 0, truncatedReviews: 0,
  };
}

function readInts(path: string): Int32Array {
  const bytes = new Uint8Array(readFileSync(path)); // a copy, so that it is aligned
  return new Int32Array(bytes.buffer, 0, bytes.length / Int32Array.BYTES_PER_ELEMENT);
}
