// @ts-check
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';

/** The folder of this project, where npm starts its scripts. */
export const projectFolder = join(import.meta.dirname, '../..');

/**
 * Whether a package manager started this process as a script of this project; INIT_CWD and its like count for no other, since shells
 * and child processes inherit them.
 *
 * @returns {boolean}
 */
export function isPackageScript() {
  const script = process.env['npm_lifecycle_event'] ?? '';
  return script !== '' && relative(projectFolder, process.cwd()) === '';
}

/**
 * The folder the user stands in. npm, pnpm and yarn start a script in the project's folder, wherever the user typed it, and say in
 * INIT_CWD where that was.
 *
 * @returns {string}
 */
export function findStandingFolder() {
  const typedIn = process.env['INIT_CWD'] ?? '';
  return isPackageScript() && typedIn !== '' ? resolve(typedIn) : process.cwd();
}

/**
 * The places that a path may mean, in the order they are looked at: from where the user stands, then from the folder of the process.
 * One place, as it was typed, where the two are the same.
 *
 * @param {string} typed
 * @returns {readonly string[]}
 */
export function placesOf(typed) {
  const standing = findStandingFolder();
  if (isAbsolute(typed) || standing === process.cwd()) return [typed];
  return [resolve(standing, typed), resolve(typed)];
}

/**
 * A path as the user typed it: the first of its places where something is, else the place where the user stands, where it is then made.
 *
 * @param {string} typed
 * @returns {string} as typed where that is not ambiguous
 */
export function resolveTyped(typed) {
  const [first = typed, ...others] = placesOf(typed);
  if (typed === '' || others.length === 0 || existsSync(first)) return typed === '' ? typed : first;
  return others.find((place) => existsSync(place)) ?? first;
}

/**
 * As short as it can be typed: relative to where the user stands if it lies below, else as it is.
 *
 * @param {string} path
 * @returns {string}
 */
export function shortenPath(path) {
  const standing = findStandingFolder();
  const fromHere = relative(standing, path);
  if (fromHere !== '' && !isAbsolute(fromHere) && fromHere.split(/[/\\]/)[0] !== '..') return fromHere;
  return standing === process.cwd() ? path : resolve(path);
}

/**
 * Where a file that nobody named is made: beside the user.
 *
 * @param {string} name
 * @returns {string}
 */
export function besideUser(name) {
  const standing = findStandingFolder();
  return standing === process.cwd() ? name : join(standing, name);
}
