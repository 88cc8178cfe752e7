import { resolve, basename, join } from 'node:path';
import type { z } from 'zod';

import { isBuiltIn } from '../data/settings.ts';
import { loadConfig } from '../experiment-config.ts';
import { isNeural } from '../experiment-schema.ts';
import type { AnyConfig, ExperimentConfig } from '../experiment-schema.ts';
import { CALIBRATION_FILE, calibrationSchema } from './calibration.ts';
import type { Calibration } from './calibration.ts';
import { environmentSchema, storedEpochSchema, summarySchema } from './records.ts';
import type { Environment, EpochRecord, Summary } from './records.ts';
import { displayPath } from '../files/paths.ts';
import { printable } from '../files/escape.ts';
import { UserError } from '../errors.ts';
import { readOptional } from '../files/read.ts';

/**
 * The config with `data.source` as the reviews have it that were opened: `sample` where the sample stood in for IMDB, `file` for a
 * person's own table, so that it gives the same run again. Before 0.2 a run on a table had `imdb` there.
 */
export function withSource<Config extends AnyConfig>(config: Config, { kind }: Pick<Environment['dataset'], 'kind'>): Config {
  if (isBuiltIn(config.data.source)) return config;
  const source = kind === 'csv' ? 'file' : kind;
  return source === config.data.source ? config : { ...config, data: { ...config.data, source } };
}

/** The config a run keeps in its folder. @throws UserError when it is damaged */
export function loadStoredConfig(folder: string, { dataset }: Environment): AnyConfig {
  return withSource(loadConfig(resolve(folder, 'config.yaml')).config, dataset);
}

/** An experiment folder, read back. */
export interface Experiment {
  readonly name: string;
  readonly path: string;
  readonly config: AnyConfig;
  readonly environment: Environment;
  readonly epochs: readonly EpochRecord[];
  readonly summary: Summary;
}

/** That of a model trained by gradients, which has epochs to draw. */
export type NeuralExperiment = Experiment & { readonly config: ExperimentConfig };

export function isNeuralExperiment(experiment: Experiment): experiment is NeuralExperiment {
  return isNeural(experiment.config);
}

function readRequired(folder: string, file: string): string {
  const text = readOptional(join(folder, file));
  if (text === undefined)
    throw new UserError(`${displayPath(folder)}: has no ${file}; name a folder that a run made, for example experiments/gru-1`);
  return text;
}

function parseJson<Schema extends z.ZodType>(text: string, schema: Schema, place: string): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`${place}: not valid JSON; was it edited by hand?`);
  }
  const { data, error } = schema.safeParse(value);
  const issue = error?.issues[0];
  if (issue === undefined) return data as z.output<Schema>;
  const at = issue.path.length === 0 ? '' : ` ${printable(issue.path.join('.'))}:`;
  throw new UserError(`${place}:${at} ${printable(issue.message, 200)}`);
}

function readEpochs(folder: string): EpochRecord[] {
  const path = join(folder, 'metrics.jsonl');
  const lines = (readOptional(path) ?? '').split('\n').filter((line) => line !== '');
  const epochs = lines.map((line, i) => parseJson(line, storedEpochSchema, `${displayPath(path)}:${i + 1}`));
  const misplaced = epochs.findIndex(({ epoch }, i) => epoch !== i + 1);
  if (misplaced < 0) return epochs;
  throw new UserError(`${displayPath(path)}:${misplaced + 1}: holds epoch ${epochs[misplaced]?.epoch ?? 0}; epochs count 1, 2, 3 …`);
}

/** @throws UserError when it is missing or damaged */
export function readSummary(folder: string): Summary {
  return parseJson(readRequired(folder, 'summary.json'), summarySchema, displayPath(join(folder, 'summary.json')));
}

/**
 * The calibration of the checkpoint `best-<epoch>-0`; null where the run has none of it, as one without validation reviews.
 * @throws UserError when it is damaged
 */
export function findCalibration(folder: string, epoch: number | null): Calibration | null {
  const path = join(folder, CALIBRATION_FILE), text = readOptional(path);
  if (text === undefined) return null;
  try {
    const calibration = parseJson(text, calibrationSchema, displayPath(path));
    return calibration.epoch === epoch ? calibration : null;
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${error.message}; remove it to have probabilities that are not calibrated`) : error;
  }
}

/** @throws UserError when it is missing or damaged */
export function readEnvironment(folder: string): Environment {
  return parseJson(readRequired(folder, 'environment.json'), environmentSchema, displayPath(join(folder, 'environment.json')));
}

/**
 * Reads what a run left behind, for reports.
 * @throws UserError when the folder is not that of a run, or a file of it is damaged
 */
export function loadExperiment(folder: string): Experiment {
  const summary = readSummary(folder);
  const environment = readEnvironment(folder);
  readRequired(folder, 'config.yaml');
  const config = loadStoredConfig(folder, environment);
  const epochs = readEpochs(folder);
  if (epochs.length < summary.epochs) {
    throw new UserError(
      `${displayPath(join(folder, 'metrics.jsonl'))}: holds ${epochs.length} epochs, but summary.json counts ${summary.epochs}`,
    );
  }
  return { name: basename(resolve(folder)), path: folder, config, environment, epochs, summary };
}
