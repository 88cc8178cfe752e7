import type { z } from 'zod';
import { realpathSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';

import { describeRequirement, describeUnknownKey, renderPath, knownKeys } from './known-keys.ts';
import { isMapping, deepFreeze, mergeMappings, statedType } from './layer.ts';
import type { ConfigLayer, ConfigMapping } from './layer.ts';
import { experimentSchemas, defaultModelType, isModelType, isNeural, typedSections } from '../experiment-schema.ts';
import type { ModelType, AnyConfig, ExperimentConfig } from '../experiment-schema.ts';
import { describeValue, printable } from '../files/escape.ts';
import { UserError } from '../errors.ts';
import { parseYaml } from './yaml.ts';
import { readConfigFile, findConfig } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';
import { displayPath } from '../files/paths.ts';

interface Problem {
  readonly line: number;
  readonly text: string;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], value);
}

function describeIssue(issue: z.core.$ZodIssue, path: readonly string[], layer: ConfigLayer): string {
  const requirement = issue.code === 'custom' ? undefined : describeRequirement(path);
  if (requirement === undefined) return `${renderPath(path)}: ${issue.message}`;
  return `${renderPath(path)} must be ${requirement}, got ${describeValue(valueAt(layer.value, path))}`;
}

function toProblems(issue: z.core.$ZodIssue, layer: ConfigLayer, type: ModelType): Problem[] {
  const path = issue.path.map(String);
  const at = (where: readonly string[], text: string): Problem => {
    const place = layer.place(where);
    return { line: place.line, text: `${place.text}: ${text}` };
  };
  if (issue.code !== 'unrecognized_keys') return [at(path, describeIssue(issue, path, layer))];
  return issue.keys.map((key) => at([...path, key], describeUnknownKey([...path, key], type)));
}

/** Everything the schema of a type of model finds wrong in a layer, a line each, in the order of its lines. */
export function findProblems(layer: ConfigLayer, type: ModelType): string[] {
  const { error } = experimentSchemas[type].safeParse(layer.value);
  const problems = (error?.issues ?? []).flatMap((issue) => toProblems(issue, layer, type));
  return problems.sort((a, b) => a.line - b.line).map(({ text }) => text);
}

function nest(path: readonly string[], value: unknown): ConfigMapping {
  const [key = '', ...rest] = path;
  return { [key]: rest.length === 0 ? value : nest(rest, value) };
}

function checkKey(key: string, shown: string): readonly string[] {
  const path = key.split('.');
  if (path.some((part) => part.trim() !== part || part === '')) {
    throw new UserError(`${shown}: "${printable(key)}" is not a key; write it as section.key, for example training.epochs`);
  }
  if (key === 'extends') throw new UserError(`${shown}: extends belongs in a config file; name that file with --config`);
  const schema = knownKeys.get(key);
  if (schema === undefined) throw new UserError(`${shown}: ${describeUnknownKey(path, null)}`);
  const [child] = Object.keys(schema.properties ?? {});
  if (child !== undefined) {
    throw new UserError(`${shown}: ${renderPath(path)} is a section; set one of its keys, for example --set ${key}.${child}=…`);
  }
  return path;
}

/**
 * One `--set key=value`, its value read as a YAML scalar.
 * @throws UserError when it is malformed or names no known key
 */
export function parseOverride(text: string): ConfigLayer {
  const shown = `--set ${printable(text)}`;
  const equals = text.indexOf('=');
  if (equals <= 0) throw new UserError(`${shown}: write key=value, for example --set training.epochs=2`);
  const path = checkKey(text.slice(0, equals), shown);
  const written = text.slice(equals + 1);
  if (written.trim() === '') throw new UserError(`${shown}: write a value after the =`);
  const { value } = parseYaml(written, () => shown);
  const takesList = knownKeys.get(path.join('.'))?.type === 'array';
  if (isMapping(value) || (Array.isArray(value) && !takesList)) throw new UserError(`${shown}: write one value, not a mapping or a list`);
  return { value: nest(path, value), place: () => ({ text: shown, line: 0 }) };
}

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
