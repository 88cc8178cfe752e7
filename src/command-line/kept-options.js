// @ts-check
import { isPackageScript } from '../files/standing-folder.js';
import { findOptionFor, findSettingOption } from './hints.js';
import { findSetting } from './settings.js';
import { typedCommand } from '../typed-command.js';

/** @typedef {import('./declaration.js').Command} Command */

const PREFIX = /^npm_config_/i;

/** npm has a setting of its own by this name, which a user's .npmrc may hold: given after -- as well, it counts as meant. */
const namesOfNpm = new Set(['json']);

/** npm writes several values of one option so. */
const VALUES = '\n\n';

/** What npm writes for an option without a value. Where one was typed after a space, npm hands that on as a word of its own. */
const NO_VALUE = 'true';

/**
 * npm takes options that no -- stands before for its own, and leaves them in the environment: `npm run compare --from=a` gives
 * npm_config_from. Without a check they would be ignored without a word. PowerShell drops a bare --, with the same outcome.
 *
 * @param {import('./commands.js').CommandName} name
 * @param {Command} command
 * @param {readonly string[]} args what did arrive
 * @returns {string | null} one line with what to type; null where nothing was kept
 */
export function describeKept(name, command, args) {
  if (!isPackageScript() || process.env['npm_lifecycle_event'] !== name) return null; // inherited from another script
  const kept = findKept(name, command, args);
  if (kept.length === 0) return null;
  const options = [...new Set(kept.map(({ typed }) => `--${typed}`))].join(' and ');
  return `npm kept ${options} for itself, because no -- came before ${kept.length > 1 ? 'them' : 'it'}; type `
    + typedCommand(name, findWords(name, command, kept, args));
}

/**
 * What should have been typed: npm hands the values of options on as words of their own, without saying which was whose.
 *
 * @param {import('./commands.js').CommandName} name
 * @param {Command} command
 * @param {readonly Kept[]} kept
 * @param {readonly string[]} args
 * @returns {string[]}
 */
function findWords(name, { operands }, kept, args) {
  const loose = operands === undefined ? args.filter((arg, i) => !arg.startsWith('-') && args[i - 1]?.startsWith('-') !== true) : [];
  const guessed = loose.map((word) => findOptionFor(name, word) ?? null);
  const open = kept.filter(({ option, value }) => value === null && !guessed.some((guess) => guess?.[0] === option));
  const left = loose.filter((_, k) => guessed[k] === null);
  const only = open.length === 1 && left.length === 1 ? left[0] : undefined;
  return [
    ...kept.flatMap(({ write, value }) => (value === null ? [] : write(value))),
    ...guessed.flatMap((guess) => (guess === null ? [] : [`--${guess[0]}`, guess[1]])),
    ...open.flatMap(({ write }) => write(only ?? '…')),
    ...args.filter((arg) => !loose.includes(arg) || (only === undefined && left.includes(arg))),
  ];
}

/**
 * An option that npm kept: what was typed, the option that is meant, how it is written, and its value; null where npm handed that on as
 * a word.
 *
 * @typedef {{ readonly typed: string, readonly option: string, readonly write: (value: string) => string[], readonly value: string |
 * null }} Kept
 *
 * @param {import('./commands.js').CommandName} name
 * @param {Command} command
 * @param {readonly string[]} args
 * @returns {Kept[]}
 */
function findKept(name, { options }, args) {
  return Object.entries(process.env).flatMap(([variable, text = '']) => {
    if (!PREFIX.test(variable)) return [];
    const typed = variable.replace(PREFIX, '').replaceAll('_', '-');
    const option = options[typed];
    if (option === undefined) return findKeptSetting(name, typed, text);
    if (namesOfNpm.has(typed) && args.includes(`--${typed}`)) return [];
    const write = (/** @type {string} */ value) => [`--${typed}`, value];
    if (option.type === 'flag')
      return [{ typed, option: typed, write: () => [text === NO_VALUE ? `--${typed}` : `--no-${typed}`], value: text }];
    return text.split(VALUES).map((value) => ({ typed, option: typed, write, value: value === NO_VALUE ? null : value }));
  });
}

/**
 * A key of the config that was typed as if it were an option.
 *
 * @param {import('./commands.js').CommandName} name
 * @param {string} typed
 * @param {string} text
 * @returns {Kept[]}
 */
function findKeptSetting(name, typed, text) {
  const setting = findSettingOption(name, typed, '');
  if (setting === undefined) return [];
  const write = (/** @type {string} */ value) => [`--${setting[0]}`, `${setting[1]}${value}`];
  return [{ typed, option: typed, write, value: text === NO_VALUE && findSetting(typed)?.isBoolean !== true ? null : text }];
}
