import { z } from 'zod';
import { noTotals } from './evaluate.ts';

const count = z.int().min(0);

/** Where a run is: the batch that comes next, and the epoch's sums so far. All else that a step depends on is the seed and the weights. */
export const trainingPositionSchema = z.strictObject({
  /** The epoch being trained, from 1. */
  epoch: z.int().min(1),
  /** Its steps done. */
  step: count,
  totals: z.strictObject({ lossSum: z.number(), correct: count, examples: count }),
  /** Spent on its steps. */
  seconds: z.number().min(0),
});

export type TrainingPosition = Readonly<z.infer<typeof trainingPositionSchema>>;

export function startOfEpoch(epoch: number): TrainingPosition {
  return { epoch, step: 0, totals: noTotals, seconds: 0 };
}
