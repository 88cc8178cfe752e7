// @ts-check
import { readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { escapeControls, printable } from '../files/escape-controls.js';
import { findNearest, shellWord, typedCommand } from '../typed-command.js';
import { projectFolder, resolveTyped } from '../files/standing-folder.js';
import { commandOf } from './commands.js';
import { findSetting } from './settings.js';

/** @typedef {import('./commands.js').CommandName} CommandName */

/**
 * @param {string} given
 * @param {readonly string[]} known
 * @returns {string}
 */
export function describeUnknownCommand(given, known) {
  const list = 'gatelab --help lists them';
  if (given.startsWith('-')) return `Name a command before ${printable(given)}; ${list}`;
  const nearest = findNearest(given, known);
  return `unknown command "${printable(given)}"; ${nearest === undefined ? '' : `did you mean ${nearest}? `}${list}`;
}

/**
 * What is wrong with words that a command does not take, and what to type in their place.
 *
 * @param {CommandName} name
 * @param {readonly string[]} extra the words; a value follows its option
 * @param {readonly string[]} args the whole command line
 * @returns {string | undefined} undefined where there are none
 */
export function describeExtra(name, extra, args) {
  const option = extra.find((word) => word.startsWith('-') && args.includes(word));
  if (option !== undefined) return describeUnknownOption(name, option, extra[extra.indexOf(option) + 1]);
  const [word] = extra;
  return word === undefined ? undefined : describeUnknownWord(name, word);
}

/**
 * @param {CommandName} name
 * @param {string} word `--epochs` or `--epochs=3`
 * @param {string | undefined} next
 * @returns {string}
 */
function describeUnknownOption(name, word, next) {
  const [option = '', ...inline] = word.replace(/^-+/, '').split('=');
  const value = inline.length > 0 ? inline.join('=') : next?.startsWith('-') === false ? next : undefined;
  const known = Object.keys(commandOf(name).options);
  const help = `${typedCommand(name, ['--help'])} lists its options`;
  if (known.includes(option)) return `--${printable(option)} takes no value; ${help}`;
  const given = `unknown option ${/^-+/.exec(word)?.[0] ?? '--'}${printable(option.trim())}`;
  const setting = findSettingOption(name, option, value);
  if (setting !== undefined) return `${given}; did you mean ${showOption(setting)}? ${help}`;
  const nearest = findNearest(option, known);
  return `${given}; ${nearest === undefined ? '' : `did you mean --${nearest}? `}${help}`;
}

/**
 * An option and its value, `…` where that is not known.
 *
 * @typedef {readonly [option: string, value: string]} Given
 */

/** @param {Given} given @returns {string} */
const showOption = ([option, value]) => `--${option} ${escapeControls(shellWord(value))}`;

/**
 * A key of the config is often written as if it were an option.
 *
 * @param {CommandName} name
 * @param {string} written its name
 * @param {string | undefined} value
 * @returns {Given | undefined} the option to type; undefined where it is no key, or the command takes none
 */
export function findSettingOption(name, written, value) {
  const { options } = commandOf(name);
  const setting = options['set'] === undefined ? undefined : findSetting(written);
  if (setting === undefined) return undefined;
  if (setting.key === 'seed' && options['seeds'] !== undefined) return ['seeds', value ?? '…'];
  return ['set', `${setting.key}=${value ?? (setting.isBoolean ? 'true' : '…')}`];
}

/**
 * The option that was probably left out before a word, by what the word says or names.
 *
 * @param {CommandName} name
 * @param {string} word
 * @returns {Given | undefined}
 */
export function findOptionFor(name, word) {
  const { options } = commandOf(name);
  const take = (/** @type {readonly string[]} */ names) => names.filter((option) => options[option] !== undefined)
    .map((option) => /** @type {const} */ ([option, word]))[0];
  const [key = '', ...value] = word.split('=');
  const setting = value.length > 0 ? findSettingOption(name, key, value.join('=')) : undefined;
  if (setting !== undefined) return setting;
  const chosen = Object.entries(options).find(([, { choices }]) => choices?.includes(word) === true);
  if (chosen !== undefined) return [chosen[0], word];
  if (['.yaml', '.yml'].includes(extname(word)) || listConfigs().includes(word)) return take(['config', 'configs']);
  const kind = statSync(resolveTyped(word), { throwIfNoEntry: false });
  if (kind?.isDirectory() === true) return take(['resume', 'from', 'data']);
  return kind?.isFile() === true || ['.csv', '.tsv', '.gz'].includes(extname(word)) ? take(['data', 'out']) : undefined;
}

/** @returns {string[]} the names of the configs that --config finds, without their ending */
function listConfigs() {
  return readdirSync(join(projectFolder, 'configs')).filter((file) => file.endsWith('.yaml')).map((file) => file.replace('.yaml', ''));
}

/**
 * A word that stands without an option.
 *
 * @param {CommandName} name
 * @param {string} word
 * @returns {string}
 */
function describeUnknownWord(name, word) {
  const option = findOptionFor(name, word);
  const hint = option === undefined ? '' : `did you mean ${showOption(option)}? `;
  return `${name} does not take "${printable(word)}"; ${hint}${typedCommand(name, ['--help'])} lists its options`;
}
