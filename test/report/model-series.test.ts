import { describe, expect, it } from 'vitest';

import { experimentSchema } from '../../src/experiment-schema.ts';
import type { Experiment } from '../../src/experiment/load.ts';
import { createSummary } from '../../src/experiment/records.ts';
import type { EpochRecord } from '../../src/experiment/records.ts';
import { checkSameReviews } from '../../src/report/choose-runs.ts';
import { createModelSeries } from '../../src/report/model-series.ts';
import { environment, facts, makeEpoch, makeEpochs } from '../experiment/examples.ts';
import { userErrorOf } from '../experiment/temporary-folder.ts';

const makeRun = (path: string, config: object, epochs: EpochRecord[] = makeEpochs(3), dataset: object = {}): Experiment => ({
  name: path, path, config: experimentSchema.parse(config), epochs, summary: createSummary(facts, epochs),
  environment: { ...environment, dataset: { ...environment.dataset, ...dataset } },
});
const withTest = (...accuracies: number[]) =>
  accuracies.map((testAccuracy, i) => makeEpoch(i + 1, { testAccuracy, epochSeconds: 10 * (i + 1) }));

describe('runs become one line a model', () => {
  it('grouped by config apart from the seed, in the articles\' order', () => {
    const runs = [
      makeRun('a', { model: { cell: 'gru', bidirectional: true } }),
      makeRun('b', { model: { cell: 'gru' }, seed: 1 }),
      makeRun('c', { model: { cell: 'lstm' } }),
      makeRun('d', { model: { cell: 'gru' }, seed: 2 }),
      makeRun('e', { model: { cell: 'rnn' } }),
      makeRun('f', { model: { cell: 'gru-printed' } }),
    ];
    expect(createModelSeries(runs).map(({ label, runs: own }) => [label, own.map(({ path }) => path).join()])).toEqual([
      ['LSTM', 'c'], ['GRU', 'b,d'], ['RNN', 'e'], ['BiGRU', 'a'], ['printed GRU', 'f'],
    ]);
  });

  it('with mean, lowest and highest over seeds, and the mean of training time so far', () => {
    const [series] = createModelSeries([makeRun('a', { seed: 1 }, withTest(0.5, 0.8)), makeRun('b', { seed: 2 }, withTest(0.7, 0.9))]);
    expect(series?.points.map(({ epoch, seconds }) => [epoch, seconds])).toEqual([[1, 10], [2, 30]]);
    expect(series?.points[0]?.values.accuracy).toEqual({ mean: 0.6, low: 0.5, high: 0.7 });
    expect(series?.points[1]?.values.accuracy.mean).toBeCloseTo(0.85, 12);
  });

  it('with the convergence epoch of the mean curve', () => {
    const [series] = createModelSeries([
      makeRun('a', { seed: 1 }, withTest(0.9, 0.8, 0.8)),
      makeRun('b', { seed: 2 }, withTest(0.5, 0.8, 0.801)),
    ]);
    expect(series?.convergenceEpoch).toBe(2);
  });

  it('up to the epoch that all of a model\'s runs have', () => {
    const [series] = createModelSeries([makeRun('a', { seed: 1 }, makeEpochs(5)), makeRun('b', { seed: 2 }, makeEpochs(2))]);
    expect(series?.points).toHaveLength(2);
  });

  it('without a mean where a run\'s loss is not a number', () => {
    const [series] = createModelSeries([makeRun('a', { seed: 1 }), makeRun('b', { seed: 2 }, makeEpochs(3, { testLoss: Number.NaN }))]);
    expect(series?.points.map(({ values }) => values.loss.mean)).toEqual([NaN, NaN, NaN]);
  });

  it('labelled by what sets namesakes apart', () => {
    const runs = [{}, { hiddenSize: 64 }, { hiddenSize: 64, dropoutRate: 0 }].map((model, k) =>
      makeRun(String(k), { model: { cell: 'gru', ...model } }),
    );
    expect(createModelSeries([...runs, makeRun('r', { model: { cell: 'rnn', hiddenSize: 32 } })]).map(({ label }) => label)).toEqual([
      'GRU', 'GRU, hiddenSize 64', 'GRU, hiddenSize 64, dropoutRate 0', 'RNN, hiddenSize 32',
    ]);
  });

  it.each<[string, object[], string[]]>([
    [
      "names what departs from the articles' settings where another model does " + 'not',
      [{ model: { cell: 'lstm' } }, { model: { cell: 'gru', headDropoutRate: 0.5 } }],
      ['LSTM', 'GRU, headDropoutRate 0.5'],
    ],
    [
      'but not where all of them do',
      [
        { model: { cell: 'lstm' }, training: { epochs: 2 } },
        { model: { cell: 'gru' }, training: { epochs: 2 } },
      ],
      ['LSTM', 'GRU'],
    ],
    ['and knows no difference by where the reviews lie', [{ seed: 1 }, { seed: 2, data: { source: 'sample' } }], ['LSTM']],
    [
      'and knows no difference by what only says how a run is kept',
      [{ seed: 1 }, { seed: 2, training: { checkpointSeconds: 600 } }],
      ['LSTM'],
    ],
  ])('%s', (_, configs, labels) => {
    expect(createModelSeries(configs.map((config, k) => makeRun(String(k), config))).map(({ label }) => label)).toEqual(labels);
  });

  it('with the articles\' settings first', () => {
    const runs = [{ cell: 'lstm', embeddingDropoutRate: 0.5 }, { cell: 'lstm' }, { cell: 'gru' }].map((model, k) =>
      makeRun(String(k), { model }),
    );
    expect(createModelSeries(runs).map(({ label }) => label)).toEqual(['LSTM', 'GRU', 'LSTM, embeddingDropoutRate 0.5']);
  });

  it('and no run counts twice', () => {
    const action = () => createModelSeries([makeRun('tmp/a', { seed: 3 }), makeRun('tmp/b', { seed: 3 })]);
    expect(userErrorOf(action, 'tmp')).toBe('tmp/a and tmp/b have the same config and seed; name one of them');
  });
});

describe('runs that cannot stand side by side are refused', () => {
  it.each<[object, string]>([
    [{ synthetic: true, kind: 'sample' }, 'odd was trained on synthetic data and real on real data; keep them apart'],
    [{ fingerprint: 'other' }, 'real and odd were trained on different data sets; keep them apart'],
    [{ counts: { train: 90, validation: 10, test: 100 } }, 'real was tested on 25000 reviews and odd on 100; keep them apart'],
  ])('%j', (dataset, line) => {
    const [real, odd] = [makeRun('real', {}), makeRun('odd', { seed: 2 }, makeEpochs(3), dataset)];
    expect(userErrorOf(() => { checkSameReviews([real, odd]); }, 'tmp')).toBe(line);
  });

  it('while like ones pass', () => {
    expect(() => { checkSameReviews([makeRun('a', {}), makeRun('b', { seed: 2 })]); }).not.toThrow();
  });
});
