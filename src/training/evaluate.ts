import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { evaluationBatches } from '../data/batches.ts';
import type { PackedBatch } from '../data/batches.ts';
import type { EncodedPart } from '../text/encode.ts';
import type { Model } from '../models/build.ts';
import { createSharedPass, evaluationPass } from '../models/module.ts';
import { createWeights, parameter } from '../models/parameters.ts';
import type { Parameters } from '../models/parameters.ts';
import { countCorrect, crossEntropy } from '../ops/linear.ts';
import { tidied } from '../ops/gradients.ts';
import { readScalar } from './gradients.ts';

/** Sums over batches, divided once at the end. */
export interface Totals {
  readonly lossSum: number;
  readonly correct: number;
  readonly examples: number;
}

export const noTotals: Totals = { lossSum: 0, correct: 0, examples: 0 };

export function addBatch(totals: Totals, meanLoss: number, correct: number, examples: number): Totals {
  return {
    lossSum: totals.lossSum + meanLoss * examples,
    correct: totals.correct + correct,
    examples: totals.examples + examples,
  };
}

/** Mean loss in nats and accuracy as a fraction; null for a part without reviews. */
export function means({ lossSum, correct, examples }: Totals): { loss: number | null; accuracy: number | null } {
  return examples === 0 ? { loss: null, accuracy: null } : { loss: lossSum / examples, accuracy: correct / examples };
}

export interface BatchEvaluation {
  /** Those given, and this batch's. */
  readonly totals: Totals;
  /** [B][C] rows in the batch's order. */
  readonly probabilities: readonly (readonly number[])[];
}

/** Loss, accuracy and probabilities of one batch without dropout. */
export function evaluateBatch(model: Model, parameters: Parameters, batch: PackedBatch, totals: Totals): BatchEvaluation {
  return judgeBatch(() => model.logits(batch, createWeights(parameters, batch.distinctIds), evaluationPass), batch, totals);
}

function judgeBatch(compute: () => Tensor2D, batch: PackedBatch, totals: Totals): BatchEvaluation {
  const { logits, loss, correct } = tidied(() => {
    const logits = compute();
    const labels = tf.tensor1d(batch.labels, 'int32');
    return { logits, loss: crossEntropy(logits, labels), correct: countCorrect(logits, labels) };
  });
  const probabilities = readSoftmax(logits);
  return { totals: addBatch(totals, readScalar(loss), readScalar(correct), batch.labels.length), probabilities };
}

/**
 * Softmax over the rows of logits [B, C], which it disposes of. Each probability is 1/Σⱼ exp(lⱼ − lₖ): of two classes it is above one
 * half exactly where its logit is the larger.
 */
function readSoftmax(logits: Tensor2D): number[][] {
  const [rows, classes] = logits.shape;
  const values = logits.dataSync();
  logits.dispose();
  return Array.from({ length: rows }, (_, row) => {
    const own = [...values.subarray(row * classes, (row + 1) * classes)];
    return own.map((logit) => 1 / own.reduce((sum, other) => sum + Math.exp(other - logit), 0));
  });
}

/** A model and what its parameters are now. */
export interface Evaluated {
  readonly model: Model;
  readonly parameters: Parameters;
}

/** The batches of a part, and how the model reads them. */
interface PartReading {
  readonly batches: Iterable<PackedBatch>;
  /** [B, C] without dropout, rows in the batch's order. */
  logits(batch: PackedBatch): Tensor2D;
}

/** What a part may have the model make of the whole vocabulary, in bytes. */
const LARGEST_SHARED = 2 ** 28;
/** Tokens of a part for each word of the vocabulary, from where on the words of its batches are more in all. */
const TOKENS_A_WORD = 10;

/** How a model whose parameters stay as they are reads one part after the other. */
export interface PartReader {
  read(part: EncodedPart, batchSize: number): PartReading;
  /** Frees what it keeps from part to part. */
  dispose(): void;
}

/**
 * Parts in batches of reviews of similar length. What the model makes of a word alone is made of the words of each batch, or of each word
 * of the vocabulary once: the same sums. It is the second where a part is long enough, and from when the batches so far had as many words
 * in all, so that it never costs more than twice the better of the two.
 */
export function createPartReader({ model, parameters }: Evaluated): PartReader {
  const { sharedBytes } = model, tables = model.parameters.filter(({ isTable }) => isTable === true);
  const [table, ...others] = tables.map(({ name }) => [name, parameter<Tensor2D>(parameters, name)] as const);
  const mayShare = sharedBytes !== null && sharedBytes <= LARGEST_SHARED && table !== undefined && others.length === 0;
  const shared = mayShare ? createSharedPass(table[1]) : null;
  const weights = mayShare ? createWeights(parameters, new Int32Array(), new Map([table])) : null;
  let wordsSoFar = 0, isShared = false;
  return {
    read(part, batchSize) {
      isShared ||= Math.max(part.tokenIds.length / TOKENS_A_WORD, wordsSoFar) >= part.vocabularySize;
      if (isShared && shared !== null && weights !== null) {
        return { batches: evaluationBatches(part, batchSize, true), logits: (batch) => model.logits(batch, weights, shared.pass) };
      }
      return {
        batches: evaluationBatches(part, batchSize),
        logits: (batch) => {
          wordsSoFar += batch.distinctIds.length;
          return model.logits(batch, createWeights(parameters, batch.distinctIds), evaluationPass);
        },
      };
    },
    dispose: () => { shared?.dispose(); },
  };
}

/** [reviews][C] the probability of each class for each review of a part, in its order, whatever batches of similar length it is read in. */
export type PredictPart = (part: EncodedPart, onDone?: (done: number) => void) => number[][];

/** @param onDone of what it returns takes how many reviews are done, before each batch */
export function createPredictor(reader: PartReader, batchSize: number): PredictPart {
  return (part, onDone) => {
    const probabilities: number[][] = [], reading = reader.read(part, batchSize);
    let done = 0;
    for (const batch of reading.batches) {
      onDone?.(done);
      readSoftmax(tidied(() => reading.logits(batch))).forEach((row, k) => { probabilities[batch.rows[k] ?? 0] = row; });
      done += batch.rows.length;
    }
    return probabilities;
  };
}

/** [reviews][C] */
export type ProbabilityRows = readonly (readonly number[])[];

/** What a whole part comes to. */
export interface PartEvaluation {
  readonly totals: Totals;
  /** [reviews][C], in the part's order, whatever the order of the batches. */
  readonly probabilities: ProbabilityRows;
}

/** Evaluates a part in batches of reviews of similar length, and yields how many reviews are done after each of them. */
export function* evaluatePart(evaluated: Evaluated, part: EncodedPart, batchSize: number): Generator<number, PartEvaluation> {
  const probabilities: (readonly number[])[] = [], reader = createPartReader(evaluated);
  let totals = noTotals;
  try {
    const reading = reader.read(part, batchSize);
    for (const batch of reading.batches) {
      const judged = judgeBatch(() => reading.logits(batch), batch, totals);
      ({ totals } = judged);
      batch.rows.forEach((row, k) => { probabilities[row] = judged.probabilities[k] ?? []; });
      yield totals.examples;
    }
  } finally {
    reader.dispose();
  }
  return { totals, probabilities };
}

/** Of two classes [reviews], the second's probability, which says the first's; of more [reviews · C], each one's. */
export function flattenProbabilities(rows: ProbabilityRows): Float64Array {
  return Float64Array.from(rows.flatMap((row) => (row.length === 2 ? row.slice(1) : row)));
}
