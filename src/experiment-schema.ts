import { z } from 'zod';
import { dataSchema } from './data/settings.ts';
import { describeModel, encoders, labelModel, modelSchemas } from './models/build.ts';
import type { EncoderName, ModelConfig } from './models/build.ts';
import { keepingKeys as trainingKeepingKeys, trainingSchema } from './training/settings.ts';
import type { TrainingConfig } from './training/settings.ts';
import { linearModelOf, linearSchemas, linearTrainingSchema } from './training/linear/settings.ts';
import type { LinearModelConfig, LinearName } from './training/linear/settings.ts';
import { namesOf } from './registry.ts';

export type { LinearModelConfig, ModelConfig, TrainingConfig };

// What an experiment is: the settings of the parts, put together. The one file above data, models and training.

const seed = z.int().min(0).max(0xffffffff).default(1).describe('Seed of initialisation, shuffling and dropout.');

function createNeural<Model extends z.ZodType>(model: Model) {
  return z.strictObject({ seed, data: dataSchema, model, training: trainingSchema });
}

function createLinear<Model extends z.ZodType>(model: Model) {
  return z.strictObject({ seed, data: dataSchema, model, training: linearTrainingSchema });
}

type Schemas =
  & { [Name in EncoderName]: ReturnType<typeof createNeural<(typeof modelSchemas)[Name]>> }
  & { [Name in LinearName]: ReturnType<typeof createLinear<(typeof linearSchemas)[Name]>> };

/** The schema of an experiment by its `model.type`, the default first. */
export const experimentSchemas = Object.fromEntries([
  ...Object.entries(modelSchemas).map(([type, model]) => [type, createNeural(model)]),
  ...Object.entries(linearSchemas).map(([type, model]) => [type, createLinear(model)]),
]) as unknown as Schemas;

export type ModelType = keyof typeof experimentSchemas;
export const modelTypes = Object.keys(experimentSchemas) as ModelType[];
export const defaultModelType = 'recurrent' satisfies ModelType;
/** The sections whose keys depend on the model's type. */
export const typedSections = ['model', 'training'] as const;

/** An experiment with the default type of model, that of the articles' classifiers. */
export const experimentSchema = experimentSchemas[defaultModelType];

/** An experiment with any encoder, by what its `model.type` says. */
export const neuralSchema = z.unknown().transform((value, context): ExperimentConfig => {
  const { data: stated } = z.object({ model: z.object({ type: z.enum(namesOf(encoders)) }) }).safeParse(value);
  const schema: z.ZodType<ExperimentConfig> = experimentSchemas[stated?.model.type ?? defaultModelType];
  const { data, error } = schema.safeParse(value);
  for (const { message, path } of error?.issues ?? []) context.addIssue({ code: 'custom', message, path });
  return data ?? z.NEVER;
});

export type ExperimentConfig = Readonly<z.infer<Schemas[EncoderName]>>;
/** One with a classifier as the articles': what their claims are about and other libraries are timed against. */
export type RecurrentConfig = Readonly<z.infer<typeof experimentSchema>>;
export type LinearConfig = Readonly<z.infer<Schemas[LinearName]>>;
export type AnyConfig = ExperimentConfig | LinearConfig;

/** Keys that say how a run is kept, not what it computes: they may change when it is resumed. */
export const keepingKeys: readonly string[] = trainingKeepingKeys.map((key) => `training.${key}`);

/** These, and where the reviews lie: that they are the same reviews is known by their content. Every other key changes the result. */
export const bookkeepingKeys: readonly string[] = [...keepingKeys, 'data.source'];

export function isModelType(value: unknown): value is ModelType {
  return modelTypes.some((type) => type === value);
}

/** Whether it is trained by gradients, epoch by epoch: any encoder, and no linear model. */
export function isNeural(config: AnyConfig): config is ExperimentConfig {
  return config.model.type in encoders;
}

/** Whether its classifier is of the articles' kind. */
export function isRecurrent(config: AnyConfig): config is RecurrentConfig {
  return config.model.type === defaultModelType;
}

/** What there is to ask of a kind of model: nothing need know its name. */
export interface Capabilities {
  /** Else it is fitted once, and the record of that counts as an epoch. */
  readonly hasEpochs: boolean;
  /** Else every run of the same config is the same, and a second seed says nothing. */
  readonly dependsOnSeed: boolean;
  readonly keepsCheckpoints: boolean;
  /** Else it is trained in plain JavaScript. */
  readonly usesEngine: boolean;
}

const gradientTrained: Capabilities = { hasEpochs: true, dependsOnSeed: true, keepsCheckpoints: true, usesEngine: true };
const fittedOnce: Capabilities = { hasEpochs: false, dependsOnSeed: false, keepsCheckpoints: false, usesEngine: false };

export function capabilitiesOf(config: AnyConfig): Capabilities {
  return isNeural(config) ? gradientTrained : fittedOnce;
}

/** Records that a run has when it is done. */
export function countEpochs(config: AnyConfig): number {
  return isNeural(config) ? config.training.epochs : 1;
}

/** As tables name it: `LSTM`, `BiGRU`, `NB-SVM`. */
export function nameModel(config: AnyConfig): string {
  return isNeural(config) ? labelModel(config.model) : linearModelOf(config.model).label;
}

/** For the header of a run: `bidirectional LSTM, 2 layers, 256 → 128, dropout 0.5`. */
export function describeClassifier(config: AnyConfig): string {
  return isNeural(config) ? describeModel(config.model) : linearModelOf(config.model).describe(config.model);
}
