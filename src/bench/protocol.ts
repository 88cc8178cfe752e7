import { z } from 'zod';
import type { Precision } from '../export/onnx/graph.ts';

const size = z.int().min(1);
const shared = { vocabularySize: size, layers: size, embeddingSize: size, dropoutRate: z.number() };

/** The keys of a config's model that a competitor builds it from, for the models that peers have too; others are left out. */
export const benchModelSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('recurrent'), cell: z.enum(['rnn', 'lstm', 'gru']), bidirectional: z.boolean(), hiddenSize: size,
    pooling: z.enum(['last', 'attention']), ...shared,
  }),
  z.object({
    type: z.literal('minimal'), cell: z.literal('mingru'), bidirectional: z.literal(false), hiddenSize: size, pooling: z.literal('last'),
    ...shared,
  }),
  z.object({
    type: z.literal('transformer'), heads: size, feedForwardSize: size, maxPositions: size, activation: z.literal('relu'),
    norm: z.literal('pre'), positions: z.literal('learned'), pooling: z.literal('last'), ...shared,
  }),
]);
export type BenchModel = Readonly<z.infer<typeof benchModelSchema>>;
export type RecurrentModel = Extract<BenchModel, { readonly type: 'recurrent' }>;

/** Tokens that every row is padded or cut to; gatelab packs and ignores it. */
export type Padding = number | 'longest';

/** What a competitor is asked, one JSON line each; it answers each with one line. */
export type Request =
  | { readonly do: 'build'; readonly model: BenchModel; readonly tuned: boolean }
  /** Batches written by `writeBatches`, for those that take texts with `writeTexts`; batch k is the rows from k·batchSize on. */
  | { readonly do: 'load'; readonly folder: string; readonly batchSize: number }
  | { readonly do: 'train' | 'evaluate' | 'predict'; readonly batch: number; readonly pad: Padding }
  /** Gatelab only: a product of two square matrices. */
  | { readonly do: 'matMul'; readonly size: number }
  /** Gatelab only: one training step, and how much of it went into the recurrences. */
  | { readonly do: 'profile'; readonly batch: number }
  /** Gatelab only: writes the model as `export` does. */
  | { readonly do: 'export'; readonly folder: string; readonly precision: Precision };

/** The first line of a competitor, when all its libraries are loaded. */
export const readySchema = z.object({ ready: z.literal(true), versions: z.record(z.string(), z.string()) });
export const doneSchema = z.object({});
/** `parameters`: trainable values of the model as the competitor has built it; null of one that opens a file of gatelab's. */
export const builtSchema = z.object({ parameters: z.int().positive().nullable() });
/** `result`: the loss of a training step, the correct rows of an evaluation, the mean probability of label 1 of a prediction. */
export const timedSchema = z.object({ seconds: z.number().positive(), result: z.number() });
export const profileSchema = z.object({
  seconds: z.number().positive(), forwardSeconds: z.number().min(0), backwardSeconds: z.number().min(0),
  /** N, what the batch's reviews have together. */
  tokens: z.int(),
});
export const errorSchema = z.object({ error: z.string() });
export type Timed = Readonly<z.infer<typeof timedSchema>>;
export type Profile = Readonly<z.infer<typeof profileSchema>>;
