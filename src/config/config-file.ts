import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, extname, resolve, dirname } from 'node:path';

import { UserError } from '../errors.ts';
import { findNearest } from '../typed-command.js';
import { placesOf } from '../files/standing-folder.js';
import { describeUnusable, displayPath, kindOf } from '../files/paths.ts';
import { printable, describeValue } from '../files/escape.ts';
import { isMapping } from './layer.ts';
import type { ConfigLayer } from './layer.ts';
import { parseYaml } from './yaml.ts';

function listConfigs(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  } catch {
    return [];
  }
}

function suggestConfig(nameOrPath: string, folder: string): string {
  const known = listConfigs(folder);
  const near = findNearest(basename(nameOrPath).replace(/\.ya?ml$/, ''), known.map((name) => name.replace(/\.yaml$/, '')));
  if (near !== undefined) return `; did you mean ${near}.yaml?`;
  return known.length === 0 ? '' : `; there are ${known.map((name) => printable(name)).join(', ')}`;
}

/**
 * The file that `--config` means: as given, then in the folder of configs, `.yaml` added where no ending is given.
 * @throws UserError that names every place looked at
 */
export function findConfig(nameOrPath: string, configFolder: string): string {
  if (nameOrPath.trim() === '') throw new UserError('--config needs the name of a YAML file, for example gru.yaml');
  const names = extname(nameOrPath) === '' ? [nameOrPath, `${nameOrPath}.yaml`] : [nameOrPath];
  const places = [...new Set(names.flatMap((name) => [...placesOf(name).map((place) => resolve(place)), resolve(configFolder, name)]))];
  const kinds = places.map((path) => ({ path, kind: kindOf(path) }));
  const file = kinds.find(({ kind }) => kind === 'file');
  if (file !== undefined) return file.path;
  const unusable = kinds.find(({ kind }) => kind !== 'missing');
  if (unusable !== undefined) throw new UserError(`--config: ${describeUnusable(unusable.path, unusable.kind)}`);
  const looked = new Intl.ListFormat('en-GB').format(places.map(displayPath));
  throw new UserError(`--config: no such file: looked for ${looked}${suggestConfig(nameOrPath, configFolder)}`);
}

/** A config has a few dozen lines; checking for keys written twice takes quadratic time. */
const MAX_BYTES = 64 * 1024;

function readText(path: string): string {
  const shown = displayPath(path);
  let bytes: Buffer;
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) throw new UserError(`${shown}: has ${size} bytes; a config has at most ${MAX_BYTES}`);
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new UserError(`${shown}: cannot be read (${reason}); check the file and its permissions`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${shown}: is not UTF-8 text; save it as UTF-8`);
  }
}

export interface ConfigFile extends ConfigLayer {
  readonly path: string;
  /** The file it starts from, as a path. */
  readonly base?: string;
}

function findBase(value: unknown, path: string, place: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.trim() === '') {
    throw new UserError(`${place}: extends must name a YAML file, got ${describeValue(value)}`);
  }
  const base = resolve(dirname(path), value);
  const kind = kindOf(base);
  if (kind === 'missing') throw new UserError(`${place}: extends: no such file: ${displayPath(base)}`);
  if (kind !== 'file') throw new UserError(`${place}: extends: ${describeUnusable(base, kind)}`);
  return realpathSync(base);
}

/** @throws UserError when the file is not one YAML mapping, or extends something that is not there */
export function readConfigFile(path: string): ConfigFile {
  const shown = displayPath(path);
  const describePlace = (line: number): string => `${shown}:${line}`;
  const { value, lineOf } = parseYaml(readText(path), describePlace);
  if (value === null) throw new UserError(`${shown}: is empty; write at least one key, for example extends: base.yaml`);
  if (!isMapping(value)) throw new UserError(`${shown}: must hold keys and values, got ${describeValue(value)}`);
  const { extends: from, ...keys } = value;
  const base = findBase(from, path, describePlace(lineOf(['extends'])));
  const place: ConfigLayer['place'] = (key) => {
    const line = lineOf(key);
    return { text: describePlace(line), line };
  };
  return { path, value: keys, place, ...(base === undefined ? {} : { base }) };
}
