import { z } from 'zod';
import type { Schedule } from './schedule.ts';

export const warmUpSettings = {
  warmupSteps: z.int().min(0).max(10_000_000).default(0)
    .describe('Steps over which the learning rate grows from nothing, whatever the schedule; 0 for none (Goyal et al. 2017, section 2.2).'),
};

/** A schedule whose first steps are multiplied by step / warmupSteps: torch's LinearLR before another. */
export function warmUp(schedule: Schedule, warmupSteps: number): Schedule {
  return { ...schedule, factor: (step, plan) => schedule.factor(step, plan) * Math.min(1, step / Math.max(1, warmupSteps)) };
}
