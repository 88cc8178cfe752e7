import { z } from 'zod';
import type { RecurrentConfig } from '../experiment-schema.ts';

/** The articles' classifier, all that a competitor needs to build it. */
export interface BenchModel
  extends Pick<RecurrentConfig['model'], 'bidirectional' | 'layers' | 'embeddingSize' | 'hiddenSize' | 'dropoutRate'> {
  /** One that the peers have too. */
  readonly cell: 'rnn' | 'lstm' | 'gru';
  readonly vocabularySize: number;
}

/** Tokens that every row is padded or cut to; gatelab packs and ignores it. */
export type Padding = number | 'longest';

/** What a competitor is asked, one JSON line each; it answers each with one line. */
export type Request =
  | { readonly do: 'build'; readonly model: BenchModel; readonly tuned: boolean }
  /** Batches written by `writeBatches`; batch k is the rows from k·batchSize on. */
  | { readonly do: 'load'; readonly folder: string; readonly batchSize: number }
  | { readonly do: 'train' | 'evaluate'; readonly batch: number; readonly pad: Padding }
  /** Gatelab only: a product of two square matrices. */
  | { readonly do: 'matMul'; readonly size: number }
  /** Gatelab only: one training step, and how much of it went into the recurrences. */
  | { readonly do: 'profile'; readonly batch: number };

/** The first line of a competitor, when all its libraries are loaded. */
export const readySchema = z.object({ ready: z.literal(true), versions: z.record(z.string(), z.string()) });
export const doneSchema = z.object({});
/** `result`: the loss of a training step, the correct rows of an evaluation. */
export const timedSchema = z.object({ seconds: z.number().positive(), result: z.number() });
export const profileSchema = z.object({
  seconds: z.number().positive(), forwardSeconds: z.number().min(0), backwardSeconds: z.number().min(0),
  /** N, what the batch's reviews have together. */
  tokens: z.int(),
});
export const errorSchema = z.object({ error: z.string() });
export type Profile = Readonly<z.infer<typeof profileSchema>>;
