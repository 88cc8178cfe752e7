import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { UserError } from '../errors.ts';
import { isMapping, type ConfigLayer } from './layer.ts';
import { describeUnusable, displayPath, kindOf } from './paths.ts';
import { describeValue } from './quote.ts';
import { parseYaml } from './yaml.ts';

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
