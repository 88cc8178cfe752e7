import { inject, describe, expect, it, vi } from 'vitest';
import { ownCompetitor } from '../../src/bench/competitors.ts';
import { renderMarkdown, renderScreen } from '../../src/bench/render.ts';
import { runBench } from '../../src/bench/run.ts';
import { articlesModel } from '../../src/bench/settings.ts';
import type { BenchSettings } from '../../src/bench/settings.ts';
import { createSampleSource } from '../../src/data/sample.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { UserError } from '../../src/errors.ts';

const model = { ...articlesModel('gru', true), embeddingSize: 4, hiddenSize: 3, vocabularySize: 100 };
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
    { name: 'BiGRU', model, epoch: true },
    { name: 'RNN', model: { ...model, cell: 'rnn' }, epoch: false },
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
      'RNN: a padded step',
      'RNN: the recurrent kernels',
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
      expect(recurrent.partOfStep.middle).toBeGreaterThan(0);
      expect(recurrent.partOfStep.middle).toBeLessThan(1);
      expect(recurrent.share.middle).toBeGreaterThan(0);
    }
    expect(result.models.map(({ epoch, evaluation }) => [epoch.length, evaluation.length])).toEqual([[1, 1], [0, 0]]);
    expect(result.settings.epochBatches.measured).toBe(3);
    expect(result.growth).toHaveLength(5);
    const tables = renderMarkdown(result).split('\n').filter((line) => line.startsWith('## '));
    expect(tables).toHaveLength(9);
    for (const title of tables) expect(renderScreen(result)).toContain(title.slice(3));
  });
});
