import { realpathSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import type { z } from 'zod';

import { UserError } from '../errors.ts';
import { describeValue } from '../files/escape.ts';
import { displayPath } from '../files/paths.ts';
import { findConfig, readConfigFile } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';
import { createKnownKeys, renderPath } from './known-keys.ts';
import type { KnownKeys, SchemaSet } from './known-keys.ts';
import { deepFreeze, mergeMappings, statedType } from './layer.ts';
import type { ConfigLayer, ConfigMapping } from './layer.ts';
import { parseOverride } from './overrides.ts';

const MAX_EXTENDS = 10;
const MAX_PROBLEMS_SHOWN = 10;

export interface LoadedConfig<Config> {
  /** The file's name without its ending, for example `gru`; an experiment's own config.yaml is named by its folder. */
  readonly name: string;
  readonly path: string;
  /** Frozen all the way down. */
  readonly config: Config;
}

export interface LoadOptions {
  /** `key=value`, as given to `--set`; later ones win. */
  readonly set?: readonly string[];
  readonly configFolder?: string;
}

/** What reads the configs of one set of schemas. */
export interface ConfigReader<Type extends string, Config> extends SchemaSet<Type, Config> {
  readonly keys: KnownKeys<Type>;
  /**
   * Reads a config, what it extends, and what `--set` replaces in it.
   * Each layer is checked on its own, so that a message names the place where the mistake was made.
   * @throws UserError with one line a problem (ten at most), each naming file and line, or the `--set`
   */
  load(nameOrPath: string, options?: LoadOptions): LoadedConfig<Config>;
  /** Checks each layer on its own, as `load` does, and not whether they go together. @throws UserError as `load` */
  check(nameOrPath: string, options?: LoadOptions): void;
}

/**
 * @param configFolder where configs are looked for that are not found as named
 * @param checkTogether says what is wrong with a whole config that no layer can be blamed for alone; null where nothing is
 */
export function createConfigReader<Type extends string, Config>(
  set: SchemaSet<Type, Config>, configFolder: string, checkTogether: (config: Config) => string | null,
): ConfigReader<Type, Config> {
  const keys = createKnownKeys(set);
  function readLayers(nameOrPath: string, options: LoadOptions): { readonly path: string; readonly layers: readonly TypedLayer<Type>[] } {
    const path = findConfig(nameOrPath, options.configFolder ?? configFolder);
    const layers = findTypes([...readChain(path), ...typeFirst((options.set ?? []).map((text) => parseOverride(text, keys)))], set);
    checkLayers(layers, set, keys);
    return { path, layers };
  }
  return {
    ...set, keys,
    check: (nameOrPath, options = {}) => void readLayers(nameOrPath, options),
    load(nameOrPath, options = {}) {
      const { path, layers } = readLayers(nameOrPath, options);
      const config = deepFreeze(set.schemas[layers.at(-1)?.type ?? set.defaultType].parse(mergeLayers(layers, set)));
      const problem = checkTogether(config);
      if (problem !== null) throw new UserError(`${displayPath(path)}: ${problem}`);
      return { name: nameOf(path), path: displayPath(path), config };
    },
  };
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

/** The type of model comes first wherever `--set` names it: it says what the other keys are, and those before it would be lost. */
function typeFirst(overrides: readonly ConfigLayer[]): ConfigLayer[] {
  const statesType = ({ value }: ConfigLayer): boolean => statedType(value) !== undefined;
  return [...overrides.filter(statesType), ...overrides.filter((layer) => !statesType(layer))];
}

/** A layer, and the type of model that holds from it on: its own, or that of the layers below. */
interface TypedLayer<Type extends string> {
  readonly layer: ConfigLayer;
  readonly type: Type;
}

function findTypes<Type extends string>(
  layers: readonly ConfigLayer[],
  { schemas, defaultType }: SchemaSet<Type, unknown>,
): TypedLayer<Type>[] {
  let type: Type = defaultType;
  return layers.map((layer) => {
    const stated = statedType(layer.value);
    if (typeof stated === 'string' && Object.hasOwn(schemas, stated)) type = stated as Type;
    return { layer, type };
  });
}

/** Where a layer changes the type of model, the sections that depend on it begin anew. */
function mergeLayers<Type extends string>(
  layers: readonly TypedLayer<Type>[],
  { defaultType, typedSections }: SchemaSet<Type, unknown>,
): ConfigMapping {
  return layers.reduce<ConfigMapping>((below, { layer, type }, i) => {
    const changed = type !== (layers[i - 1]?.type ?? defaultType);
    const kept = changed ? Object.fromEntries(Object.entries(below).filter(([key]) => !typedSections.includes(key))) : below;
    return mergeMappings(kept, layer.value);
  }, {});
}

function checkLayers<Type extends string>(
  layers: readonly TypedLayer<Type>[],
  { schemas }: SchemaSet<Type, unknown>,
  keys: KnownKeys<Type>,
): void {
  const problems = layers.flatMap(({ layer, type }) => findProblems(layer, schemas[type], type, keys));
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN);
  const left = problems.length - shown.length;
  if (left > 0) shown.push(`… and ${left} more`);
  if (shown.length > 0) throw new UserError(shown.join('\n'));
}

interface Problem {
  readonly line: number;
  readonly text: string;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], value);
}

/** Everything a schema finds wrong in a layer, a line each, in the order of its lines. */
function findProblems<Type extends string>(layer: ConfigLayer, schema: z.ZodType, type: Type, keys: KnownKeys<Type>): string[] {
  const at = (where: readonly string[], text: string): Problem => {
    const place = layer.place(where);
    return { line: place.line, text: `${place.text}: ${text}` };
  };
  const toProblems = (issue: z.core.$ZodIssue): Problem[] => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => at([...path, key], keys.describeUnknown([...path, key], type)));
    const requirement = issue.code === 'custom' ? undefined : keys.describeRequirement(path, type);
    const value = valueAt(layer.value, path), takers = keys.findTypesOf(path, value);
    const hint = takers.length === 0 ? '' : `, which is of model.type ${takers.join(' or ')}`;
    const wanted = requirement === undefined ? `: ${issue.message}` : ` must be ${requirement}, got ${describeValue(value)}${hint}`;
    return [at(path, `${renderPath(path)}${wanted}`)];
  };
  const { error } = schema.safeParse(layer.value);
  return (error?.issues ?? []).flatMap(toProblems).sort((a, b) => a.line - b.line).map(({ text }) => text);
}
