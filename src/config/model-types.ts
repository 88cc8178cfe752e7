import type { z } from 'zod';

import { isMapping, type ConfigMapping } from './layer.ts';
import { bagOfWordsExperimentSchema, nbSvmExperimentSchema, type LinearConfig } from './linear-schema.ts';
import { experimentSchema, type ExperimentConfig } from './schema.ts';

/** The schema of an experiment by its `model.type`, the default first. */
export const experimentSchemas = {
  recurrent: experimentSchema,
  'bag-of-words': bagOfWordsExperimentSchema,
  'nb-svm': nbSvmExperimentSchema,
} as const satisfies Record<AnyConfig['model']['type'], z.ZodType>;

export type AnyConfig = ExperimentConfig | LinearConfig;
export type ModelType = keyof typeof experimentSchemas;

export const modelTypes = Object.keys(experimentSchemas) as ModelType[];
export const defaultModelType: ModelType = 'recurrent';

export function isRecurrent(config: AnyConfig): config is ExperimentConfig {
  return config.model.type === 'recurrent';
}

/** A linear model is fitted once, and its record counts as an epoch. */
export function countEpochs(config: AnyConfig): number {
  return isRecurrent(config) ? config.training.epochs : 1;
}

export function isModelType(value: unknown): value is ModelType {
  return modelTypes.some((type) => type === value);
}

/** What a mapping of keys says about its model's type; undefined when it says nothing. */
export function statedType({ model }: ConfigMapping): unknown {
  return isMapping(model) ? model['type'] : undefined;
}

/** The sections whose keys depend on the model's type. */
export const typedSections = ['model', 'training'] as const;
