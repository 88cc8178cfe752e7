import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

import { UserError } from '../errors.ts';

/** The value of an environment variable; an empty one counts as missing, as in `HOME= npm run train`. */
export function readVariable(name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}

/** The first of several variables that has a value. */
export function readFirstVariable(
  names: readonly string[], environment: NodeJS.ProcessEnv = process.env,
): { readonly name: string; readonly value: string } | undefined {
  for (const name of names) {
    const value = readVariable(name, environment);
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

/**
 * `$XDG_CACHE_HOME/gatelab`, by default `~/.cache/gatelab`; always absolute, for what is built there is loaded from everywhere. The
 * XDG specification ignores relative paths.
 * @throws UserError when the user has no home folder
 */
export function userCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const configured = readVariable('XDG_CACHE_HOME', environment);
  return join(configured !== undefined && isAbsolute(configured) ? configured : join(homeFolder(environment), '.cache'), 'gatelab');
}

/** HOME, or what the system's list of users says; an empty or relative HOME counts as missing. */
function homeFolder(environment: NodeJS.ProcessEnv): string {
  const folder = [environment.HOME ?? '', findListedHome()].find((candidate) => isAbsolute(candidate));
  if (folder !== undefined) return folder;
  throw new UserError('this user has no home folder to keep the engine in; set XDG_CACHE_HOME to the full path of a folder with 1 GB free');
}

/** A container's user often stands in no list, which Node takes for an error. */
function findListedHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '';
  }
}
