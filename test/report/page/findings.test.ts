import { describe, expect, it } from 'vitest';

import { describeFindings } from '../../../src/report/page/findings.ts';
import { sixModels } from '../../experiment/made-runs.ts';
import type { MadeRun } from '../../experiment/made-runs.ts';
import { makeComparisons, makeExperiments, makeRuns } from './made-content.ts';

const tell = (runs: readonly MadeRun[]): string[] => describeFindings(makeComparisons(makeExperiments(runs)));
const [, , lstm, bilstm, gru] = sixModels as [MadeRun, MadeRun, MadeRun, MadeRun, MadeRun, MadeRun];
const svm = (better: number): MadeRun => ({ model: { type: 'nb-svm' }, epochs: 1, better });

describe('the findings', () => {
  it('begin with a linear model that beats every recurrent one', () => {
    const [first, second] = tell([...makeRuns([lstm, gru], [1, 2, 3]), svm(0.2)]);
    expect(first).toMatch(/^NB-SVM, a linear model, is the most accurate: it is right on 9\d\.\d\d % of the test reviews, more than any recurrent model\.$/);
    expect(second).toMatch(/^The best recurrent model, (LSTM|GRU) \(8\d\.\d\d ± 0\.\d\d %\), is \d\.\d\d points behind, more than the noise of the seeds\. (LSTM|GRU) is behind by more than the noise of the seeds\.$/);
  });

  it('begin with a recurrent model where it is ahead, and say how far the others are behind', () => {
    const [first, second, third] = tell([...makeRuns([lstm, { ...gru, better: 0.05 }], [1, 2, 3]), svm(0)]);
    expect(first).toMatch(/^GRU is the most accurate: it is right on /);
    expect(second).toMatch(/^The next recurrent model, LSTM \(.*\), is \d\.\d\d points behind, more than the noise of the seeds\.$/);
    expect(third).toMatch(/^The best linear model, NB-SVM \(.*\), is /);
  });

  it('set the models beside the articles: who reaches their accuracy, their order, their epochs', () => {
    const found = tell(makeRuns([{ ...lstm, better: 0.02 }, { ...bilstm, better: -0.05 }, gru], [1, 2, 3])).join(' ');
    expect(found).toMatch(/LSTM \(8\d\.\d\d %\).* reach(es)? the articles’ 87\.2 %/);
    expect(found).toMatch(/BiLSTM \(\d\d\.\d\d %\) falls \d\.\d\d points short of (their|the articles’) 88\.5 %/);
    expect(found).toMatch(/The articles’ order, BiLSTM > LSTM > GRU, shows in part at most: beyond the noise of the seeds are .*LSTM ahead of BiLSTM/);
    expect(found).toMatch(/LSTM converges at epoch [\d.]+ ± [\d.]+, BiLSTM at .* and GRU at .*; the articles say 12, 15 and 10\./);
    const one = tell([lstm, bilstm, gru]).join(' ');
    expect(one).toContain('can be neither confirmed nor refuted by one run each');
    expect(one).toContain('one seed cannot say how much of that is chance');
  });

  it('say what other settings change, and who is ahead then', () => {
    const dropout = (run: MadeRun): MadeRun => ({ ...run, model: { ...run.model, headDropoutRate: 0.5 }, better: 0.03 });
    const found = tell([...makeRuns([lstm, gru, ...[lstm, gru].map(dropout)], [1, 2, 3]), svm(0.2)]);
    expect(found[1]).toMatch(/^The best recurrent model with the articles’ settings, /);
    expect(found.at(-1)).toMatch(/^With headDropoutRate 0\.5 for all models: .*LSTM \(.*\) gains \d\.\d\d points.* NB-SVM is still ahead, by \d\.\d\d points\.$/);
    const [first] = tell(makeRuns([lstm, gru, ...[lstm, gru].map(dropout)], [1, 2, 3]));
    expect(first).toMatch(/^(LSTM|GRU) with headDropoutRate 0\.5 is the most accurate/);
  });

  it('of one run say what it gives and that one run knows nothing of chance; of synthetic reviews they leave the articles out', () => {
    expect(tell([lstm])[0]).toMatch(/^LSTM is right on \d\d\.\d\d % of the test reviews at the epoch that is best on validation\. The best epoch on the test reviews themselves gives .* This is one run: /);
    const made = tell([{ ...lstm, synthetic: true, dataset: { kind: 'sample' } }, { ...gru, synthetic: true, dataset: { kind: 'sample' } }]);
    expect(made).toHaveLength(2);
    expect(made.join(' ')).not.toContain('articles');
  });

  it('of no completed run say that there is none', () => {
    const [main] = makeComparisons(makeExperiments([lstm]));
    const rows = main.rows.map((row) => ({ ...row, testAccuracyAtBestValidation: { measured: null, articles: null, ratio: null } }));
    expect(describeFindings([{ ...main, rows }])).toEqual(['No run has been completed, so there is no figure to report.']);
  });
});
