import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/experiment-config.ts';
import { chooseCandidate } from '../../src/report/candidates.ts';
import type { Candidate } from '../../src/report/candidates.ts';
import type { Evidence } from '../../src/report/comparison.ts';
import type { PairedDifference } from '../../src/report/comparison-differences.ts';

const { config } = loadConfig('gru.yaml');
const candidate = (label: string, mean: number, trainingSeconds: number): Candidate =>
  ({ label, config, accuracy: { mean, deviation: 0.001, runs: 3 }, trainingSeconds, parameters: 1, trained: 10 });
const between = (first: string, second: string, outcome: PairedDifference['outcome']): PairedDifference =>
  ({ first, second, outcome, difference: { mean: 0.01, deviation: null, runs: 3 }, interval: [-0.1, 0.1], mcnemar: [] }) as never;

const svm = candidate('NB-SVM', 0.91, 16), lstm = candidate('LSTM', 0.88, 900), gru = candidate('GRU', 0.87, 700);
const all = [svm, lstm, gru];
const evidence: Evidence = {
  rows: [], differences: [between('NB-SVM', 'LSTM', 'first'), between('NB-SVM', 'GRU', 'first'), between('LSTM', 'GRU', 'noise')],
};
const choose = (refused: readonly Candidate[], wanted: number | null = null): string | undefined =>
  chooseCandidate(evidence, all, (one) => (refused.includes(one) ? 'too large' : null), wanted).chosen?.label;

describe('the choice by published runs', () => {
  it('is the most accurate model, a linear one too', () => {
    expect(choose([])).toBe('NB-SVM');
  });

  it('is the quicker of two that the runs do not tell apart, once the best is refused', () => {
    expect(choose([svm])).toBe('GRU');
    expect(choose([svm, gru])).toBe('LSTM');
  });

  it('is the quickest model of those that reach what is wanted', () => {
    expect(choose([svm], 0.86)).toBe('GRU');
    expect(choose([svm], 0.875)).toBe('LSTM');
  });

  it('says that no model reaches it, and why others are out', () => {
    const choice = chooseCandidate(evidence, all, (one) => (one === svm ? 'too large' : null), 0.9);
    expect(choice).toMatchObject({ chosen: { label: 'GRU' }, reaches: false, refused: [{ candidate: svm, problem: 'too large' }] });
    expect(chooseCandidate(evidence, all, () => 'too slow', null)).toMatchObject({ chosen: null, refused: [{}, {}, {}] });
  });

  it('asks each model once, and none that it need not', () => {
    const asked: string[] = [];
    chooseCandidate(evidence, all, ({ label }) => { asked.push(label); return null; }, null);
    expect(asked).toEqual(['NB-SVM']);
  });
});
