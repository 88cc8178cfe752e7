import { beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBatches, writeBatches, cutRows, encodeReviews, sampleEpoch, sampleEvaluation } from '../../src/bench/workload.ts';
import type { EncodedPart } from '../../src/text/encode.ts';
import { createSampleSource } from '../../src/data/sample.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';

let part: EncodedPart;
beforeAll(async () => {
  part = encodeReviews(await tokenizeCorpus(await createSampleSource().load()), { vocabularySize: 500, maxLength: 40 }).train;
});

describe('the sample of an epoch', () => {
  it('is whole batches, the same each time, as long on average as all', () => {
    const sample = sampleEpoch(part, 8, 12);
    expect(sample.rows).toHaveLength(12 * 8);
    expect(sample.sampled).toBe(12);
    expect(sample.batches).toBe(part.labels.length / 8);
    expect(sampleEpoch(part, 8, 12)).toEqual(sample);
    const mean = sample.rows.reduce((sum, row) => sum + row.length, 0) / sample.rows.length;
    const all = part.tokenIds.length / part.labels.length;
    expect(Math.abs(mean / all - 1)).toBeLessThan(0.05);
  });

  it('takes every row that fills a batch once when all are wanted', () => {
    const { rows, sampled } = sampleEvaluation(part, 64, Number.POSITIVE_INFINITY);
    expect(sampled).toBe(Math.floor(part.labels.length / 64));
    expect(rows).toHaveLength(sampled * 64);
    expect(new Set(rows.map((row) => row.byteOffset)).size).toBe(rows.length);
  });
});

it('rows can be cut to any length, longer than all text too', () => {
  const { rows, labels } = cutRows({ tokenIds: Int32Array.of(4, 5, 6) }, 5, 7);
  expect(labels).toHaveLength(5);
  for (const row of rows) expect([...row].join('').length).toBe(7);
  expect(rows.every((row) => '456456456'.includes([...row].join('')))).toBe(true);
});

it('batches are read as they were written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatelab-batches-'));
  const written = sampleEpoch(part, 4, 3);
  writeBatches(folder, written);
  const read = readBatches(folder, 500);
  rmSync(folder, { recursive: true });
  expect(written.rows.map((_, row) => read.tokenIds.slice(read.offsets[row], read.offsets[row + 1]))).toEqual(written.rows.map((row) => row.slice()));
  expect(Int32Array.from(read.labels)).toEqual(written.labels);
});
