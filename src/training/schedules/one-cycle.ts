import { z } from 'zod';
import type { ScheduleComponent } from './schedule.ts';
import { countSteps } from './schedule.ts';

const settings = {
  oneCyclePeak: z.number().positive().lt(1).default(0.3)
    .describe('Of the `one-cycle` schedule: the share of the run after which the learning rate is reached.'),
  oneCycleStartFactor: z.number().positive().max(1).default(1 / 25)
    .describe('Of the `one-cycle` schedule: the share of the learning rate it begins with.'),
  oneCycleEndFactor: z.number().min(0).max(1).default(4e-6)
    .describe('Of the `one-cycle` schedule: what remains of the learning rate at the end.'),
};

/** From one value to another along half a cosine. @param share of the way, 0 to 1 */
function anneal(from: number, to: number, share: number): number {
  return to + (from - to) * (1 + Math.cos(Math.PI * share)) / 2;
}

/**
 * Up to the learning rate along half a cosine and down again to almost nothing: Smith and Topin (2019), "Super-convergence", as torch's
 * OneCycleLR has it by default, but for Adam's β₁, which stays as it is (cycle_momentum=False).
 */
export const oneCycleSchedule = {
  settings,
  summary: 'up from a small part of it and down again to almost nothing',
  create: ({ oneCyclePeak, oneCycleStartFactor, oneCycleEndFactor }) => ({
    factor(step, plan) {
      const last = countSteps(plan) - 1, peak = oneCyclePeak * (last + 1) - 1, at = step - 1;
      if (at < peak) return anneal(oneCycleStartFactor, 1, at / peak);
      return anneal(1, oneCycleEndFactor, Math.min(1, (at - peak) / (last - peak)));
    },
    dependsOnEpochs: true,
  }),
} satisfies ScheduleComponent<typeof settings>;
