import { z } from 'zod';
import type { ModelConfig } from '../models/build.ts';
import { choose, settingsOf } from '../registry.ts';
import type { Shape } from '../registry.ts';
import { crossEntropyObjective } from './objectives/cross-entropy.ts';
import type { Objective, ObjectiveComponent } from './objectives/objective.ts';
import { constantSchedule } from './schedules/schedule.ts';
import type { Schedule, ScheduleComponent } from './schedules/schedule.ts';
import { epochLimit } from './stopping/stop-rule.ts';
import type { StopComponent, StopRule } from './stopping/stop-rule.ts';
import { adam } from './updates/adam.ts';
import { clip } from './updates/clip.ts';
import type { UpdateComponent, UpdateRule } from './updates/rule.ts';

/** The parts of training by their names: a new one is its file and its line here. */
export const objectives = { 'cross-entropy': crossEntropyObjective } as const;
export const schedules = { constant: constantSchedule } as const;
/** All that are on take part: the rules of an update in this order, each stop rule by itself. */
export const updateRules = { clip, adam } as const;
export const stopRules = { epochs: epochLimit } as const;

const count = z.int().min(1).max(100_000);

/** The config's section `training` of a model that is trained by gradients. */
export const trainingSchema = z
  .strictObject({
    ...settingsOf(stopRules),
    batchSize: count.default(64).describe('Reviews in a training step.'),
    ...settingsOf(updateRules),
    objective: choose(objectives, 'What training makes small.'),
    ...settingsOf(objectives),
    schedule: choose(schedules, 'What becomes of the learning rate over a run.'),
    ...settingsOf(schedules),
    bucketBatches: count.default(50).describe('Batches whose reviews are sorted by length together; 1 turns bucketing off.'),
    evaluationBatchSize: count.default(256).describe('Reviews in an evaluation step.'),
    checkpointSeconds: z.number().positive().max(1_000_000).default(120)
      .describe('Seconds between checkpoints within an epoch; there is one after every epoch besides.'),
  })
  .prefault({})
  .describe('How the classifier is trained: updates, batches, epochs.');

/** Keys of it that say how a run is kept, not what it computes. */
export const keepingKeys: readonly (keyof TrainingConfig)[] = ['checkpointSeconds'];

export type TrainingConfig = Readonly<z.infer<typeof trainingSchema>>;

/** What a model in training depends on besides the reviews. */
export interface NeuralConfig {
  readonly seed: number;
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
}

export function createObjective(config: TrainingConfig): Objective {
  const component: ObjectiveComponent<Shape> = objectives[config.objective];
  return component.create(config);
}

export function createSchedule(config: TrainingConfig): Schedule {
  const component: ScheduleComponent<Shape> = schedules[config.schedule];
  return component.create(config);
}

export function createUpdateChain(config: TrainingConfig): UpdateRule[] {
  return Object.values<UpdateComponent<Shape>>(updateRules).flatMap((component) => component.create(config) ?? []);
}

/** @returns one rule: the first reason of any */
export function createStopRule(config: TrainingConfig): StopRule {
  const rules = Object.values<StopComponent<Shape>>(stopRules).flatMap((component) => component.create(config) ?? []);
  return (history) => rules.reduce<string | null>((reason, rule) => reason ?? rule(history), null);
}

/** For the header of a run, the last rule first: `Adam 0.001, clipped at 1`. */
export function describeUpdates(config: TrainingConfig): string {
  const words = Object.values<UpdateComponent<Shape>>(updateRules).map((component) => component.describe(config));
  return words.filter((word) => word !== '').reverse().join(', ');
}
