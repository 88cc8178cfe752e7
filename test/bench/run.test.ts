import { inject, describe, expect, it, vi } from 'vitest';
import { runLatency } from '../../src/bench/measure-latency.ts';
import { latencyPage } from '../../src/bench/latency-page.ts';
import { answerersOf, ownCompetitor } from '../../src/bench/peers.ts';
import { renderFigures, renderMarkdown, renderScreen } from '../../src/bench/render.ts';
import { runBench } from '../../src/bench/run.ts';
import { trainingPage } from '../../src/bench/training-page.ts';
import { benchModel } from '../../src/bench/settings.ts';
import type { BenchSettings } from '../../src/bench/settings.ts';
import { createSampleSource } from '../../src/data/sample.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { UserError } from '../../src/errors.ts';

const small = { embeddingSize: 4, vocabularySize: 100 } as const;
const model = {
  type: 'recurrent', cell: 'gru', bidirectional: true, pooling: 'last', layers: 2, hiddenSize: 3, dropoutRate: 0.5, ...small,
} as const;
const mingru = { ...benchModel('mingru').model, ...small, hiddenSize: 3 };
const transformer = { ...benchModel('transformer').model, ...small, heads: 2, feedForwardSize: 6, maxPositions: 10 };
const tiny: BenchSettings = {
  threads: 1,
  rounds: 2,
  epochBatches: 3,
  evaluationBatches: 2,
  batchSize: 4,
  evaluationBatchSize: 8,
  maxLength: 10,
  warmUp: 1,
  matMulSize: 16,
  models: [
    { name: 'BiGRU', model, epoch: true, words: 'of two directions' },
    { name: 'BiRNN + attention', model: { ...model, cell: 'rnn', pooling: 'attention' }, epoch: false, words: 'weighted' },
    { name: 'minGRU', model: mingru, epoch: false, words: 'a scan' },
    { name: 'Transformer', model: transformer, epoch: true, words: 'of two layers' },
  ],
  growth: { model, turns: 1, values: { length: [5, 12], batch: [2], hidden: [2], vocabulary: [50] } },
};

it('a bench that finds no place for temporary files says which variable names one', async () => {
  vi.stubEnv('TMPDIR', '/nonexistent/folder');
  const corpus = await tokenizeCorpus(await createSampleSource().load());
  await expect(
    runBench({
      settings: tiny,
      competitors: [],
      corpus,
      location: 'sample',
      command: 'npm run bench',
      leftOut: [],
      onStage: () => undefined,
    }),
  ).rejects.toThrow(
    new UserError(
      'no temporary folder can be made in /nonexistent/folder, where TMPDIR may name another place: a part of the path does '
        + 'not exist (ENOENT)',
    ),
  );
});

describe.skipIf(!inject('hasNativeEngine'))('a bench without peers', () => {
  it('measures everything of gatelab on tiny sizes', async () => {
    const stages: string[] = [];
    const result = await runBench({
      settings: tiny, competitors: [ownCompetitor(1)], corpus: await tokenizeCorpus(await createSampleSource().load()),
      location: 'sample', command: 'npm run bench', leftOut: [], onStage: (stage) => stages.push(stage),
    });
    expect(stages).toEqual([
      'BiGRU: a padded step',
      'BiGRU: an epoch',
      'BiGRU: evaluation',
      'BiGRU: the recurrent kernels',
      'BiRNN + attention: a padded step',
      'BiRNN + attention: the recurrent kernels',
      'minGRU: a padded step',
      'Transformer: a padded step',
      'Transformer: an epoch',
      'Transformer: evaluation',
      'growth: length 5',
      'growth: length 12',
      'growth: batch 2',
      'growth: hidden 2',
      'growth: vocabulary 50',
    ]);
    for (const { step, recurrent } of result.models) {
      expect(step).toEqual([
        {
          id: 'gatelab',
          ratio: null,
          seconds: expect.objectContaining({ middle: expect.toSatisfy((s: number) => s > 0) as number }) as object,
        },
      ]);
      if (recurrent === null) continue;
      expect(recurrent.partOfStep.middle).toBeGreaterThan(0);
      expect(recurrent.partOfStep.middle).toBeLessThan(1);
      expect(recurrent.share.middle).toBeGreaterThan(0);
    }
    expect(result.models.map(({ recurrent }) => recurrent !== null)).toEqual([true, true, false, false]);
    expect(result.models.map(({ epoch, evaluation }) => [epoch.length, evaluation.length])).toEqual([[1, 1], [0, 0], [0, 0], [1, 1]]);
    expect(result.settings.epochBatches.measured).toBe(3);
    expect(result.growth).toHaveLength(5);
    const page = trainingPage(result), tables = renderMarkdown(page).split('\n').filter((line) => line.startsWith('### '));
    expect(tables).toHaveLength(9);
    for (const title of tables) expect(renderScreen(page)).toContain(title.slice(4));
    expect(renderFigures(page).trim().split('\n')).toHaveLength(1 + 4 + 2 + 2 + 5);
  });

  it('measures answers of gatelab and of its export in onnxruntime, in 32 bits and 8', async () => {
    const source = await createSampleSource().load(), stages: string[] = [];
    const batches = [{ batchSize: 1, turns: 3, warmUp: 1 }, { batchSize: 4, turns: 2, warmUp: 1 }];
    const result = await runLatency({
      settings: {
        threads: [2], batches, maxLength: 20, vocabularySize: 100, models: [{ name: 'BiGRU', model, epoch: false, words: 'of two' }],
      },
      corpus: await tokenizeCorpus(source), texts: source.test.map(({ text }) => text),
      peersOf: (options) => answerersOf('onnxruntime', { ...options, python: '' }),
      location: 'sample', command: 'npm run bench', leftOut: [], onStage: (stage) => stages.push(stage),
    });
    expect(stages).toEqual([
      'BiGRU: exporting', 'BiGRU: one text, 2 threads', 'BiGRU: 4 texts, 2 threads',
    ]);
    expect(result.answers.map(({ threads, batchSize, compared }) => [threads, batchSize, compared.map(({ id }) => id)])).toEqual(
      [1, 4].map((size) => [2, size, ['gatelab', 'onnxruntime', 'onnxruntime-int8']]));
    for (const { compared } of result.answers) {
      for (const { id, seconds, ratio } of compared) {
        expect(seconds.low).toBeGreaterThan(0);
        expect(ratio === null).toBe(id === 'gatelab');
      }
    }
    expect(Object.keys(result.versions)).toEqual(expect.arrayContaining(['Node', 'TensorFlow', 'onnxruntime-node']));
    const page = latencyPage(result);
    expect(page.tables.map(({ title, rows }) => [title, rows.length])).toEqual(
      [['One review at a time, 2 threads', 1], ['Reviews a second in batches, 2 threads', 1]]);
    expect(renderFigures(page).trim().split('\n')).toHaveLength(1 + 6);
  });
});
