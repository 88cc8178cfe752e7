import { join } from 'node:path';

import { createConfigReader } from './config/load.ts';
import type { LoadedConfig, LoadOptions } from './config/load.ts';
import { UserError } from './errors.ts';
import { findRecallProblem } from './data/recall.ts';
import { defaultModelType, experimentSchemas, isNeural, typedSections } from './experiment-schema.ts';
import { buildModel, findCheckpointingProblem, findModelProblem } from './models/build.ts';
import type { TrainingData } from './training/objectives/objective.ts';
import { findTrainingProblem } from './training/settings.ts';
import { findRatesProblem } from './training/updates/rates.ts';
import type { AnyConfig, ExperimentConfig, ModelType } from './experiment-schema.ts';

export const defaultConfigFolder = join(import.meta.dirname, '../configs');

/** The configs of experiments: what `--config` and `--set` take. */
export const experimentConfigs = createConfigReader<ModelType, AnyConfig>(
  { title: 'A gatelab experiment', schemas: experimentSchemas, defaultType: defaultModelType, typedSections },
  defaultConfigFolder,
  checkTogether,
);

function checkTogether(config: AnyConfig): string | null {
  const { source, validationFraction, validationPath, splitColumn } = config.data;
  const data = { classes: null, hasValidation: validationFraction > 0 || validationPath !== null || splitColumn !== null };
  const problem = isNeural(config) ? findNeuralProblem(config) : null;
  return problem ?? (source === 'recall' ? findRecallProblem(config.data) : null) ?? findDataProblem(config, data);
}

function findNeuralProblem({ model, training, data }: ExperimentConfig): string | null {
  const problem = findModelProblem(model) ?? findCheckpointingProblem(model, training.gradientCheckpointing);
  if (problem !== null || training.learningRates.length === 0) return problem;
  return findRatesProblem(training.learningRates, buildModel(model, data.vocabularySize).parameters.map(({ name }) => name));
}

/** What a config asks of the data and the data does not have; null where all is well. */
export function findDataProblem(config: AnyConfig, data: TrainingData): string | null {
  if (isNeural(config)) return findTrainingProblem(config.training, data);
  if (data.hasValidation || config.training.strengths.length === 1) return null;
  return `training.strengths has ${config.training.strengths.length} values, and data.validationFraction 0 leaves no reviews to choose by; `
    + 'keep one value, or hold some reviews out';
}

/** @throws UserError as `ConfigReader.load` does */
export function loadConfig(nameOrPath: string, options?: LoadOptions): LoadedConfig<AnyConfig> {
  return experimentConfigs.load(nameOrPath, options);
}

/**
 * The same for what works with the articles' classifiers only.
 * @throws UserError also for a linear model
 */
export function loadNeuralConfig(nameOrPath: string, options?: LoadOptions): LoadedConfig<ExperimentConfig> {
  const { config, ...loaded } = loadConfig(nameOrPath, options);
  if (isNeural(config)) return { ...loaded, config };
  throw new UserError(
    `${loaded.path}: its model.type is ${config.model.type}, a linear model; name the config of a neural one, for example gru.yaml`,
  );
}
