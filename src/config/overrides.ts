import { UserError } from '../errors.ts';
import { printable } from '../files/escape.ts';
import { renderPath } from './known-keys.ts';
import type { KnownKeys } from './known-keys.ts';
import { isMapping } from './layer.ts';
import type { ConfigLayer, ConfigMapping } from './layer.ts';
import { parseYaml } from './yaml.ts';

function nest(path: readonly string[], value: unknown): ConfigMapping {
  const [key = '', ...rest] = path;
  return { [key]: rest.length === 0 ? value : nest(rest, value) };
}

function checkKey(key: string, shown: string, keys: Pick<KnownKeys<never>, 'all' | 'describeUnknown'>): readonly string[] {
  const path = key.split('.');
  if (path.some((part) => part.trim() !== part || part === '')) {
    throw new UserError(`${shown}: "${printable(key)}" is not a key; write it as section.key, for example training.epochs`);
  }
  if (key === 'extends') throw new UserError(`${shown}: extends belongs in a config file; name that file with --config`);
  const schema = keys.all.get(key);
  if (schema === undefined) throw new UserError(`${shown}: ${keys.describeUnknown(path, null)}`);
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
export function parseOverride(text: string, keys: Pick<KnownKeys<never>, 'all' | 'describeUnknown'>): ConfigLayer {
  const shown = `--set ${printable(text)}`;
  const equals = text.indexOf('=');
  if (equals <= 0) throw new UserError(`${shown}: write key=value, for example --set training.epochs=2`);
  const path = checkKey(text.slice(0, equals), shown, keys);
  const written = text.slice(equals + 1);
  if (written.trim() === '') throw new UserError(`${shown}: write a value after the =`);
  const { value } = parseYaml(written, () => shown);
  const schema = keys.all.get(path.join('.'));
  const takesList = [schema, ...schema?.anyOf ?? []].some((one) => one?.type === 'array');
  if (isMapping(value) || (Array.isArray(value) && !takesList)) throw new UserError(`${shown}: write one value, not a mapping or a list`);
  return { value: nest(path, value), place: () => ({ text: shown, line: 0 }) };
}
