import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';

import { loadExperiment } from '../../src/experiment/load.ts';
import { createComparisons } from '../../src/report/comparison.ts';
import type { Comparison } from '../../src/report/comparison.ts';
import { renderComparisonCsv } from '../../src/report/comparison-csv.ts';
import { renderComparisonJson } from '../../src/report/comparison-json.ts';
import { renderComparisonMarkdown } from '../../src/report/comparison-markdown.ts';
import { renderComparisonText } from '../../src/report/comparison-text.ts';
import { escapeCsv, escapeMarkdown } from '../../src/report/escape.ts';
import { formatEstimate, formatPoints, formatPValue } from '../../src/report/format-estimate.ts';
import type { Quantity } from '../../src/report/format-estimate.ts';
import { sixModels, writeMadeRun } from '../experiment/made-runs.ts';
import type { MadeRun } from '../experiment/made-runs.ts';
import { makeTemporaryFolder } from '../experiment/temporary-folder.ts';

const root = makeTemporaryFolder();
const [rnn, , lstm, , gru] = sixModels;
const runs: MadeRun[] = [
  ...[1, 2].flatMap((seed) => [{ ...lstm, seed, predictions: 200 }, { ...gru, seed, predictions: 200 }]),
  { ...rnn, epochs: 2, ending: { status: 'failed', failure: 'killed by SIGKILL' } },
];
const [comparison] = createComparisons(runs.map((run, k) => loadExperiment(writeMadeRun(join(root, `run-${k}`), run))));

describe('a comparison is rendered', () => {
  it('for a terminal', () => {
    expect(renderComparisonText([comparison]).split('\n\n· ')[0]).toMatchInlineSnapshot(`
      "IMDB: 22,500 training, 25,000 test reviews

      Accuracy and convergence (mean ± standard deviation over seeds)

      model  seeds                  test  articles  ratio       best test  articles  ratio  convergence  articles  ratio
                             accuracy at                          accuracy                          epoch
                                    best
                              validation
      LSTM   1, 2         86.83 ± 0.73 %     87.2 %  0.996  87.41 ± 0.01 %     87.2 %  1.002   10.5 ± 0.7         12  0.875
      GRU    1, 2         86.43 ± 0.73 %     86.8 %  0.996  87.01 ± 0.01 %     86.8 %  1.002   10.5 ± 0.7         10  1.050
      RNN    (failed: 1)          failed          –      –          failed          –      –       failed          –      –

      Size, time and memory

      model  parameters  articles  ratio    without    seconds an  articles  ratio      peak memory     above the
                                           embedding         epoch                                     engine's own
                                                          (median)
      LSTM    5,465,858      2.1 M  2.603    345,858  31.0 ± 0.0 s      142 s  0.218  1.12 ± 0.00 GiB   858 ± 0 MiB
      GRU     5,465,858      1.6 M  3.416    345,858  25.0 ± 0.0 s      118 s  0.212  1.12 ± 0.00 GiB   858 ± 0 MiB
      RNN        failed          –      –     failed        failed          –      –           failed        failed

      Differences in test accuracy at best validation (percentage points, paired over seeds)

      models      difference            95 %  McNemar's p  verdict
                                    interval      by seed
      LSTM − GRU       +0.40  +0.40 to +0.40     1, 0.832  LSTM ahead"
    `);
  });

  it('as Markdown', () => {
    expect(renderComparisonMarkdown([comparison]).split('\n\n- ')[0]).toMatchInlineSnapshot(`
      "IMDB: 22,500 training, 25,000 test reviews

      **Accuracy and convergence (mean ± standard deviation over seeds)**

      | model | seeds | test accuracy at best validation | articles | ratio | best test accuracy | articles | ratio | convergence epoch | articles | ratio |
      | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | LSTM | 1, 2 | 86.83 ± 0.73 % | 87.2 % | 0.996 | 87.41 ± 0.01 % | 87.2 % | 1.002 | 10.5 ± 0.7 | 12 | 0.875 |
      | GRU | 1, 2 | 86.43 ± 0.73 % | 86.8 % | 0.996 | 87.01 ± 0.01 % | 86.8 % | 1.002 | 10.5 ± 0.7 | 10 | 1.050 |
      | RNN | (failed: 1) | failed | – | – | failed | – | – | failed | – | – |

      **Size, time and memory**

      | model | parameters | articles | ratio | without embedding | seconds an epoch (median) | articles | ratio | peak memory | above the engine's own |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | LSTM | 5,465,858 | 2.1 M | 2.603 | 345,858 | 31.0 ± 0.0 s | 142 s | 0.218 | 1.12 ± 0.00 GiB | 858 ± 0 MiB |
      | GRU | 5,465,858 | 1.6 M | 3.416 | 345,858 | 25.0 ± 0.0 s | 118 s | 0.212 | 1.12 ± 0.00 GiB | 858 ± 0 MiB |
      | RNN | failed | – | – | failed | failed | – | – | failed | failed |

      **Differences in test accuracy at best validation (percentage points, paired over seeds)**

      | models | difference | 95 % interval | McNemar's p by seed | verdict |
      | --- | ---: | ---: | ---: | --- |
      | LSTM − GRU | +0.40 | +0.40 to +0.40 | 1, 0.832 | LSTM ahead |"
    `);
  });

  it('as CSV, every line with every column', () => {
    const [head, ...lines] = parse(renderComparisonCsv([comparison]));
    expect(head).toHaveLength(6 + 8 * 4);
    expect(lines.map(([model, settings, seeds, count, status]) => [model, settings, seeds, count, status])).toEqual([
      ['LSTM', '', '1, 2', '2', 'completed'], ['GRU', '', '1, 2', '2', 'completed'], ['RNN', '', '(failed: 1)', '0', 'failed'],
    ]);
    const records = parse(renderComparisonCsv([comparison]), { columns: true });
    expect(records[0]).toMatchObject({ parameters: '5465858', parametersArticles: '2100000', convergenceEpochArticles: '12', bestTestAccuracyArticles: '0.872' });
    expect(Number((records[1] as Record<string, string>).bestTestAccuracy)).toBe(comparison.rows[1]?.bestTestAccuracy.measured?.mean);
  });

  it('as JSON, all of it', () => {
    const { dataset, tables } = JSON.parse(renderComparisonJson([comparison])) as { dataset: unknown; tables: [{ rows: Record<string, unknown>[] } & Comparison] };
    const [read] = tables;
    expect(dataset).toMatchObject({ kind: 'imdb', synthetic: false });
    expect(read).toMatchObject({ settings: null, differences: comparison.differences, notes: comparison.notes });
    expect(read.rows.map(({ model }) => model)).toEqual(['LSTM', 'GRU', 'RNN']);
    expect(read.rows[0]).toMatchObject({ bestTestAccuracy: comparison.rows[0]!.bestTestAccuracy, runs: [{ name: 'run-0', seed: 1, status: 'completed' }, { seed: 2 }] });
    expect(read.rows[2]).toMatchObject({ bestTestAccuracy: { measured: null }, runs: [{ status: 'failed', failure: 'killed by SIGKILL', epochs: 2 }] });
  });
});

describe('a second table', () => {
  const second: Comparison = { ...comparison, settings: 'headDropoutRate 0.5', notes: [] };

  it('has a heading, and no notes that there are none of', () => {
    const text = renderComparisonText([comparison, second]);
    expect(text.split('\n\n').filter((part) => part.startsWith('With '))).toEqual(['With headDropoutRate 0.5 for all models:']);
    expect(text).toMatch(/LSTM ahead\n$/);
    expect(renderComparisonMarkdown([comparison, second])).toMatch(/\n\n### With headDropoutRate 0\.5 for all models\n\n\*\*Accuracy [^]*LSTM ahead \|\n$/);
  });

  it('is told apart in CSV and JSON', () => {
    const records = parse<Record<string, string>>(renderComparisonCsv([comparison, second]), { columns: true });
    expect(records.map(({ model, settings }) => [model, settings])).toEqual([
      ...['LSTM', 'GRU', 'RNN'].map((model) => [model, '']), ...['LSTM', 'GRU', 'RNN'].map((model) => [model, 'headDropoutRate 0.5']),
    ]);
    expect(JSON.parse(renderComparisonJson([comparison, second]))).toMatchObject({ tables: [{ settings: null }, { settings: 'headDropoutRate 0.5' }] });
  });
});

describe('figures are written', () => {
  it.each<[number, number | null, Quantity, string]>([
    [0.8769, 0.0012, 'accuracy', '87.69 ± 0.12 %'], [0.8769, null, 'accuracy', '87.69 %'], [30.24, 0.4, 'seconds', '30.2 ± 0.4 s'], [0.5, 0.01, 'seconds', '0.50 ± 0.01 s'],
    [6, null, 'epoch', '6'], [6, 1, 'epoch', '6.0 ± 1.0'], [5_467_394, 0, 'count', '5,467,394'], [2 ** 30 * 1.5, 2 ** 20 * 51.2, 'bytes', '1.50 ± 0.05 GiB'], [2 ** 20 * 700, null, 'bytes', '700 MiB'],
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
  const named: Comparison = { ...comparison, rows: comparison.rows.map((row, k) => (k === 0 ? { ...row, label: hostile } : row)), notes: [hostile] };

  it('on a terminal', () => {
    const text = renderComparisonText([named]);
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

  it.each([['=1+1', "'=1+1"], ['+1', "'+1"], ['-1', "'-1"], ['@x', "'@x"], ['\t=1', '\\u0009=1'], ['a"b', '"a""b"'], ['a,b', '"a,b"'], ['LSTM', 'LSTM']])('%j as the CSV field %s', (text, field) => {
    expect(escapeCsv(text)).toBe(field);
  });

  it.each([['a|b', 'a\\|b'], ['<b>&', '&lt;b&gt;&amp;'], ['a_b*c`', 'a\\_b\\*c\\`'], ['a\nb', 'a\\\\u000ab']])('%j as the Markdown %s', (text, written) => {
    expect(escapeMarkdown(text)).toBe(written);
  });
});
