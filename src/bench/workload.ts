import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';
import type { Vocabulary } from '../text/vocabulary.ts';
import type { EncodedPart } from '../text/encode.ts';
import type { TokenizedCorpus } from '../data/tokenized-corpus.ts';
import { experimentSchema } from '../experiment-schema.ts';
import { planEpoch } from '../data/batches.ts';
import { createDataset } from '../data/dataset.ts';
import type { Dataset } from '../data/dataset.ts';
import { createRandomStream, shuffled } from '../random.ts';
import { computeOffsets, encodeTexts } from '../text/encode.ts';

/** Reviews in the order in which they are measured. */
export interface BenchRows {
  readonly rows: readonly Int32Array[];
  readonly labels: Int32Array;
}

type FileName = 'lengths' | 'tokens' | 'labels';
const TEXTS = 'texts.json';

const pathOf = (folder: string, name: FileName): string => join(folder, `${name}.i32`);

/** Writes reviews as raw int32 (of this machine's byte order): all competitors read the same files. */
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

/** Writes texts for the competitors that take them, and their token ids for the others. @param maxLength tokens at most */
export function writeTexts(folder: string, texts: readonly string[], vocabulary: Vocabulary, maxLength: number): EncodedPart {
  const { data } = experimentSchema.parse({ data: { maxLength } }), part = encodeTexts(texts, vocabulary, data);
  const rows = texts.map((_, row) => part.tokenIds.subarray(part.offsets[row], part.offsets[row + 1]));
  writeBatches(folder, { rows, labels: Int32Array.from(part.labels) });
  writeFileSync(join(folder, TEXTS), JSON.stringify(texts));
  return part;
}

/** The texts of each batch, as `writeTexts` has written them. */
export function readTexts(folder: string, batchSize: number): (batch: number) => string[] {
  const texts = z.array(z.string()).parse(JSON.parse(readFileSync(join(folder, TEXTS), 'utf8')));
  return (batch) => texts.slice(batch * batchSize, (batch + 1) * batchSize);
}

/** Texts drawn at random, which may come twice. */
export function drawTexts(texts: readonly string[], count: number): string[] {
  const random = createRandomStream({ seed: SEED, purpose: 'sample', index: count, subindex: 2 });
  return Array.from({ length: count }, () => texts[random.below(texts.length)] ?? '');
}

/** Seed of everything drawn here: the epoch's order, the sample of its batches, the places of padded rows. */
const SEED = 1;

/** Whole batches out of many, and how many there are in all. */
export interface Sample extends BenchRows {
  readonly batchSize: number;
  readonly sampled: number;
  /** May end in a part of a batch: 25,000 reviews are 390.625 batches of 64. */
  readonly batches: number;
}

export interface ReviewOptions {
  readonly vocabularySize: number;
  readonly maxLength: number;
}

/** All training and test reviews: nothing is held out, so that an epoch is the articles' 25,000. */
export function encodeReviews(corpus: TokenizedCorpus, options: ReviewOptions): Dataset {
  const { data } = experimentSchema.parse({ data: { ...options, validationFraction: 0 } });
  return createDataset(corpus, data);
}

/** Batches of an epoch in gatelab's own order: bucketed by length. */
export function sampleEpoch(part: EncodedPart, batchSize: number, wanted: number): Sample {
  const { bucketBatches } = experimentSchema.parse({}).training;
  const plan = planEpoch(part, { batchSize, bucketBatches, seed: SEED, epoch: 1 });
  return sampleBatches(part, plan, batchSize, wanted);
}

/** Batches of an evaluation: all rows sorted by length. */
export function sampleEvaluation(part: EncodedPart, batchSize: number, wanted: number): Sample {
  const rows = Int32Array.from(part.labels.keys()).sort((a, b) => lengthOf(part, b) - lengthOf(part, a));
  const plan = Array.from({ length: Math.ceil(rows.length / batchSize) }, (_, k) => rows.subarray(k * batchSize, (k + 1) * batchSize));
  return sampleBatches(part, plan, batchSize, wanted);
}

/**
 * A systematic random sample: the whole batches in order of their tokens, every n-th of them from a random start, so that long
 * and short ones are there as in the epoch; then shuffled.
 */
function sampleBatches(part: EncodedPart, plan: readonly Int32Array[], batchSize: number, wanted: number): Sample {
  const tokens = (rows: Int32Array): number => rows.reduce((sum, row) => sum + lengthOf(part, row), 0);
  const whole = plan.filter((rows) => rows.length === batchSize).toSorted((a, b) => tokens(a) - tokens(b));
  const sampled = Math.min(wanted, whole.length);
  const start = createRandomStream({ seed: SEED, purpose: 'sample', index: sampled }).uniform();
  const picked = Array.from({ length: sampled }, (_, k) => whole[Math.floor(((k + start) * whole.length) / sampled)] ?? new Int32Array());
  const rows = shuffled(picked, { seed: SEED, purpose: 'sample', index: sampled, subindex: 1 }).flatMap((batch) => [...batch]);
  return {
    batchSize, sampled, batches: part.labels.length / batchSize,
    rows: rows.map((row) => part.tokenIds.subarray(part.offsets[row], part.offsets[row + 1])),
    labels: Int32Array.from(rows, (row) => part.labels[row] ?? 0),
  };
}

/** Rows of exactly `length` tokens, cut out of the reviews, one after the other, at random places: text of any length. */
export function cutRows({ tokenIds }: Pick<EncodedPart, 'tokenIds'>, count: number, length: number): BenchRows {
  const random = createRandomStream({ seed: SEED, purpose: 'sample', index: count, subindex: length });
  const rows = Array.from({ length: count }, () => {
    const start = random.below(tokenIds.length);
    return Int32Array.from({ length }, (_, k) => tokenIds[(start + k) % tokenIds.length] ?? 0);
  });
  return { rows, labels: Int32Array.from(rows, (_, k) => k % 2) };
}

export function meanLength({ tokenIds, labels }: EncodedPart): number {
  return tokenIds.length / Math.max(1, labels.length);
}

function lengthOf({ offsets }: EncodedPart, row: number): number {
  return (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);
}
