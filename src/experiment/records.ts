import { z } from 'zod';

import { sentiments } from '../data/review.ts';
import { epochRecordSchema } from '../training/epoch.ts';
import type { EpochRecord } from '../training/epoch.ts';
import { computeMean, computeMedian } from '../measure/statistics.ts';

export type { EpochRecord };

/** A number as JSON can hold it: what is not finite by its name. */
export const anyNumber = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);

/** For JSON.stringify: JSON has no NaN and no infinity, and null stands for what is missing. */
export function nameNonFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

const storedLoss = anyNumber.transform(Number).nullable();

/** Runs before 0.2.0 wrote null for a loss that is not a number. */
const orNaN = (loss: number | null): number => loss ?? Number.NaN;

/** A line of metrics.jsonl. Runs on synthetic data say so in every line. */
export const storedEpochSchema = epochRecordSchema
  .extend({ trainLoss: storedLoss, validationLoss: storedLoss, testLoss: storedLoss, synthetic: z.literal(true).optional() })
  .transform(({ synthetic: _, ...record }): EpochRecord => ({
    ...record, trainLoss: orNaN(record.trainLoss), testLoss: orNaN(record.testLoss),
    validationLoss: record.validationAccuracy === null ? record.validationLoss : orNaN(record.validationLoss),
  }));

/** Columns of metrics.csv, in order. */
export const epochColumns = Object.keys(epochRecordSchema.shape) as (keyof EpochRecord)[];

const count = z.int().min(0);
const fraction = z.number().min(0).max(1);
/** The name of each label, in their order. */
export const classNames = z.array(z.string()).min(2).readonly();
const partCounts = z.strictObject({ train: count, validation: count, test: count });
/** `file` is a person's own table, called `csv` before 0.2. */
const datasetKind = z.enum(['imdb', 'file', 'csv', 'sample', 'recall']);

export const runStatuses = ['running', 'completed', 'interrupted', 'diverged', 'failed'] as const;

/** What the epochs of a run say together; null before the first epoch. */
export const epochSummarySchema = z.strictObject({
  /** Epochs completed. */
  epochs: count,
  /** Best validation accuracy, the first of equals; null without a validation part. */
  bestEpoch: count.nullable(),
  /** Best test accuracy of any epoch: the articles' figure, chosen on the test set itself. */
  bestTestAccuracy: fraction.nullable(),
  bestTestEpoch: count.nullable(),
  /** Test accuracy of `bestEpoch`: the honest figure. */
  testAccuracyAtBestValidation: fraction.nullable(),
  convergenceEpoch: count.nullable(),
  convergenceDefinition: z.string(),
  meanEpochSeconds: z.number().nullable(),
  medianEpochSeconds: z.number().nullable(),
});
export type EpochSummary = Readonly<z.infer<typeof epochSummarySchema>>;

/** Where a run stopped because its loss or gradient was not finite. */
export const divergenceSchema = z.strictObject({
  epoch: count,
  /** Of the epoch, from 1. */
  batch: count,
  /** Of the run, from 1: the update that was not made. */
  step: count,
  loss: anyNumber,
  gradientNorm: anyNumber,
});
export type Divergence = Readonly<z.infer<typeof divergenceSchema>>;

/** What is known of a run besides its epochs. */
export const runFactsSchema = z.strictObject({
  status: z.enum(runStatuses),
  dataset: datasetKind,
  synthetic: z.boolean(),
  /** The name of each label; an older run records none, and has IMDB's. */
  classes: classNames.optional(),
  seed: count,
  /** In all, and by the groups of the model's parts: a linear model is all head. */
  parameters: z.object({ total: count, embedding: count }).catchall(count),
  /** The operating system's high-water mark of the whole process. */
  peakRssBytes: count,
  /** Resident memory with the engine started, before the reviews are read. Null where it was not measured so. */
  baselineRssBytes: count.nullable(),
  /** Null when the engine does not count it. */
  peakTensorBytes: count.nullable(),
  /** C of a linear model, chosen on the validation part; only of such a run that is completed. */
  strength: z.number().optional(),
  /** Why training ended before its last epoch; only of such a run. */
  stopped: z.string().optional(),
  /** Only of a run that diverged. */
  divergence: divergenceSchema.optional(),
  /** Why, only of a run that failed. */
  failure: z.string().optional(),
});
export type RunFacts = Readonly<z.infer<typeof runFactsSchema>>;

/** summary.json */
export const summarySchema = runFactsSchema.extend(epochSummarySchema.shape);
export type Summary = Readonly<z.infer<typeof summarySchema>>;

/** The names of its labels. */
export function classesOf({ classes }: Pick<Summary, 'classes'>): readonly string[] {
  return classes ?? sentiments;
}

/** The commit of a checkout; null, with the reason, where git does not tell. */
const gitStateSchema = z.union([
  z.strictObject({ commit: z.string(), dirty: z.boolean() }),
  z.strictObject({ commit: z.null(), problem: z.string() }),
]);

/** environment.json; the versions of tfjs and TensorFlow are null for a run that does not use them. */
export const environmentSchema = z.strictObject({
  versions: z.strictObject({ gatelab: z.string(), node: z.string(), tfjs: z.string().nullable(), tensorflow: z.string().nullable() }),
  platform: z.string(),
  cpu: z.string(),
  cores: count,
  memoryBytes: count,
  engine: z.string(),
  threads: count,
  dataset: z.strictObject({
    kind: datasetKind,
    location: z.string(),
    /** Of the reviews themselves; before 0.2, of the file. */
    fingerprint: z.string(),
    /** Of the file they were read from; see src/experiment/same-reviews.ts. */
    sourceHash: z.string().optional(),
    synthetic: z.boolean(),
    counts: partCounts,
    /** Positive reviews among them; of an older run, which had IMDB's classes. */
    positives: partCounts.optional(),
    /** [classes] reviews of each class among those of a part, in the order of the summary's classes. */
    classCounts: z.strictObject({ train: z.array(count), validation: z.array(count), test: z.array(count) }).optional(),
    /** Its name and all that its tokens depend on, as `words 1`. */
    tokenizer: z.string().optional(),
  }),
  git: gitStateSchema.nullable(),
  startedAt: z.iso.datetime(),
});
export type Environment = Readonly<z.infer<typeof environmentSchema>>;

/** Half a percentage point, and what decimal fractions lose in binary. */
const CONVERGENCE_MARGIN = 0.005 + 1e-9;

/** Shown wherever a convergence epoch is shown. The articles do not give theirs. */
export const convergenceDefinition =
  'first epoch whose test accuracy is within 0.5 percentage points of the best test accuracy of the run';

/** The record with the largest value, the first of equals; records without a value do not count. */
function firstBest(records: readonly EpochRecord[], valueOf: (record: EpochRecord) => number | null): EpochRecord | null {
  let best: EpochRecord | null = null;
  for (const record of records) {
    const value = valueOf(record);
    if (value !== null && (best === null || value > (valueOf(best) ?? -Infinity))) best = record;
  }
  return best;
}

export function summarizeEpochs(records: readonly EpochRecord[]): EpochSummary {
  const best = firstBest(records, (record) => record.validationAccuracy);
  const bestTest = firstBest(records, (record) => record.testAccuracy);
  const seconds = records.map((record) => record.epochSeconds);
  const converged = records.find((record) => bestTest !== null && record.testAccuracy >= bestTest.testAccuracy - CONVERGENCE_MARGIN);
  return {
    epochs: records.length,
    bestEpoch: best?.epoch ?? null,
    bestTestAccuracy: bestTest?.testAccuracy ?? null,
    bestTestEpoch: bestTest?.epoch ?? null,
    testAccuracyAtBestValidation: best?.testAccuracy ?? null,
    convergenceEpoch: converged?.epoch ?? null,
    convergenceDefinition,
    meanEpochSeconds: seconds.length === 0 ? null : computeMean(seconds),
    medianEpochSeconds: seconds.length === 0 ? null : computeMedian(seconds),
  };
}

export function createSummary(facts: RunFacts, records: readonly EpochRecord[]): Summary {
  return { ...facts, ...summarizeEpochs(records) };
}

/** Peak resident memory less what the engine alone takes, in bytes; null where that was not measured. */
export function computePeakAboveBaseline({
  peakRssBytes,
  baselineRssBytes,
}: Pick<RunFacts, 'peakRssBytes' | 'baselineRssBytes'>): number | null {
  return baselineRssBytes === null ? null : Math.max(0, peakRssBytes - baselineRssBytes);
}
