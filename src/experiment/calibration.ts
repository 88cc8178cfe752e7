import { z } from 'zod';

import type { Dataset } from '../data/dataset.ts';
import { measureCalibration } from '../measure/classification.ts';
import type { Classified } from '../measure/classification.ts';
import { applyTemperature, fitTemperature } from '../measure/temperature.ts';
import type { EpochEvent } from '../training/epoch.ts';
import { anyNumber } from './records.ts';

const figure = anyNumber.transform(Number);

/** Log loss in nats, expected calibration error in 15 bins, Brier score. */
const figuresSchema = z.strictObject({ logLoss: figure, calibrationError: figure, brier: figure });

/** Of the model's own probabilities, and of those that the temperature gives. */
const partSchema = z.strictObject({ reviews: z.int().min(1), before: figuresSchema, after: figuresSchema });

/** calibration.json: the temperature that makes probabilities of the best epoch true on the validation part. */
export const calibrationSchema = z.strictObject({
  format: z.literal(1),
  /** Of the checkpoint that it belongs to: `best-<epoch>-0`. */
  epoch: z.int().min(1),
  temperature: z.number().positive(),
  validation: partSchema,
  /** Measured, and never chosen by; null without test reviews. */
  test: partSchema.nullable(),
  /** Runs on synthetic data say so. */
  synthetic: z.literal(true).optional(),
});
export type Calibration = Readonly<z.infer<typeof calibrationSchema>>;

export const CALIBRATION_FILE = 'calibration.json';

/** Fits the temperature of an epoch's probabilities, of which at least one is of a validation review. */
export function calibrate(
  { record, validationProbabilities, testProbabilities }: Pick<EpochEvent, 'record' | 'validationProbabilities' | 'testProbabilities'>,
  { validation, test }: Dataset,
): Calibration {
  const chosenBy = { labels: validation.labels, probabilities: validationProbabilities };
  const temperature = fitTemperature(chosenBy);
  const measure = ({ labels, probabilities }: Classified): Calibration['validation'] => ({
    reviews: probabilities.length, before: toFigures({ labels, probabilities }),
    after: toFigures({ labels, probabilities: probabilities.map((row) => applyTemperature(row, temperature)) }),
  });
  return {
    format: 1, epoch: record.epoch, temperature, validation: measure(chosenBy),
    test: testProbabilities.length === 0 ? null : measure({ labels: test.labels, probabilities: testProbabilities }),
  };
}

function toFigures(classified: Classified): Calibration['validation']['before'] {
  const { logLoss, calibrationError, brier } = measureCalibration(classified);
  return { logLoss, calibrationError, brier };
}
