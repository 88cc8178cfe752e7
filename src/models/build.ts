import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { PackedBatch } from '../data/batches.ts';
import { UserError } from '../errors.ts';
import type { OnnxGraph } from '../ops/onnx-graph.ts';
import { choose, namesOf, settingsOf } from '../registry.ts';
import type { Shape } from '../registry.ts';
import { embedding } from './embedding.ts';
import { minimal } from './encoders/minimal.ts';
import { recurrent } from './encoders/recurrent.ts';
import { transformer } from './encoders/transformer.ts';
import { linearHead } from './heads/linear.ts';
import { VALUE_BYTES } from './module.ts';
import type {
  BatchShape, Checkpointing, Component, Encoder, OnnxBatch, PartCost, Pass, Sequence, SequenceModule,
} from './module.ts';
import type { ParameterSpec, Weights } from './parameters.ts';
import { attentionPooling } from './poolings/attention.ts';
import { concatPooling } from './poolings/concat.ts';
import { lastPooling } from './poolings/last.ts';
import { maxPooling, meanPooling } from './poolings/reduction.ts';

/** The parts by their names in configs: a new one is its file and its line here. An encoder's name is a `model.type`. */
export const encoders = { recurrent, minimal, transformer } as const;
export const poolings = {
  last: lastPooling, mean: meanPooling, max: maxPooling, concat: concatPooling, attention: attentionPooling,
} as const;
export const heads = { linear: linearHead } as const;

export type EncoderName = keyof typeof encoders;

function createSchema<Name extends EncoderName, Keys extends Shape>(
  type: Name,
  encoder: { readonly settings: Keys; readonly summary: string },
) {
  return z
    .strictObject({
      type: z
        .enum([type])
        .default(type as never)
        .describe('What kind of model: it decides which other keys `model` and `training` have.'),
      ...embedding.settings,
      ...encoder.settings,
      pooling: choose(poolings, 'How a sequence becomes one vector.'),
      ...settingsOf(poolings),
      head: choose(heads, 'What turns that vector into logits.'),
      ...settingsOf(heads),
    })
    .prefault({} as never)
    .describe(`The classifier: embedding, ${encoder.summary}, pooling, head.`);
}

type ModelSchemas = { [Name in EncoderName]: ReturnType<typeof createSchema<Name, (typeof encoders)[Name]['settings']>> };

/** The config's section `model` by its `type`. */
export const modelSchemas = Object.fromEntries(
  namesOf(encoders).map((type) => [type, createSchema<EncoderName, Shape>(type, encoders[type])]),
) as unknown as ModelSchemas;

/** The section of a config, of any encoder. */
export type ModelConfig = Readonly<z.infer<ModelSchemas[EncoderName]>>;

/** A classifier, built: embed → encode → pool → classify. */
export interface Model {
  /** In the order of torch's `named_parameters()`. */
  readonly parameters: readonly ParameterSpec[];
  /** @returns [B, classes], rows in the batch's order */
  logits(batch: PackedBatch, weights: Weights, pass: Pass): Tensor2D;
  /**
   * Bytes of what the encoder makes of each word of the vocabulary alone, which the batches of an evaluation can share; null where a
   * batch's rows are its own.
   */
  readonly sharedBytes: number | null;
  /** Part by part, from the embedding to the head. */
  costs(shape: BatchShape, checkpointing?: Checkpointing): PartCost[];
  /**
   * Writes the model into an ONNX graph.
   * @returns the name of the logits [batch, classes] @throws UserError where ONNX has no words for a part
   */
  toOnnx(graph: OnnxGraph, batch: OnnxBatch, weights: Weights): string;
}

/** As IMDB has them. */
export const BINARY = 2;

export function buildModel(config: ModelConfig, vocabularySize: number, classes = BINARY): Model {
  const sizes = { vocabularySize, classes, inputSize: 0, blocks: 0 };
  const embed = embedding.create(config, sizes);
  const encode = encoderOf(config).create(config, { ...sizes, inputSize: embed.outputSize, blocks: embed.blocks });
  const pooling: Component<Shape, Sequence, Tensor2D> = poolings[config.pooling];
  const pool = pooling.create(config, { ...sizes, inputSize: encode.outputSize, blocks: encode.blocks });
  const head: Component<Shape, Tensor2D, Tensor2D> = heads[config.head];
  const classify = head.create(config, { ...sizes, inputSize: pool.outputSize, blocks: 1 });
  return {
    parameters: [embed, encode, pool, classify].flatMap(({ parameters }) => parameters),
    logits: (batch, weights, pass) => {
      const sequence = encode.apply(embed.apply(batch, weights, pass), weights, pass);
      return classify.apply(pool.apply(sequence, weights, pass), weights, pass);
    },
    sharedBytes: embed.readsTableAsItIs ? countSharedBytes(encode, { vocabularySize, inputSize: embed.outputSize }) : null,
    costs: (shape, checkpointing = 'none') => {
      const encoded = embed.sequenceShape(shape);
      return [
        ...embed.costs(shape, encode.keepsInput === true),
        ...encode.costs(encoded, pool.keepsInput === true, checkpointing),
        ...pool.costs({ ...encoded, distinctTokens: encoded.tokens }, classify.keepsInput === true),
        ...classify.costs(encoded, false),
      ];
    },
    toOnnx(graph, batch, weights) {
      if (embed.toOnnx === undefined || encode.toOnnx === undefined || pool.toOnnx === undefined || classify.toOnnx === undefined) {
        throw new UserError(`${labelModel(config)} cannot be written as ONNX: a part of it does not say how; `
          + 'give that part a toOnnx, or export with --format safetensors');
      }
      const sequence = encode.toOnnx(graph, embed.toOnnx(graph, batch, weights), weights);
      return classify.toOnnx(graph, pool.toOnnx(graph, sequence, weights), weights);
    },
  };
}

/** A product with each row of the vocabulary's table is all that an encoder does for words that stand nowhere. */
function countSharedBytes(
  encode: SequenceModule<Sequence>, { vocabularySize, inputSize }: { readonly vocabularySize: number; readonly inputSize: number },
): number {
  const costs = encode.costs({ rows: 1, tokens: 0, distinctTokens: vocabularySize }, false);
  return VALUE_BYTES * costs.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0) / inputSize;
}

function encoderOf({ type }: Pick<ModelConfig, 'type'>): Encoder<Shape> {
  return encoders[type];
}

/** Why training cannot compute a part of such a model again, in words for a message; null where it can. */
export function findCheckpointingProblem(config: ModelConfig, checkpointing: Checkpointing): string | null {
  const encoder = encoderOf(config), { checkpointings } = encoder;
  if (checkpointings.includes(checkpointing)) return encoder.findCheckpointingProblem?.(config, checkpointing) ?? null;
  return `training.gradientCheckpointing ${checkpointing} is not for model.type ${config.type}; use ${checkpointings.join(' or ')}`;
}

/** Which settings of a model do not go together, in words for a message; null where all do. */
export function findModelProblem(config: ModelConfig): string | null {
  return encoderOf(config).findProblem?.(config, config.embeddingSize) ?? null;
}

/** What of training a model the loaded engine does slowly, in words for a warning; null for nothing. */
export function findModelSlowness(config: ModelConfig): string | null {
  return encoderOf(config).findSlowness?.(config) ?? null;
}

/** As tables name it: `BiLSTM`, `GRU + attention`. */
export function labelModel(config: ModelConfig): string {
  const { mark }: Component<Shape, Sequence, Tensor2D> = poolings[config.pooling];
  return [encoderOf(config).label(config), ...(mark === undefined ? [] : [mark])].join(' ');
}

/** For the header of a run: `BiLSTM, 2 layers, 256 → 128, dropout 0.5 between layers`. */
export function describeModel(config: ModelConfig): string {
  const parts: readonly Pick<Component<Shape, never, never>, 'describe' | 'dropouts'>[] = [
    embedding,
    encoderOf(config),
    poolings[config.pooling],
    heads[config.head],
  ];
  const rates = parts.flatMap((part) => Object.entries(part.dropouts(config))).filter(([, rate]) => rate > 0);
  const dropout = rates.length === 0 ? 'no dropout' : `dropout ${rates.map(([place, rate]) => `${rate} ${place}`).join(', ')}`;
  return [...parts.map((part) => part.describe(config, config.embeddingSize)), dropout].filter((words) => words !== '').join(', ');
}
