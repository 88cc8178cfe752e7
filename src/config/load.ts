import { realpathSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';

import { UserError } from '../errors.ts';
import { readConfigFile, type ConfigFile } from './config-file.ts';
import { findConfig } from './find-config.ts';
import { deepFreeze, mergeMappings, type ConfigLayer } from './layer.ts';
import { parseOverride } from './overrides.ts';
import { displayPath } from './paths.ts';
import { findProblems } from './problems.ts';
import { experimentSchema, type ExperimentConfig } from './schema.ts';

const MAX_EXTENDS = 10;
const MAX_PROBLEMS_SHOWN = 10;

export const defaultConfigFolder = join(import.meta.dirname, '../../configs');

export interface LoadedConfig {
  /** The file's name without its ending, for example `gru`; an experiment's own config.yaml is named by its folder. */
  readonly name: string;
  readonly path: string;
  /** Frozen all the way down. */
  readonly config: ExperimentConfig;
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

function checkLayers(layers: readonly ConfigLayer[]): void {
  const problems = layers.flatMap(findProblems);
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN);
  const left = problems.length - shown.length;
  if (left > 0) shown.push(`… and ${left} more`);
  if (shown.length > 0) throw new UserError(shown.join('\n'));
}

/**
 * Reads a config, what it extends, and what `--set` replaces in it.
 * Each layer is checked on its own, so that a message names the place where the mistake was made.
 * @throws UserError with one line a problem (ten at most), each naming file and line, or the `--set`
 */
export function loadConfig(nameOrPath: string, options: LoadOptions = {}): LoadedConfig {
  const { set = [], configFolder = defaultConfigFolder } = options;
  const path = findConfig(nameOrPath, configFolder);
  const layers: readonly ConfigLayer[] = [...readChain(path), ...set.map(parseOverride)];
  checkLayers(layers);
  const merged = layers.map(({ value }) => value).reduce(mergeMappings, {});
  const config = deepFreeze(experimentSchema.parse(merged));
  return { name: nameOf(path), path: displayPath(path), config };
}
