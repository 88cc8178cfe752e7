import type { Registered, SettingsOf, Shape } from '../../registry.ts';

/** How long a run is. */
export interface RunPlan {
  readonly epochs: number;
  /** Training steps in one of them. */
  readonly epochSteps: number;
}

/** What the learning rate is multiplied by over a run. */
export interface Schedule {
  /** @param step from 1 */
  factor(step: number, plan: RunPlan): number;
  /** Whether the past would have been another with more epochs, so that a run cannot be lengthened. */
  readonly dependsOnEpochs: boolean;
}

/** Training steps of a run. */
export function countSteps({ epochs, epochSteps }: RunPlan): number {
  return epochs * epochSteps;
}

export interface ScheduleComponent<Keys extends Shape> extends Registered {
  readonly settings: Keys;
  create(settings: SettingsOf<Keys>): Schedule;
}

export const constantSchedule = {
  settings: {},
  summary: 'the learning rate as it is',
  create: (): Schedule => ({ factor: () => 1, dependsOnEpochs: false }),
} satisfies ScheduleComponent<Shape>;
