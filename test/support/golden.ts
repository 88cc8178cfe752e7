import { readdirSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { neuralSchema } from '../../src/experiment-schema.ts';
import type { ExperimentConfig } from '../../src/experiment-schema.ts';
import { createBatchPacker } from '../../src/data/batches.ts';
import type { PackedBatch } from '../../src/data/batches.ts';
import type { EncoderName } from '../../src/models/build.ts';
import type { CellName } from '../../src/ops/cells.ts';
import { createTrainee } from '../../src/training/step.ts';
import type { Trainee } from '../../src/training/step.ts';

const folder = new URL('../golden/', import.meta.url);

/** A file of test/golden, written by scripts/golden/make-golden.py. */
export interface Golden {
  model: { type?: EncoderName; cell?: CellName; bidirectional?: boolean; embeddingSize: number; pooling?: string };
  vocabularySize: number;
  training: { learningRate: number; clipNorm: number; steps: number };
  reviews: number[][];
  labels: number[];
  shapes: Record<string, number[]>;
  parameters: Record<string, number[]>;
  logits: number[];
  loss: number;
  gradients: Record<string, number[]>;
  gradientNorm: number;
  afterAdam: Record<string, number[]>;
}

/** One for each encoder, cell, direction and pooling that has a definition elsewhere. */
export const goldenNames = readdirSync(folder).filter((file) => file.endsWith('.json')).map((file) => file.replace('.json', ''))
  .filter((name) => 'shapes' in readGolden(name));

export function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Golden;
}

export function goldenConfig({ model, training: { learningRate, clipNorm } }: Golden): ExperimentConfig {
  return neuralSchema.parse({ model: { ...model, dropoutRate: 0 }, training: { learningRate, clipNorm } });
}

export function goldenParameters({ parameters, shapes }: Golden): Map<string, tf.Tensor> {
  return new Map(Object.entries(parameters).map(([name, values]) => [name, tf.tensor(values, shapes[name])]));
}

/** The model of a golden file before its first step. */
export function goldenTrainee(golden: Golden): Trainee {
  return createTrainee(goldenConfig(golden), golden.vocabularySize, { parameters: goldenParameters(golden), steps: 0, slots: new Map() });
}

/** Reviews packed as one batch. */
export function packReviews(reviews: number[][], labels: number[], vocabularySize: number): PackedBatch {
  const offsets = Int32Array.from([0, ...reviews.map((_, row) => reviews.slice(0, row + 1).flat().length)]);
  const part = {
    tokenIds: Int32Array.from(reviews.flat()),
    offsets,
    labels: Uint8Array.from(labels),
    ids: reviews.map((_, row) => `row/${row}`),
    vocabularySize,
    unknownTokens: 0,
    truncatedReviews: 0,
  };
  return createBatchPacker(part)(Int32Array.from(reviews.keys()));
}

/** Largest absolute difference, NaN counting as infinite. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return Array.from(actual).reduce((worst, value, i) => {
    const difference = Math.abs(value - (expected[i] ?? Number.NaN));
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }, 0);
}
