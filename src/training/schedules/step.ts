import { z } from 'zod';
import type { ScheduleComponent } from './schedule.ts';

const settings = {
  stepEpochs: z.int().min(1).max(100_000).default(5).describe('Of the `step` schedule: epochs between two falls of the learning rate.'),
  stepFactor: z.number().positive().max(1).default(0.1).describe('Of the `step` schedule: what a fall multiplies the learning rate by.'),
};

/** The learning rate multiplied by `stepFactor` every `stepEpochs` epochs: torch's StepLR. */
export const stepSchedule = {
  settings,
  summary: 'multiplied by a factor every few epochs',
  create: ({ stepEpochs, stepFactor }) => ({
    factor: (step, { epochSteps }) => stepFactor ** Math.floor((step - 1) / epochSteps / stepEpochs),
    dependsOnEpochs: false,
  }),
} satisfies ScheduleComponent<typeof settings>;
