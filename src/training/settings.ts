import { z } from 'zod';
import type { ModelConfig } from '../models/build.ts';
import { checkpointings } from '../models/module.ts';
import { choose, settingsOf } from '../registry.ts';
import type { Shape } from '../registry.ts';
import { crossEntropyObjective } from './objectives/cross-entropy.ts';
import type { Objective, ObjectiveComponent, TrainingData } from './objectives/objective.ts';
import { cosineSchedule } from './schedules/cosine.ts';
import { oneCycleSchedule } from './schedules/one-cycle.ts';
import { constantSchedule } from './schedules/schedule.ts';
import type { Schedule, ScheduleComponent } from './schedules/schedule.ts';
import { stepSchedule } from './schedules/step.ts';
import { warmUp, warmUpSettings } from './schedules/warm-up.ts';
import { earlyStopping } from './stopping/early.ts';
import { epochLimit } from './stopping/stop-rule.ts';
import type { StopComponent, StopRule } from './stopping/stop-rule.ts';
import { adam } from './updates/adam.ts';
import { averaging } from './updates/averaging.ts';
import { clip } from './updates/clip.ts';
import { clipValue } from './updates/clip-value.ts';
import { decay } from './updates/decay.ts';
import { rateSettings } from './updates/rates.ts';
import type { UpdateComponent, UpdateRule } from './updates/rule.ts';

/** The parts of training by their names: a new one is its file and its line here. */
export const objectives = { 'cross-entropy': crossEntropyObjective } as const;
export const schedules = {
  'constant': constantSchedule, 'cosine': cosineSchedule, 'step': stepSchedule, 'one-cycle': oneCycleSchedule,
} as const;
/** All that are on take part: the rules of an update in this order, each stop rule by itself. */
export const updateRules = { clip, clipValue, decay, adam, averaging } as const;
export const stopRules = { epochs: epochLimit, early: earlyStopping } as const;

const count = z.int().min(1).max(100_000);

/** The config's section `training` of a model that is trained by gradients. */
export const trainingSchema = z
  .strictObject({
    ...settingsOf(stopRules),
    batchSize: count.default(64).describe('Reviews in a batch.'),
    accumulationSteps: count.default(1).describe('Batches whose gradients make one update, as one batch of so many times the size would.'),
    ...settingsOf(updateRules),
    ...rateSettings,
    objective: choose(objectives, 'What training makes small.'),
    ...settingsOf(objectives),
    schedule: choose(schedules, 'What becomes of the learning rate over a run.'),
    ...settingsOf(schedules),
    ...warmUpSettings,
    bucketBatches: count.default(50).describe('Batches whose reviews are sorted by length together; 1 turns bucketing off.'),
    evaluationBatchSize: count.default(256).describe('Reviews in an evaluation step.'),
    gradientCheckpointing: z.enum(checkpointings).default('none')
      .describe('What a step computes again in its backward pass instead of keeping it (gradient checkpointing, Chen et al. 2016): memory '
        + 'for time, the same gradients to the bit. `none`; `layers`: each layer of the encoder, dropout included, from its input; `time`: '
        + 'the gates of recurrent layers, from a state kept every few steps.'),
    checkpointSeconds: z.number().positive().max(1_000_000).default(120)
      .describe('Seconds between checkpoints within an epoch; there is one after every epoch besides.'),
  })
  .prefault({})
  .describe('How the classifier is trained: updates, batches, epochs.');

/** Keys of it that say how a run is kept or in how much memory, not what it computes. */
export const keepingKeys: readonly (keyof TrainingConfig)[] = ['checkpointSeconds', 'gradientCheckpointing'];

export type TrainingConfig = Readonly<z.infer<typeof trainingSchema>>;

/** What a model in training depends on besides the reviews. */
export interface NeuralConfig {
  readonly seed: number;
  readonly model: ModelConfig;
  readonly training: TrainingConfig;
}

/** Which settings of training do not go with the data, in words for a message; null where all do. */
export function findTrainingProblem(config: TrainingConfig, data: TrainingData): string | null {
  const objective: ObjectiveComponent<Shape> = objectives[config.objective];
  const problems = [objective, ...Object.values<StopComponent<Shape>>(stopRules)].map((part) => part.findProblem?.(config, data) ?? null);
  return problems.find((problem) => problem !== null) ?? null;
}

/** Two classes of as many reviews. */
export const evenClasses: readonly number[] = [1, 1];

export function createObjective(config: TrainingConfig, classCounts = evenClasses): Objective {
  const component: ObjectiveComponent<Shape> = objectives[config.objective];
  return component.create(config, classCounts);
}

export function createSchedule(config: TrainingConfig): Schedule {
  const component: ScheduleComponent<Shape> = schedules[config.schedule];
  return warmUp(component.create(config), config.warmupSteps);
}

/** Whether the past of a run would have been another with more epochs, so that it cannot be lengthened. */
export function dependsOnEpochs(config: TrainingConfig): boolean {
  const rules = Object.values<UpdateComponent<Shape>>(updateRules);
  return createSchedule(config).dependsOnEpochs || rules.some((rule) => rule.dependsOnEpochs?.(config) === true);
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
