// @ts-check
import { existsSync } from 'node:fs';
import { printable } from '../files/escape-controls.js';
import { placesOf, resolveTyped } from '../files/standing-folder.js';

/** @typedef {import('./declaration.js').Option} Option */

/**
 * An option given twice would be taken as it was given last, without a word.
 *
 * @param {import('./declaration.js').Command} command
 * @param {readonly string[]} args
 * @returns {string | undefined}
 */
export function findDuplicate({ options }, args) {
  for (const [name, { list = false }] of Object.entries(options)) {
    const given = args.filter((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`)).length;
    if (given > 1 && !list) return `--${name} is given more than once; give it once`;
  }
  return undefined;
}

/**
 * An option's value as its command takes it, or what is wrong with it.
 *
 * @param {string} name
 * @param {Option} option
 * @param {unknown} given texts; true for an option without a value; undefined where it is not given
 * @returns {{ readonly value?: unknown, readonly problem?: string }}
 */
export function checkOption(name, option, given) {
  const { type, list = false, optional = false, byDefault } = option;
  if (given === undefined) return { value: byDefault };
  if (type === 'flag') return { value: given };
  if (given === true) return optional ? { value: '' } : { problem: `--${name} needs a value` };
  if (!list) return checkValue(name, option, /** @type {string} */ (given));
  const checked = /** @type {readonly string[]} */ (given).map((text) => checkValue(name, option, text));
  return checked.find(({ problem }) => problem !== undefined) ?? { value: checked.map(({ value }) => value) };
}

/**
 * @param {string} name
 * @param {Option} option
 * @param {string} text
 * @returns {{ readonly value?: unknown, readonly problem?: string }}
 */
function checkValue(name, { type, orStandard = false, choices, least = 1, most = Number.MAX_SAFE_INTEGER }, text) {
  if (type === 'count') {
    const count = Number(text);
    if (/^\+?\d+(e\d+)?$/i.test(text.trim()) && count >= least && count <= most) return { value: count };
    return { problem: `--${name} takes a whole number from ${least} to ${most}, not "${printable(text)}"` };
  }
  if (choices !== undefined && !choices.includes(text))
    return { problem: `--${name} takes ${choices.join(', ')}, not "${printable(text)}"` };
  if (orStandard && text === '-') return { value: text };
  if (type === 'input') return checkInput(`--${name} ${printable(text)}`, text);
  return { value: type === 'output' ? resolveTyped(text) : text };
}

/**
 * Where there is one place to look, the command says what it expects there; where there are two, it could not say both.
 *
 * @param {string} shown
 * @param {string} text
 * @returns {{ readonly value?: string, readonly problem?: string }}
 */
export function checkInput(shown, text) {
  const places = placesOf(text), value = resolveTyped(text);
  if (places.length === 1 || text === '' || existsSync(value)) return { value };
  return { problem: `${shown}: no such file or folder; looked for ${places.map((place) => printable(place, 300)).join(' and ')}` };
}
