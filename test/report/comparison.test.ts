import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { loadExperiment } from '../../src/experiment/load.ts';
import { createExperimentWriter } from '../../src/experiment/writer.ts';
import { createComparisons } from '../../src/report/comparison.ts';
import type { Comparison, Comparisons } from '../../src/report/comparison.ts';
import { renderComparisonCsv, renderComparisonText } from '../../src/report/comparison-formats.ts';
import { sixModels, writeMadeRun } from '../experiment/made-runs.ts';
import type { MadeRun } from '../experiment/made-runs.ts';
import { makeTemporaryFolder, userErrorOf } from '../experiment/temporary-folder.ts';

const root = makeTemporaryFolder();
let made = 0;
const write = (run: MadeRun): string => writeMadeRun(join(root, `run-${made++}`), run);
const compare = (...runs: MadeRun[]): Comparison => createComparisons(runs.map((run) => loadExperiment(write(run))))[0];
/** One epoch, so that its accuracy is the run's. */
const ofAccuracy = (model: NonNullable<MadeRun['model']>, seed: number, testAccuracy: number, more: MadeRun = {}): MadeRun =>
  ({ model, seed, epochs: 1, given: () => ({ testAccuracy }), ...more });
const [lstm, gru] = [{ cell: 'lstm' }, { cell: 'gru' }];

/** Predictions that are right of the reviews with a `1`. */
function writePredictions(path: string, right: string, ids = Array.from(right, (_, row) => `test/pos/${row}_9`)): void {
  const probabilities = Float64Array.from(right, (mark) => (mark === '1' ? 0.9 : 0.1));
  createExperimentWriter({ name: '', path }, { synthetic: false }).writePredictions({
    reviewIds: ids,
    labels: Uint8Array.from(right, () => 1),
    classes: 2,
    probabilities,
  });
}

describe('a comparison has a row for each model', () => {
  it('in the articles\' order, then what they have no figures of', () => {
    const { rows } = compare(...sixModels, { model: { cell: 'gru', hiddenSize: 64 } });
    expect(rows.map(({ label }) => label)).toEqual(['LSTM', 'BiLSTM', 'GRU', 'RNN', 'BiRNN', 'BiGRU', 'GRU, hiddenSize 64']);
  });

  it('with mean and standard deviation over its seeds, beside the articles\' figure', () => {
    const { rows: [row] } = compare(ofAccuracy(gru, 2, 0.87), ofAccuracy(gru, 1, 0.86), ofAccuracy(gru, 3, 0.91));
    expect(row).toMatchObject({
      label: 'GRU',
      seeds: [1, 2, 3],
      parameters: { measured: { mean: 5_465_858, deviation: 0, runs: 3 }, articles: 1.6e6 },
    });
    const { measured, articles, ratio } = row!.testAccuracyAtBestValidation;
    expect(measured?.mean).toBeCloseTo(0.88, 12);
    expect(measured?.deviation).toBeCloseTo(Math.sqrt((0.02 ** 2 + 0.01 ** 2 + 0.03 ** 2) / 2), 12);
    expect(articles).toBe(0.868);
    expect(ratio).toBeCloseTo(0.88 / 0.868, 12);
    expect(row?.parametersWithoutEmbedding.measured?.mean).toBe(345_858);
    expect(row?.peakAboveBaselineBytes.measured?.mean).toBe(900_000_000);
  });

  it('of one run without a deviation', () => {
    expect(compare(ofAccuracy(gru, 7, 0.87)).rows[0]?.bestTestAccuracy.measured).toEqual({ mean: 0.87, deviation: null, runs: 1 });
  });

  it.each([
    [{ synthetic: true }, "SYNTHETIC reviews, made by gatelab: no figure says anything about IMDB, and the articles' are left out"],
    [{ dataset: { kind: 'csv' as const } }, "the reviews are not IMDB's, so the articles' figures are left out"],
  ])('without the articles\' figures where the reviews are not IMDB\'s: %j', (run, note) => {
    const { rows, notes } = compare(run);
    expect(rows[0]?.bestTestAccuracy).toMatchObject({ articles: null, ratio: null });
    expect(notes).toContain(note);
  });

  const part = { counts: { train: 180, validation: 20, test: 200 } };
  it.each<[string, MadeRun[], string]>([
    [
      'part of the reviews',
      [
        { model: gru, data: { limit: 200 }, dataset: part },
        { model: lstm, data: { limit: 200 }, dataset: part },
      ],
      "only 200 training and 200 test reviews of IMDB's 25,000 each, so the articles' figures are left out",
    ],
    [
      'other lengths of review',
      [
        { model: gru, data: { maxLength: 50 } },
        { model: lstm, data: { maxLength: 50 } },
      ],
      'no figures of the articles beside all neural models: theirs are of another size, length of review or number of epochs',
    ],
    [
      'a shorter training',
      [{ model: gru, training: { epochs: 2 } }],
      'no figures of the articles beside GRU: theirs are of another size, length of review or number of epochs',
    ],
    [
      'another size',
      [{ model: { ...gru, hiddenSize: 64 } }],
      'no figures of the articles beside GRU: theirs are of another size, length of review or number of epochs',
    ],
  ])('without them beside runs with %s', (_, made, note) => {
    const { rows, notes } = compare(...made);
    for (const row of rows) {
      for (const figure of [row.parameters, row.epochSeconds, row.bestTestAccuracy, row.testAccuracyAtBestValidation, row.convergenceEpoch])
        expect(figure).toMatchObject({ articles: null, ratio: null });
    }
    expect(notes).toContain(note);
  });

  it('and with them beside runs that only drop out more', () => {
    expect(compare({ model: { ...gru, headDropoutRate: 0.5 } }).rows[0]?.bestTestAccuracy.articles).toBe(0.868);
  });

  it('and the baselines always at the end, whatever the settings of the others', () => {
    const { rows } = compare(
      { model: { type: 'bag-of-words' } },
      { model: { ...gru, hiddenSize: 64 } },
      { model: { type: 'nb-svm' } },
      { model: lstm },
      { model: gru, data: { limit: 30_000 } },
    );
    expect(rows.map(({ label }) => label)).toEqual(['LSTM', 'GRU, hiddenSize 64', 'GRU, limit 30000', 'Bag of words', 'NB-SVM']);
  });

  it('and synthetic data never shares a table with IMDB, whatever came of the runs', () => {
    const [real, fake] = [write({}), write({ synthetic: true, epochs: 0, ending: { status: 'failed' } })];
    expect(userErrorOf(() => createComparisons([real, fake].map(loadExperiment)), root))
      .toMatch(/^tmp\/run-\d+ was trained on synthetic data and tmp\/run-\d+ on real data; keep them apart$/);
  });

  it('and no run counts twice', () => {
    const twice = [write({}), write({})].map(loadExperiment);
    expect(userErrorOf(() => createComparisons(twice), root)).toMatch(
      /^tmp\/run-\d+ and tmp\/run-\d+ have the same config and seed; name one of them$/,
    );
  });
});

describe('settings that several models share and the articles do not have', () => {
  const dropout = { headDropoutRate: 0.5 };
  const compareAll = (...runs: MadeRun[]): Comparisons => createComparisons(runs.map((run) => loadExperiment(write(run))));

  it('make a table of their own, each model beside itself in the main one', () => {
    const [main, other, ...none] = compareAll(
      ofAccuracy(lstm, 1, 0.87),
      ofAccuracy(lstm, 2, 0.88),
      ofAccuracy(gru, 1, 0.86),
      ofAccuracy({ type: 'nb-svm' }, 1, 0.91),
      ofAccuracy({ ...gru, hiddenSize: 64 }, 1, 0.85),
      ofAccuracy({ ...gru, ...dropout }, 1, 0.89),
      ofAccuracy({ ...lstm, ...dropout }, 1, 0.9),
      ofAccuracy({ ...lstm, ...dropout }, 2, 0.92),
      ofAccuracy({ cell: 'rnn', ...dropout }, 1, 0.8),
    );
    expect(none).toEqual([]);
    expect(main).toMatchObject({
      settings: null,
      rows: [{ label: 'LSTM' }, { label: 'GRU' }, { label: 'GRU, hiddenSize 64' }, { label: 'NB-SVM' }],
    });
    expect(other).toMatchObject({
      settings: 'headDropoutRate 0.5',
      rows: [{ label: 'LSTM', seeds: [1, 2] }, { label: 'GRU' }, { label: 'RNN' }],
    });
    expect(other?.differences.slice(3).map(({ first, second, difference: { runs } }) => [first, second, runs])).toEqual([
      ['LSTM', 'LSTM, articles\' settings', 2], ['GRU', 'GRU, articles\' settings', 1],
    ]);
    expect(other?.differences[3]?.difference.mean).toBeCloseTo(0.035, 12);
    expect(other?.notes).toContain('not the articles\' settings, all neural models: model.headDropoutRate 0.5 (theirs 0)');
    expect(other?.notes.filter((note) => main.notes.includes(note))).toEqual([]);
  });

  it('say so where it was another machine', () => {
    const [main, other] = compareAll(
      { model: lstm },
      { model: gru },
      ...[lstm, gru].map((model) => ({ model: { ...model, ...dropout }, environment: { cpu: 'Another CPU' } })),
    );
    const note = 'times and memory were measured on different machines, engines or threads';
    expect([main, other].map((table) => table?.notes.includes(note))).toEqual([false, true]);
  });

  it.each<[string, MadeRun[]]>([
    [
      "none has the articles' settings",
      [{ model: { ...lstm, ...dropout } }, { model: { ...gru, ...dropout } }, { model: { type: 'nb-svm' } }],
    ],
    [
      'only one model has others',
      [{ model: lstm }, { model: gru }, { model: { ...gru, ...dropout } }, { model: { ...gru, ...dropout }, seed: 2 }],
    ],
    ['each model has others', [{ model: lstm }, { model: { ...gru, ...dropout } }, { model: { ...lstm, headDropoutRate: 0.25 } }]],
  ])('make none where %s', (_, runs) => {
    expect(compareAll(...runs)).toMatchObject([{ settings: null }]);
  });
});

describe('a run that did not complete', () => {
  const failed = { status: 'failed', failure: 'killed by SIGKILL, perhaps for memory' } as const;
  const diverged = { status: 'diverged', divergence: { epoch: 2, batch: 5, step: 11, loss: 'NaN', gradientNorm: 'NaN' } } as const;

  it('is in no mean, and a note says why', () => {
    const { rows, notes } = compare(
      ofAccuracy(gru, 1, 0.87),
      ofAccuracy(gru, 2, 0.5, { ending: failed }),
      ofAccuracy(gru, 3, 0.4, { ending: diverged }),
    );
    expect(rows[0]).toMatchObject({ seeds: [1], bestTestAccuracy: { measured: { mean: 0.87, runs: 1 } } });
    expect(rows[0]?.experiments).toHaveLength(3);
    expect(notes.filter((note) => note.includes('in no mean')).map((note) => note.replace(/\(.*\)/, '(…)'))).toEqual([
      'GRU, seed 2: failed after 1 epoch: killed by SIGKILL, perhaps for memory; in no mean (…)',
      'GRU, seed 3: diverged after 1 epoch: the loss was NaN in batch 5 of epoch 2; in no mean (…)',
    ]);
  });

  it.each(['failed', 'diverged', 'interrupted', 'running'] as const)('stands as %s where its figures would, never blank or 0', (status) => {
    const comparison = compare({ model: lstm }, { model: gru, epochs: 0, ending: { status } });
    expect(comparison.rows[1]).toMatchObject({ label: 'GRU', seeds: [], testAccuracyAtBestValidation: { measured: null, ratio: null } });
    const line = renderComparisonText([comparison], { wide: true, all: true, columns: 80 })
      .split('\n')
      .find((text) => text.startsWith('GRU '))!;
    expect(line).toMatch(new RegExp(`^GRU +\\(${status}: 1\\) +${status} +86.8 % +–? +${status} .*${status} +10`));
    expect(renderComparisonCsv([comparison])).toMatch(
      new RegExp(`^GRU,,\\(${status}: 1\\),0,${status},false,${status},,1600000,,${status},`, 'm'),
    );
    expect(comparison.differences).toEqual([]);
  });
});

describe('a difference between two models', () => {
  it('is paired over the seeds that both have, with Student\'s interval', () => {
    const { differences } = compare(
      ...[0.872, 0.869, 0.875].map((accuracy, k) => ofAccuracy(lstm, k + 1, accuracy)), ofAccuracy(lstm, 9, 0.1),
      ...[0.866, 0.868, 0.870].map((accuracy, k) => ofAccuracy(gru, k + 1, accuracy)),
    );
    expect(differences).toMatchObject([{ first: 'LSTM', second: 'GRU', difference: { runs: 3 }, outcome: 'noise' }]);
    expect(differences[0]?.difference.mean).toBeCloseTo(0.004, 12);
    expect(differences[0]?.interval?.[0]).toBeCloseTo(-0.002572410607728429, 12); // scipy 1.17.1, ttest_rel
  });

  it('to a baseline, whose fit does not depend on its seed, is over every seed of the other', () => {
    const { differences } = compare(
      ...[0.87, 0.871, 0.872].map((accuracy, k) => ofAccuracy(lstm, k, accuracy)),
      ofAccuracy({ type: 'nb-svm' }, 7, 0.9),
      ofAccuracy({ type: 'bag-of-words' }, 9, 0.88),
    );
    expect(differences).toMatchObject([
      { second: 'Bag of words', difference: { runs: 3 }, outcome: 'second' },
      { second: 'NB-SVM', difference: { runs: 3 }, outcome: 'second' },
      { first: 'Bag of words', second: 'NB-SVM', difference: { runs: 1 }, outcome: 'open' },
    ]);
  });

  it('is beyond the noise when its interval does not hold 0', () => {
    const { differences } = compare(
      ...[0.87, 0.871, 0.872].flatMap((accuracy, k) => [ofAccuracy(lstm, k, accuracy), ofAccuracy(gru, k, accuracy - 0.02 + k / 1000)]),
    );
    expect(differences).toMatchObject([{ outcome: 'first' }]);
  });

  const equal = (predictions: [string, string]): Comparison => {
    const folders = [1, 2].flatMap((seed) => [lstm, gru].map((model, k) => {
      const path = write(
        ofAccuracy(model, seed, k === 0 ? 0.875 : 0.87, { dataset: { counts: { train: 180, validation: 20, test: 200 } } }),
      );
      if (predictions[k] !== '') writePredictions(path, predictions[k]!);
      return path;
    }));
    return createComparisons(folders.map(loadExperiment))[0];
  };
  it.each<[string, [string, string]]>([
    ['with predictions', ['1'.repeat(175) + '0'.repeat(25), '1'.repeat(174) + '0'.repeat(26)]], ['without', ['', '']],
  ])('of one review of 200 in each of two seeds is noise, though the seeds agree: %s', (_, predictions) => {
    const { differences: [difference] } = equal(predictions);
    expect(difference).toMatchObject({ outcome: 'noise', difference: { runs: 2 } });
    expect(difference!.interval![0]).toBeLessThan(0);
    expect(difference!.interval![1] - difference!.interval![0]).toBeGreaterThan(0.02);
  });

  it('of one seed is open, since nothing tells the noise', () => {
    const { differences, notes } = compare(ofAccuracy(lstm, 1, 0.9), ofAccuracy(gru, 1, 0.5));
    expect(differences).toMatchObject([{ interval: null, outcome: 'open' }]);
    expect(notes).toContain('any two models share only one seed, so nothing says how much of their difference is chance');
  });

  it('is tested on the reviews that one gets right and the other wrong', () => {
    const folders = [write(ofAccuracy(lstm, 1, 0.9)), write(ofAccuracy(gru, 1, 0.5))];
    writePredictions(folders[0]!, '1111111100');
    writePredictions(folders[1]!, '1100000010');
    const [{ differences }] = createComparisons(folders.map(loadExperiment));
    expect(differences[0]?.mcnemar).toEqual([{ seed: 1, onlyFirst: 6, onlySecond: 1, pValue: expect.closeTo(0.125, 12) as number }]);
  });

  it.each<[string, (path: string) => void, RegExp]>([
    ['without predictions', () => undefined, /^without predictions, so in no McNemar's test: .*run-\d+$/],
    [
      'tested on other reviews',
      (path) => {
        writePredictions(path, '11', ['a', 'b']);
      },
      /^not all runs were tested on the same reviews; McNemar's test is between those that were$/,
    ],
  ])('is not tested against a run %s, and a note says so', (_, prepare, line) => {
    const folders = [write(ofAccuracy(lstm, 1, 0.9)), write(ofAccuracy(gru, 1, 0.5))];
    writePredictions(folders[0]!, '11');
    prepare(folders[1]!);
    const [{ differences, notes }] = createComparisons(folders.map(loadExperiment));
    expect(differences[0]?.mcnemar).toEqual([]);
    expect(notes.filter((note) => line.test(note))).toHaveLength(1);
  });

  it('is not guessed from damaged predictions', () => {
    const path = write({});
    rmSync(join(path, 'predictions.csv.gz'), { force: true });
    writeFileSync(join(path, 'predictions.csv'), 'reviewId,label,probability\na,1,0.');
    expect(userErrorOf(() => createComparisons([loadExperiment(path)]), path)).toBe(
      'tmp/predictions.csv: its last line is cut short; train the run again',
    );
  });
});

describe('notes tell', () => {
  it.each<[string, MadeRun[], string]>([
    [
      "settings other than the articles'",
      [{ model: { cell: 'gru', embeddingDropoutRate: 0.5 }, training: { epochs: 5 } }],
      'not the ' + "articles' settings, GRU: model.embeddingDropoutRate 0.5 (theirs 0), training.epochs 5 (theirs 20)",
    ],
    [
      'that all rows depart alike',
      [{ model: { cell: 'gru', headDropoutRate: 0.5 } }, { model: { cell: 'rnn', headDropoutRate: 0.5 } }],
      "not the articles' settings, all neural models: model.headDropoutRate 0.5 (theirs 0)",
    ],
    [
      'that a baseline has no epochs',
      [{ model: lstm }, { model: { type: 'nb-svm' }, epochs: 1 }],
      'a baseline is one fit without epochs: its seconds are those of the whole of it, the search for its regularisation included',
    ],
    [
      'settings that are not the same in all rows',
      [{ model: gru, training: { learningRate: 0.1 } }, { model: lstm }],
      'not the same in all rows: training.learningRate',
    ],
    [
      'several machines',
      [{ model: gru }, { model: lstm, environment: { cpu: 'Another CPU' } }],
      'times and memory were measured on different machines, engines or threads',
    ],
    [
      'several versions of gatelab',
      [{ model: gru }, { model: lstm, environment: { versions: { gatelab: '0.2.0', node: 'v20.20.2', tfjs: null, tensorflow: null } } }],
      'the runs were made with different versions of gatelab: 0.1.0, 0.2.0',
    ],
    [
      'uneven seeds',
      [{ model: gru }, { model: gru, seed: 2 }, { model: lstm }],
      'the models have different numbers of runs; a difference is over the seeds that both have',
    ],
    [
      'how many differences are chance',
      [1, 2].flatMap((seed) => sixModels.map((run) => ({ ...run, seed }))),
      'of 15 intervals of 95 %, some 0.8 miss 0 by chance alone where no models differ',
    ],
  ])('%s', (_, runs, note) => {
    expect(compare(...runs).notes).toContain(note);
    expect(compare({ predictions: 4 }, { model: gru, predictions: 4 }).notes).not.toContain(note);
  });

  it('nothing of missing seeds where only a baseline has one, which needs no more', () => {
    const { notes } = compare(
      ...[1, 2, 3].flatMap((seed) => [ofAccuracy(lstm, seed, 0.87 + seed / 1000), ofAccuracy(gru, seed, 0.86)]),
      ofAccuracy({ type: 'nb-svm' }, 1, 0.91),
    );
    expect(notes.filter((note) => /different numbers of runs|only one seed/.test(note))).toEqual([]);
  });
});

it('a table of many runs reads the predictions of each, and tests every pair of models by every seed', () => {
  const folder = join(root, 'many');
  mkdirSync(folder);
  const folders = [1, 2, 3, 4].flatMap((seed) =>
    sixModels.map((run, k) => writeMadeRun(join(folder, `${k}-${seed}`), { ...run, seed, predictions: 2000 })));
  const [comparison] = createComparisons(folders.map(loadExperiment));
  expect(comparison.differences.flatMap(({ mcnemar }) => mcnemar)).toHaveLength(15 * 4);
});
