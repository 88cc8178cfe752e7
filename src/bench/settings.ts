import { join } from 'node:path';
import { defaultConfigFolder, loadNeuralConfig } from '../experiment-config.ts';
import { experimentSchema } from '../experiment-schema.ts';
import { describeModel, labelModel } from '../models/build.ts';
import { benchModelSchema } from './protocol.ts';
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
  /** What it is, and what PyTorch has in its place. */
  readonly words: string;
}

export interface Growth {
  readonly model: BenchModel;
  readonly turns: number;
  readonly values: Readonly<Record<Axis, readonly number[]>>;
}

/** The models that can be measured, each by the name of its config. */
export const modelNames = ['lstm', 'bilstm', 'gru', 'rnn', 'gru-attention', 'mingru', 'transformer'] as const;
export type ModelName = (typeof modelNames)[number];

/** Those that are measured unless others are asked for: the articles', and of answers to texts the two that most people would run. */
export const defaultModels = { training: ['lstm', 'bilstm', 'gru', 'rnn'], latency: ['gru', 'lstm'] } as const;

/** What PyTorch has in the place of those that are no class of torch.nn. */
const inPyTorch: Readonly<Partial<Record<ModelName, string>>> = {
  'gru-attention': 'in PyTorch nn.GRU and a masked softmax over time',
  'mingru': "in PyTorch its authors' parallel scan in log space",
  'transformer': 'in PyTorch nn.TransformerEncoder with src_key_padding_mask, norm_first',
};

/** A model as its config in configs/ has it. @throws UserError where the config was changed to one that the peers lack */
export function benchModel(name: ModelName): NamedModel {
  const { config: { model, data } } = loadNeuralConfig(join(defaultConfigFolder, `${name}.yaml`));
  const peer = inPyTorch[name];
  return {
    name: labelModel(model), model: benchModelSchema.parse({ ...model, vocabularySize: data.vocabularySize }), epoch: name !== 'rnn',
    words: `${describeModel(model)}${peer === undefined ? '' : `; ${peer}`}`,
  };
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
  readonly models: readonly ModelName[];
}

export function benchSettings({ threads, rounds, full, quick, models }: Extent): BenchSettings {
  const { data, training } = experimentSchema.parse({});
  const sample = (count: number): number => (full ? Number.POSITIVE_INFINITY : quick ? count / 2 : count);
  return {
    threads, rounds,
    epochBatches: sample(EPOCH_BATCHES), evaluationBatches: sample(EVALUATION_BATCHES),
    batchSize: training.batchSize, evaluationBatchSize: training.evaluationBatchSize, maxLength: data.maxLength,
    warmUp: 2, matMulSize: 2048, models: models.map(benchModel),
    growth: {
      model: benchModel('lstm').model, turns: 4,
      values: quick || !models.includes('lstm') ? { length: [], batch: [], hidden: [], vocabulary: [] } : {
        length: [100, 200, 400, 800, 1600], batch: [1, 4, 16, 64, 256], hidden: [64, 128, 256, 512], vocabulary: [5000, 20_000, 100_000],
      },
    },
  };
}

/** How often answers to a batch of so many texts are timed. */
export interface AnswerTurns {
  readonly batchSize: number;
  readonly turns: number;
  /** Batches before those that count. */
  readonly warmUp: number;
}

/** What is measured of answers to texts. */
export interface LatencySettings {
  /** Threads of each competitor, one number after the other. */
  readonly threads: readonly number[];
  readonly batches: readonly AnswerTurns[];
  readonly maxLength: number;
  readonly vocabularySize: number;
  readonly models: readonly NamedModel[];
}

export function latencySettings({ threads, rounds, quick, models }: Omit<Extent, 'full'>): LatencySettings {
  const { data: { maxLength, vocabularySize } } = experimentSchema.parse({});
  const turns = quick ? Math.ceil(rounds / 2) : rounds;
  return {
    threads: [...new Set([1, threads])], maxLength, vocabularySize, models: models.map(benchModel),
    // One text takes milliseconds, 256 take hundreds of them.
    batches: [
      { batchSize: 1, turns: 8 * turns, warmUp: 200 }, // as one that has been asked for a while: its table of words is made (evaluate.ts)
      { batchSize: 32, turns, warmUp: 2 },
      { batchSize: 256, turns: Math.ceil(turns / 2), warmUp: 1 },
    ],
  };
}
