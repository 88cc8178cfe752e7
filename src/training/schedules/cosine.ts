import { z } from 'zod';
import type { ScheduleComponent } from './schedule.ts';
import { countSteps } from './schedule.ts';

const settings = {
  cosineEndFactor: z.number().min(0).max(1).default(0).describe('Of the `cosine` schedule: what remains of the learning rate at the end.'),
};

/**
 * Half a cosine from the learning rate down to `cosineEndFactor` of it over the run, step by step: Loshchilov and Hutter (2017), "SGDR",
 * equation 5 without restarts; torch's CosineAnnealingLR(T_max = steps of the run).
 */
export const cosineSchedule = {
  settings,
  summary: 'down along half a cosine over the whole run',
  create: ({ cosineEndFactor: end }) => ({
    factor: (step, plan) => end + (1 - end) * (1 + Math.cos(Math.PI * (step - 1) / countSteps(plan))) / 2,
    dependsOnEpochs: true,
  }),
} satisfies ScheduleComponent<typeof settings>;
