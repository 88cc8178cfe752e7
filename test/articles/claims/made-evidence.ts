import { experimentSchema } from '../../../src/experiment-schema.ts';
import type { Experiment } from '../../../src/experiment/load.ts';
import { createSummary } from '../../../src/experiment/records.ts';
import type { LengthTimes, Measurements, PassTimes } from '../../../src/articles/claims/measurements.ts';
import type { Evidence, Figure } from '../../../src/report/comparison.ts';
import { environment, facts, makeEpoch } from '../../experiment/examples.ts';
import type { ComparisonRow } from '../../../src/report/comparison-rows.ts';
import type { PairedDifference } from '../../../src/report/comparison-differences.ts';

export const pass = (forward: number, training: number): PassTimes => ({
  forward: [forward, forward, forward],
  training: [training, training, training],
});

/** Times in the proportion of the products: 1 : 3 : 4, training three times the forward pass, a BiLSTM twice the LSTM. */
const byProducts = { rnn: pass(1, 3), gru: pass(3, 9), lstm: pass(4, 12) };

export const madeLengths = (ratios: readonly number[], steps = [32, 128, 512, 2048]): LengthTimes => ({
  rows: 2,
  size: 256,
  feedForwardSize: 1024,
  turns: 3,
  points: steps.map((length, k) => ({
    steps: length,
    times: { rnn: pass(1, 1), lstm: pass(1, 1), encoder: pass(ratios[k]!, ratios[k]!) },
  })),
});

export interface MadeMeasurements {
  readonly steps?: Partial<Record<'rnn' | 'gru' | 'lstm' | 'bilstm', PassTimes>>;
  readonly layers?: Partial<Record<'rnn' | 'gru' | 'lstm', PassTimes>>;
  readonly kept?: Record<'rnn' | 'gru' | 'lstm', number>;
  readonly peak?: Record<'rnn' | 'gru' | 'lstm', number>;
  readonly lengths?: LengthTimes;
}

const descending = { lstm: 4 << 20, gru: 3 << 20, rnn: 1 << 20 };

export function makeMeasurements({
  steps = {},
  layers = {},
  kept = descending,
  peak = descending,
  lengths = madeLengths([1, 1.5, 2, 3]),
}: MadeMeasurements = {}): Measurements {
  const shape = { rows: 64, steps: 300 };
  return {
    layers: () => Promise.resolve({ ...shape, size: 512, turns: 3, times: { ...byProducts, ...layers } }),
    steps: () => Promise.resolve({ ...shape, turns: 3, times: { ...byProducts, bilstm: pass(8, 24), ...steps } }),
    memory: () => Promise.resolve({ ...shape, keptBytes: kept, peakTensorBytes: peak }),
    lengths: () => Promise.resolve(lengths),
  };
}

export interface MadeRow {
  readonly label: string;
  readonly accuracies: readonly number[];
  readonly convergence?: readonly number[];
  readonly epochSeconds?: number;
  readonly config?: { readonly model?: object; readonly data?: object; readonly training?: object };
}

const figure = (values: readonly number[]): Figure => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { measured: { mean, deviation: values.length > 1 ? 0.001 : null, runs: values.length }, articles: null, ratio: null };
};

/** `BiLSTM`, `GRU, headDropoutRate 0.5`, `printed GRU` → the model's own settings. */
function modelOf(label: string): object {
  const [, bi, cell = 'lstm'] = /^(?:printed )?(Bi)?(LSTM|GRU|RNN)/.exec(label) ?? [];
  return { cell: label.startsWith('printed') ? 'gru-printed' : cell.toLowerCase(), bidirectional: bi !== undefined };
}

export function makeRow({ label, accuracies, convergence = [4, 4, 4], epochSeconds = 30, config = {} }: MadeRow): ComparisonRow {
  const model = { ...modelOf(label), ...config.model };
  const experiments = accuracies.map((testAccuracy, k): Experiment => {
    const converged = convergence[k] ?? 1;
    const epochs = Array.from({ length: converged }, (_, i) =>
      makeEpoch(i + 1, { testAccuracy: i + 1 === converged ? testAccuracy : testAccuracy - 0.1 }),
    );
    return {
      name: label,
      path: label,
      config: experimentSchema.parse({ seed: k + 1, ...config, model }),
      environment,
      epochs,
      summary: createSummary({ ...facts, seed: k + 1 }, epochs),
    };
  });
  return {
    label, experiments, seeds: experiments.map(({ config: { seed } }) => seed),
    parameters: figure([1]), parametersWithoutEmbedding: figure([1]), epochSeconds: figure([epochSeconds]),
    bestTestAccuracy: figure(accuracies), testAccuracyAtBestValidation: figure(accuracies), convergenceEpoch: figure(convergence),
    peakRssBytes: figure([1]), peakAboveBaselineBytes: figure([1]),
  };
}

/** @param interval null of one seed */
export const makeDifference = (
  first: string,
  second: string,
  mean: number,
  interval: readonly [number, number] | null,
): PairedDifference => ({
  first,
  second,
  difference: { mean, deviation: interval === null ? null : 0.001, runs: interval === null ? 1 : 3 },
  interval,
  mcnemar: [], pValue: Number.NaN,
  outcome: interval === null ? 'open' : interval[0] > 0 ? 'first' : interval[1] < 0 ? 'second' : 'noise',
});

export const makeComparison = (rows: readonly MadeRow[], differences: readonly PairedDifference[] = []): Evidence => ({
  rows: rows.map(makeRow),
  differences,
});
