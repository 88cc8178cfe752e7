import { experimentSchema } from '../experiment-schema.ts';
import type { BenchModel } from './protocol.ts';
import type { Axis } from './result.ts';

/** What is measured, and how often. */
export interface BenchSettings {
  readonly threads: number;
  /** Turns of a padded step. */
  readonly rounds: number;
  /** Batches taken of an epoch and of an evaluation. */
  readonly epochBatches: number;
  readonly evaluationBatches: number;
  readonly batchSize: number;
  readonly evaluationBatchSize: number;
  readonly maxLength: number;
  /** Steps of each competitor before its time counts. */
  readonly warmUp: number;
  readonly matMulSize: number;
  readonly models: readonly NamedModel[];
  readonly growth: Growth;
}

export interface NamedModel {
  readonly name: string;
  readonly model: BenchModel;
  /** Whether an epoch and an evaluation are measured, besides the padded step. */
  readonly epoch: boolean;
}

export interface Growth {
  readonly model: BenchModel;
  readonly turns: number;
  readonly values: Readonly<Record<Axis, readonly number[]>>;
}

/** The articles' classifier, which is what the configs' defaults are. */
export function articlesModel(cell: BenchModel['cell'], bidirectional = false): BenchModel {
  const { model, data } = experimentSchema.parse({ model: { cell, bidirectional } });
  const { layers, embeddingSize, hiddenSize, dropoutRate } = model;
  return { cell, bidirectional, layers, embeddingSize, hiddenSize, dropoutRate, vocabularySize: data.vocabularySize };
}

const EPOCH_BATCHES = 24;
const EVALUATION_BATCHES = 12;

export interface Extent {
  readonly threads: number;
  readonly rounds: number;
  /** All batches instead of a sample. */
  readonly full: boolean;
  /** Without the growth, and half of the samples. */
  readonly quick: boolean;
}

export function benchSettings({ threads, rounds, full, quick }: Extent): BenchSettings {
  const { data, training } = experimentSchema.parse({});
  const sample = (count: number): number => (full ? Number.POSITIVE_INFINITY : quick ? count / 2 : count);
  return {
    threads, rounds,
    epochBatches: sample(EPOCH_BATCHES), evaluationBatches: sample(EVALUATION_BATCHES),
    batchSize: training.batchSize, evaluationBatchSize: training.evaluationBatchSize, maxLength: data.maxLength,
    warmUp: 2, matMulSize: 2048,
    models: [
      { name: 'LSTM', model: articlesModel('lstm'), epoch: true },
      { name: 'BiLSTM', model: articlesModel('lstm', true), epoch: true },
      { name: 'GRU', model: articlesModel('gru'), epoch: true },
      { name: 'RNN', model: articlesModel('rnn'), epoch: false },
    ],
    growth: {
      model: articlesModel('lstm'), turns: 4,
      values: quick ? { length: [], batch: [], hidden: [], vocabulary: [] } : {
        length: [100, 200, 400, 800, 1600], batch: [1, 4, 16, 64, 256], hidden: [64, 128, 256, 512], vocabulary: [5000, 20_000, 100_000],
      },
    },
  };
}
