import { fileURLToPath } from 'node:url';
import { expect, it, beforeAll, describe } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { buildModels, countParametersOf, startCompetitor } from '../../src/bench/competitors.ts';
import type { Competitor, Launch } from '../../src/bench/competitors.ts';
import { doneSchema, timedSchema } from '../../src/bench/protocol.ts';
import type { RecurrentModel, Request } from '../../src/bench/protocol.ts';
import { UserError } from '../../src/errors.ts';
import { matMulFlops, recurrentFlops } from '../../src/bench/measure-model.ts';
import { benchModel } from '../../src/bench/settings.ts';
import { readBatches, writeBatches, cutRows, encodeReviews, sampleEpoch, sampleEvaluation } from '../../src/bench/workload.ts';
import type { EncodedPart } from '../../src/text/encode.ts';
import { createSampleSource } from '../../src/data/sample.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';

const launch: Launch = { command: process.execPath, args: [fileURLToPath(new URL('fake-competitor.mjs', import.meta.url))] };
const fake = (own: Launch): Competitor => ({
  id: 'pytorch', title: 'Fake', words: 'a fake', tuned: false, everywhere: true, has: () => true, oneBias: [], launch: own,
});
const train = (batch: number): Request => ({ do: 'train', batch, pad: 'longest' });

it('asks a process line by line and ends it', async () => {
  const competitor = await startCompetitor(fake(launch));
  expect(competitor.versions).toEqual({ fake: '1.0' });
  expect(await competitor.ask({ do: 'load', folder: '/nowhere', batchSize: 2 }, doneSchema)).toEqual({});
  expect(await competitor.ask(train(3), timedSchema)).toEqual({ seconds: 0.25, result: 3 });
  expect(await competitor.ask(train(4), timedSchema)).toEqual({ seconds: 0.25, result: 4 });
  if (process.platform === 'linux')
    expect(competitor.peakBytes()).toBeGreaterThanOrEqual(competitor.baselineBytes ?? Number.POSITIVE_INFINITY);
  await competitor.stop();
});

it.each([
  [7, 'Fake: no seventh batch'],
  [8, 'Fake ended with status 3: out of memory'],
  [9, 'Fake answered no JSON: Downloading …'],
])('says what went wrong at batch %i', async (batch, message) => {
  const competitor = await startCompetitor(fake(launch));
  await expect(competitor.ask(train(batch), timedSchema)).rejects.toThrow(new UserError(message));
  await competitor.stop();
});

it('says that a program is missing', async () => {
  await expect(startCompetitor(fake({ command: '/no/such/program', args: [] }))).rejects.toThrow(/^Fake cannot be started: .*ENOENT/);
});

const tiny: RecurrentModel = {
  type: 'recurrent', cell: 'lstm', bidirectional: true, pooling: 'last', layers: 2, embeddingSize: 3, hiddenSize: 2, dropoutRate: 0,
  vocabularySize: 10,
};

describe('a model that a competitor has built', () => {
  it('is taken where it has as many parameters as gatelab\'s', async () => {
    const competitor = await startCompetitor(fake(launch));
    await expect(buildModels([competitor], tiny)).resolves.toBeUndefined();
    await competitor.stop();
  });

  it('is refused where it has another number of them', async () => {
    const competitor = await startCompetitor(fake(launch));
    await expect(buildModels([competitor], { ...tiny, vocabularySize: 20 })).rejects.toThrow(new UserError(
      'Fake has built another model: expected 310 parameters, found 280; make its script in scripts/peers build what its request says'));
    await competitor.stop();
  });

  it.each([
    ['lstm', ['lstm'], 280 - 2 * 2 * 8], ['lstm', ['gru'], 280], ['gru', ['gru'], 220 - 2 * 2 * 6], ['gru', [], 220],
  ] as const)('has one bias a gate less for a %s where %j have one', (cell, oneBias, parameters) => {
    expect(countParametersOf({ ...tiny, cell }, { oneBias })).toBe(parameters);
  });
});

it('counts the products in the recurrent kernels of the articles’ models', () => {
  const tokens = 64 * 300;
  const flopsOf = (name: 'lstm' | 'bilstm' | 'gru' | 'rnn' | 'gru-attention'): ReturnType<typeof recurrentFlops> =>
    recurrentFlops(benchModel(name).model as RecurrentModel, tokens);
  expect(flopsOf('lstm')).toEqual({
    forward: 3 * 2 * tokens * 512 * 128,
    backward: 6 * 2 * tokens * 512 * 128,
  });
  const forward = (name: Parameters<typeof flopsOf>[0]): number => flopsOf(name).forward;
  expect(forward('bilstm')).toBe(2 * 4 * 2 * tokens * 512 * 128); // the second layer reads both directions of the first
  expect(forward('gru')).toBe(0.75 * forward('lstm'));
  expect(forward('gru-attention')).toBe(forward('gru')); // the attention is no part of the kernels
  expect(forward('rnn')).toBe(0.25 * forward('lstm'));
  expect(matMulFlops(2048)).toBe(17_179_869_184);
});

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
  expect(written.rows.map((_, row) => read.tokenIds.slice(read.offsets[row], read.offsets[row + 1]))).toEqual(
    written.rows.map((row) => row.slice()),
  );
  expect(Int32Array.from(read.labels)).toEqual(written.labels);
});
