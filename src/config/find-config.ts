import { readdirSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';

import { UserError } from '../errors.ts';
import { findNearest } from '../nearest.js';
import { placesOf } from '../standing-folder.js';
import { describeUnusable, displayPath, kindOf } from './paths.ts';
import { printable } from './quote.ts';

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
