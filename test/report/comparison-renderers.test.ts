import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';

import {
  renderComparisonCsv,
  renderComparisonJson,
  renderComparisonMarkdown,
  renderComparisonText,
} from '../../src/report/comparison-formats.ts';
import { loadExperiment } from '../../src/experiment/load.ts';
import { createComparisons } from '../../src/report/comparison.ts';
import type { Comparison, Comparisons } from '../../src/report/comparison.ts';
import { escapeMarkdown, renderCsv } from '../../src/files/escape.ts';
import { formatEstimate, formatPoints, formatPValue } from '../../src/report/estimate.ts';
import type { Quantity } from '../../src/report/estimate.ts';
import { sixModels, writeMadeRun } from '../experiment/made-runs.ts';
import type { MadeRun } from '../experiment/made-runs.ts';
import { makeTemporaryFolder } from '../experiment/temporary-folder.ts';
import { readTableColumns } from '../../src/report/output-format.ts';

const root = makeTemporaryFolder();
const [rnn, , lstm, , gru] = sixModels;
const runs: MadeRun[] = [
  ...[1, 2].flatMap((seed) => [{ ...lstm, seed, predictions: 200 }, { ...gru, seed, predictions: 200 }]),
  { ...rnn, epochs: 2, ending: { status: 'failed', failure: 'killed by SIGKILL' } },
];
const [comparison] = createComparisons(runs.map((run, k) => loadExperiment(writeMadeRun(join(root, `run-${k}`), run))));

const brief = { wide: false, all: false, columns: 80 };
const widthOf = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('a comparison is rendered', () => {
  it('for a terminal of 80 columns, with what matters most', () => {
    const text = renderComparisonText([comparison], brief);
    expect(widthOf(text)).toBeLessThanOrEqual(80);
    expect(text.split('\n\n· ')[0]).toMatchInlineSnapshot(`
      "IMDB: 22,500 training, 25,000 test reviews

      Test accuracy in % (mean ± standard deviation over seeds)

      model  seeds             at best   best of any  articles   converges   seconds
                            validation         epoch              at epoch  an epoch
      LSTM   1, 2         86.83 ± 0.73  87.41 ± 0.01      87.2  10.5 ± 0.7      31.0
      GRU    1, 2         86.43 ± 0.73  87.01 ± 0.01      86.8  10.5 ± 0.7      25.0
      RNN    (failed: 1)        failed        failed         –      failed    failed

      LSTM comes first. Its lead over the others, in percentage points

      model  points   95 % interval    largest  verdict
                                     McNemar p
      GRU     +0.40  −2.82 to +3.62          1  within the noise"
    `);
    expect(text).toMatch(
      /\n\n--wide shows parameters, memory and the ratios to the articles' figures; --all\nshows every pair of models\n$/,
    );
  });

  it('for a terminal with every column and every pair', () => {
    expect(renderComparisonText([comparison], { ...brief, wide: true, all: true }).split('\n\n· ')[0]).toMatchInlineSnapshot(`
      "IMDB: 22,500 training, 25,000 test reviews

      Accuracy and convergence (mean ± standard deviation over seeds)

      model  seeds         test accuracy  articles  ratio       best test  articles  ratio  convergence  articles  ratio
                                 at best                         accuracy                         epoch
                              validation
      LSTM   1, 2         86.83 ± 0.73 %    87.2 %  0.996  87.41 ± 0.01 %    87.2 %  1.002   10.5 ± 0.7        12  0.875
      GRU    1, 2         86.43 ± 0.73 %    86.8 %  0.996  87.01 ± 0.01 %    86.8 %  1.002   10.5 ± 0.7        10  1.050
      RNN    (failed: 1)          failed         –      –          failed         –      –       failed         –      –

      Size, time and memory

      model  parameters  articles  ratio    without    seconds an  articles  ratio      peak memory    above the
                                          embedding         epoch                                       engine's
                                                         (median)                                            own
      LSTM    5,465,858     2.1 M  2.603    345,858  31.0 ± 0.0 s     142 s  0.218  1.12 ± 0.00 GiB  858 ± 0 MiB
      GRU     5,465,858     1.6 M  3.416    345,858  25.0 ± 0.0 s     118 s  0.212  1.12 ± 0.00 GiB  858 ± 0 MiB
      RNN        failed         –      –     failed        failed         –      –           failed       failed

      Differences in test accuracy at best validation (percentage points, paired over seeds)

      models      difference   95 % interval  McNemar's  verdict
                                              p by seed
      LSTM − GRU       +0.40  −2.82 to +3.62   1, 0.832  within the noise"
    `);
  });

  it('as Markdown', () => {
    expect(renderComparisonMarkdown([comparison]).split('\n\n- ')[0]).toMatchInlineSnapshot(`
      "IMDB: 22,500 training, 25,000 test reviews

      **Accuracy and convergence (mean ± standard deviation over seeds)**

      | model | seeds | test accuracy at best validation | articles | ratio | best test accuracy | articles | ratio | convergence epoch | articles | ratio |
      | :- | :- | -: | -: | -: | -: | -: | -: | -: | -: | -: |
      | LSTM | 1, 2 | 86.83 ± 0.73 % | 87.2 % | 0.996 | 87.41 ± 0.01 % | 87.2 % | 1.002 | 10.5 ± 0.7 | 12 | 0.875 |
      | GRU | 1, 2 | 86.43 ± 0.73 % | 86.8 % | 0.996 | 87.01 ± 0.01 % | 86.8 % | 1.002 | 10.5 ± 0.7 | 10 | 1.050 |
      | RNN | (failed: 1) | failed | – | – | failed | – | – | failed | – | – |

      **Size, time and memory**

      | model | parameters | articles | ratio | without embedding | seconds an epoch (median) | articles | ratio | peak memory | above the engine's own |
      | :- | -: | -: | -: | -: | -: | -: | -: | -: | -: |
      | LSTM | 5,465,858 | 2.1 M | 2.603 | 345,858 | 31.0 ± 0.0 s | 142 s | 0.218 | 1.12 ± 0.00 GiB | 858 ± 0 MiB |
      | GRU | 5,465,858 | 1.6 M | 3.416 | 345,858 | 25.0 ± 0.0 s | 118 s | 0.212 | 1.12 ± 0.00 GiB | 858 ± 0 MiB |
      | RNN | failed | – | – | failed | failed | – | – | failed | failed |

      **Differences in test accuracy at best validation (percentage points, paired over seeds)**

      | models | difference | 95 % interval | McNemar's p by seed | verdict |
      | :- | -: | -: | -: | :- |
      | LSTM − GRU | +0.40 | −2.82 to +3.62 | 1, 0.832 | within the noise |"
    `);
  });

  it('as CSV, every line with every column', () => {
    const [head, ...lines] = parse(renderComparisonCsv([comparison]));
    expect(head).toHaveLength(6 + 8 * 4);
    expect(lines.map(([model, settings, seeds, count, status]) => [model, settings, seeds, count, status])).toEqual([
      ['LSTM', '', '1, 2', '2', 'completed'], ['GRU', '', '1, 2', '2', 'completed'], ['RNN', '', '(failed: 1)', '0', 'failed'],
    ]);
    const records = parse(renderComparisonCsv([comparison]), { columns: true });
    expect(records[0]).toMatchObject({
      parameters: '5465858',
      parametersArticles: '2100000',
      convergenceEpochArticles: '12',
      bestTestAccuracyArticles: '0.872',
    });
    expect(Number((records[1] as Record<string, string>).bestTestAccuracy)).toBe(comparison.rows[1]?.bestTestAccuracy.measured?.mean);
  });

  it('as JSON, all of it', () => {
    const { dataset, tables } = JSON.parse(renderComparisonJson([comparison])) as {
      dataset: unknown;
      tables: [{ rows: Record<string, unknown>[] } & Comparison];
    };
    const [read] = tables;
    expect(dataset).toMatchObject({ kind: 'imdb', synthetic: false });
    expect(read).toMatchObject({ settings: null, differences: comparison.differences, notes: comparison.notes });
    expect(read.rows.map(({ model }) => model)).toEqual(['LSTM', 'GRU', 'RNN']);
    expect(read.rows[0]).toMatchObject({
      bestTestAccuracy: comparison.rows[0]!.bestTestAccuracy,
      runs: [{ name: 'run-0', seed: 1, status: 'completed' }, { seed: 2 }],
    });
    expect(read.rows[2]).toMatchObject({
      bestTestAccuracy: { measured: null },
      runs: [{ status: 'failed', failure: 'killed by SIGKILL', epochs: 2 }],
    });
  });
});

describe('on a terminal', () => {
  const compareAll = (name: string, made: readonly MadeRun[]): Comparisons => {
    mkdirSync(join(root, name));
    return createComparisons(made.map((run, k) => loadExperiment(writeMadeRun(join(root, name, String(k)), run))));
  };
  const allModels = [1, 2, 3].flatMap((seed) =>
    [...sixModels, { model: { type: 'nb-svm' as const }, epochs: 1, better: 0.2 }].map((run) => ({ ...run, seed })),
  );

  it('the best model is set against each other one, and --all against all', () => {
    const comparisons = compareAll('best', allModels);
    const text = renderComparisonText(comparisons, brief);
    expect(text).toContain('NB-SVM comes first. Its lead over the others, in percentage points\n');
    expect([...text.matchAll(/ ahead$/gm)]).toHaveLength(6);
    expect(text).not.toContain('LSTM − BiLSTM');
    expect(widthOf(text)).toBeLessThanOrEqual(80);
    const all = renderComparisonText(comparisons, { ...brief, all: true });
    expect([...all.matchAll(/ − /g)]).toHaveLength(21);
  });

  it('a long name and many seeds still fit 80 columns, and a narrow terminal folds notes and names', () => {
    const model = { cell: 'gru', embeddingDropoutRate: 0.5, headDropoutRate: 0.25, bidirectional: true };
    const seeds = Array.from({ length: 12 }, (_, k) => ({ model, seed: k + 1, better: 0.01 }));
    const comparisons = compareAll('long', [
      ...seeds,
      { model: lstm!.model!, seed: 1 },
      { model: lstm!.model!, seed: 2, ending: { status: 'failed' } },
    ]);
    const text = renderComparisonText(comparisons, brief);
    expect(widthOf(text)).toBeLessThanOrEqual(80);
    expect(text).toMatch(/1–12 /);
    expect(text).toMatch(/^LSTM +1 [^]*\(failed:/m);
    const notes = renderComparisonText(comparisons, { ...brief, columns: 50 }).split('\n').filter((line) => /^(· | {2}\w)/.test(line));
    expect(widthOf(notes.filter((line) => !line.includes('/')).join('\n'))).toBeLessThanOrEqual(50);
  });

  it('models that share no seed with the best are still compared with each other', () => {
    const comparisons = compareAll('apart', [
      ...[1, 2].flatMap((seed) => [
        { ...lstm, seed },
        { ...gru, seed },
      ]),
      { ...rnn, better: 0.1, seed: 9 },
    ]);
    expect(renderComparisonText(comparisons, brief)).toContain('LSTM − GRU');
  });

  it('a second table says what each model gains over itself', () => {
    const dropout = [1, 2].flatMap((seed) =>
      [lstm!, gru!].map((run) => ({ ...run, seed, better: 0.03, model: { ...run.model, headDropoutRate: 0.5 } })),
    );
    const text = renderComparisonText(
      compareAll('twins', [
        ...[1, 2].flatMap((seed) => [
          { ...lstm, seed },
          { ...gru, seed },
        ]),
        ...dropout,
      ]),
      brief,
    );
    expect(text).toMatch(
      /\nThe gain of each over itself with the articles' settings, in percentage points\n\nmodel [^]*\nLSTM +\+2\.60 [^]*\nGRU +\+3\.00 /,
    );
    expect(widthOf(text)).toBeLessThanOrEqual(80);
  });

  it.each<[Record<string, string>, { columns?: number }, number]>([
    [{}, {}, 80],
    [{}, { columns: 132 }, 132],
    [{ COLUMNS: '100' }, { columns: 132 }, 100],
    [{ COLUMNS: '' }, { columns: 0 }, 80],
    [{ COLUMNS: 'wide' }, {}, 80],
  ])('it is as wide as %j and %j say: %i', (environment, stream, columns) => {
    expect(readTableColumns(stream, environment)).toBe(columns);
  });
});

describe('a second table', () => {
  const second: Comparison = { ...comparison, settings: 'headDropoutRate 0.5', notes: [] };

  it('has a heading, and no notes that there are none of', () => {
    const text = renderComparisonText([comparison, second], { ...brief, all: true });
    expect(text.split('\n\n').filter((part) => part.startsWith('With '))).toEqual(['With headDropoutRate 0.5 for all models:']);
    expect(text).toMatch(/within the noise\n\n--wide .*figures\n$/);
    expect(renderComparisonMarkdown([comparison, second])).toMatch(
      /\n\n### With headDropoutRate 0\.5 for all models\n\n\*\*Accuracy [^]*within the noise \|\n$/,
    );
  });

  it('is told apart in CSV and JSON', () => {
    const records = parse<Record<string, string>>(renderComparisonCsv([comparison, second]), { columns: true });
    expect(records.map(({ model, settings }) => [model, settings])).toEqual([
      ...['LSTM', 'GRU', 'RNN'].map((model) => [model, '']), ...['LSTM', 'GRU', 'RNN'].map((model) => [model, 'headDropoutRate 0.5']),
    ]);
    expect(JSON.parse(renderComparisonJson([comparison, second]))).toMatchObject({
      tables: [{ settings: null }, { settings: 'headDropoutRate 0.5' }],
    });
  });
});

describe('figures are written', () => {
  it.each<[number, number | null, Quantity, string]>([
    [0.8769, 0.0012, 'accuracy', '87.69 ± 0.12 %'],
    [0.8769, null, 'accuracy', '87.69 %'],
    [30.24, 0.4, 'seconds', '30.2 ± 0.4 s'],
    [0.5, 0.01, 'seconds', '0.50 ± 0.01 s'],
    [6, null, 'epoch', '6'],
    [6, 1, 'epoch', '6.0 ± 1.0'],
    [5_467_394, 0, 'count', '5,467,394'],
    [2 ** 30 * 1.5, 2 ** 20 * 51.2, 'bytes', '1.50 ± 0.05 GiB'],
    [2 ** 20 * 700, null, 'bytes', '700 MiB'],
  ])('%d ± %d as %s: %s', (mean, deviation, quantity, text) => {
    expect(formatEstimate({ mean, deviation, runs: deviation === null ? 1 : 3 }, quantity)).toBe(text);
  });

  it.each([[0.0042, '+0.42'], [-0.0042, '−0.42'], [0, '+0.00'], [-1e-9, '−0.00']])('a difference of %d as %s', (difference, text) => {
    expect(formatPoints(difference)).toBe(text);
  });

  it.each([[1, '1'], [0.0416, '0.042'], [0.00099, '< 0.001'], [0, '< 0.001']])('a p-value of %d as %s', (value, text) => {
    expect(formatPValue(value)).toBe(text);
  });
});

describe('names and reasons are shown, not obeyed', () => {
  const hostile = '=cmd|\u001b[31m<script>alert(1)</script>`*_[x](y)_*`\n| a, "b" \u202e';
  const named: Comparison = {
    ...comparison,
    rows: comparison.rows.map((row, k) => (k === 0 ? { ...row, label: hostile } : row)),
    notes: [hostile],
  };

  it('on a terminal', () => {
    const text = renderComparisonText([named], brief);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('=cmd|\\u001b[31m<script>');
  });

  it('in Markdown', () => {
    const text = renderComparisonMarkdown([named]);
    expect(text).not.toMatch(/<script|[\u001b\u202e]/);
    const lines = text.split('\n').filter((line) => line.startsWith('|'));
    const cells = (line: string): number => line.replaceAll('\\|', '').split('|').length;
    expect(cells(lines[2]!)).toBe(cells(lines[0]!));
  });

  it('in CSV', () => {
    const [, [model] = []] = parse(renderComparisonCsv([named]));
    expect(model).toMatch(/^'=cmd\|\\u001b/);
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@x', "'@x"],
    ['\t=1', '\\u0009=1'],
    ['a"b', '"a""b"'],
    ['a,b', '"a,b"'],
    ['LSTM', 'LSTM'],
  ])('%j as the CSV field %s', (text, field) => {
    expect(renderCsv([[text, 1]])).toBe(`${field},1\n`);
  });

  it.each([
    ['a|b', 'a\\|b'],
    ['<b>&', '&lt;b&gt;&amp;'],
    ['a_b*c`', 'a\\_b\\*c\\`'],
    ['a\nb', 'a\\\\u000ab'],
  ])('%j as the Markdown %s', (text, written) => {
    expect(escapeMarkdown(text)).toBe(written);
  });
});
