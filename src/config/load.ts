import { realpathSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';

import { UserError } from '../errors.ts';
import { readConfigFile, type ConfigFile } from './config-file.ts';
import { findConfig } from './find-config.ts';
import { deepFreeze, mergeMappings, statedType, type ConfigLayer, type ConfigMapping } from './layer.ts';
import { defaultModelType, experimentSchemas, isModelType, isNeural, typedSections } from '../experiment-schema.ts';
import type { AnyConfig, ExperimentConfig, ModelType } from '../experiment-schema.ts';
import { parseOverride } from './overrides.ts';
import { displayPath } from './paths.ts';
import { findProblems } from './problems.ts';

const MAX_EXTENDS = 10;
const MAX_PROBLEMS_SHOWN = 10;

export const defaultConfigFolder = join(import.meta.dirname, '../../configs');

export interface LoadedConfig {
  /** The file's name without its ending, for example `gru`; an experiment's own config.yaml is named by its folder. */
  readonly name: string;
  readonly path: string;
  /** Frozen all the way down. */
  readonly config: AnyConfig;
}

export interface LoadOptions {
  /** `key=value`, as given to `--set`; later ones win. */
  readonly set?: readonly string[];
  readonly configFolder?: string;
}

/** The file and what it extends, the outermost base first. */
function readChain(path: string): readonly ConfigFile[] {
  const chain: ConfigFile[] = [readConfigFile(path)];
  for (let file = chain[0]; file?.base !== undefined; file = chain[0]) {
    const { base } = file;
    const place = file.place(['extends']).text;
    if (chain.some((seen) => realpathSync(seen.path) === base)) {
      throw new UserError(`${place}: extends goes round in a circle: ${displayPath(base)} is already part of it`);
    }
    if (chain.length > MAX_EXTENDS) throw new UserError(`${place}: extends goes more than ${MAX_EXTENDS} files deep`);
    chain.unshift(readConfigFile(base));
  }
  return chain;
}

function nameOf(path: string): string {
  const stem = basename(path, extname(path));
  return stem === 'config' ? basename(dirname(resolve(path))) : stem;
}

/** A layer, and the type of model that holds from it on: its own, or that of the layers below. */
interface TypedLayer {
  readonly layer: ConfigLayer;
  readonly type: ModelType;
}

function findTypes(layers: readonly ConfigLayer[]): TypedLayer[] {
  let type = defaultModelType;
  return layers.map((layer) => {
    const stated = statedType(layer.value);
    if (isModelType(stated)) type = stated;
    return { layer, type };
  });
}

/** Where a layer changes the type of model, the sections that depend on it begin anew. */
function mergeLayers(layers: readonly TypedLayer[]): ConfigMapping {
  return layers.reduce<ConfigMapping>((below, { layer, type }, i) => {
    const changed = type !== (layers[i - 1]?.type ?? defaultModelType);
    const kept = changed ? Object.fromEntries(Object.entries(below).filter(([key]) => !typedSections.some((section) => section === key))) : below;
    return mergeMappings(kept, layer.value);
  }, {});
}

function checkLayers(layers: readonly TypedLayer[]): void {
  const problems = layers.flatMap(({ layer, type }) => findProblems(layer, type));
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN);
  const left = problems.length - shown.length;
  if (left > 0) shown.push(`… and ${left} more`);
  if (shown.length > 0) throw new UserError(shown.join('\n'));
}

/** What no layer can be blamed for alone. */
function checkTogether(config: AnyConfig, shown: string): void {
  if (isNeural(config) || config.data.validationFraction > 0 || config.training.strengths.length === 1) return;
  throw new UserError(`${shown}: training.strengths has ${config.training.strengths.length} values, and data.validationFraction 0 leaves no reviews to choose by; `
    + 'keep one value, or hold some reviews out');
}

/**
 * Reads a config, what it extends, and what `--set` replaces in it.
 * Each layer is checked on its own, so that a message names the place where the mistake was made.
 * @throws UserError with one line a problem (ten at most), each naming file and line, or the `--set`
 */
export function loadConfig(nameOrPath: string, options: LoadOptions = {}): LoadedConfig {
  const { set = [], configFolder = defaultConfigFolder } = options;
  const path = findConfig(nameOrPath, configFolder);
  const layers = findTypes([...readChain(path), ...set.map(parseOverride)]);
  checkLayers(layers);
  const config = deepFreeze<AnyConfig>(experimentSchemas[layers.at(-1)?.type ?? defaultModelType].parse(mergeLayers(layers)));
  checkTogether(config, displayPath(path));
  return { name: nameOf(path), path: displayPath(path), config };
}

/**
 * The same for what works with the articles' classifiers only.
 * @throws UserError also for a linear model
 */
export function loadNeuralConfig(nameOrPath: string, options: LoadOptions = {}): LoadedConfig & { readonly config: ExperimentConfig } {
  const { config, ...loaded } = loadConfig(nameOrPath, options);
  if (isNeural(config)) return { ...loaded, config };
  throw new UserError(`${loaded.path}: its model.type is ${config.model.type}, a linear model; name the config of a recurrent one, for example gru.yaml`);
}
