// @ts-check
import { printable } from '../files/escape-controls.js';
import { checkInput, checkOption, findDuplicate } from './check.js';
import { commandOf, commands, isCommand } from './commands.js';
import { readVersion } from '../files/version.js';
import { createParser, renderHelp, renderOverview } from './help.js';
import { describeExtra, describeUnknownCommand } from './hints.js';
import { describeKept } from './kept-options.js';
import { typedCommand } from '../typed-command.js';

/** @typedef {import('./commands.js').CommandName} CommandName */

/**
 * What a command line asks for: a text to show, a command to run, or nothing, since something is wrong with it.
 *
 * @typedef {{ readonly kind: 'show', readonly text: string }} Show
 * @typedef {{ readonly kind: 'run', readonly name: CommandName, readonly options: Readonly<Record<string, unknown>> }} Run
 * @typedef {{ readonly kind: 'problem', readonly line: string }} Problem
 */

const help = new Set(['-h', '--help']);
const version = new Set(['-V', '--version']);

/** @param {readonly string[]} args @param {ReadonlySet<string>} names @returns {boolean} whether one of the names is given as an option */
const has = (args, names) => args.slice(0, args.includes('--') ? args.indexOf('--') : args.length).some((arg) => names.has(arg));

/**
 * @param {readonly string[]} args
 * @returns {Show | Run | Problem}
 */
export function parseCommandLine(args) {
  const [first, ...rest] = args;
  if (first === 'help') return parseCommandLine([...rest.slice(0, 1), '--help']);
  if (first === undefined) return { kind: 'problem', line: 'Name a command; gatelab --help lists them' };
  if (isCommand(first)) return parseCommand(first, rest[0] === '--' ? rest.slice(1) : rest); // pnpm and yarn hand the -- on
  if (has(args, help)) return { kind: 'show', text: renderOverview() };
  if (has(args, version)) return { kind: 'show', text: `${readVersion()}\n` };
  return { kind: 'problem', line: describeUnknownCommand(first, Object.keys(commands)) };
}

/**
 * @param {CommandName} name
 * @param {readonly string[]} args
 * @returns {Show | Run | Problem}
 */
function parseCommand(name, args) {
  const declared = commandOf(name), parser = createParser(name);
  if (has(args, help)) return { kind: 'show', text: renderHelp(parser) };
  if (has(args, version)) return { kind: 'show', text: `${readVersion()}\n` };
  const kept = describeKept(name, declared, args);
  if (kept !== null) return { kind: 'problem', line: kept };
  const { operands, given } = splitWords(declared, parser, args);
  const unknown = findUnknown(declared, args);
  const extra = declared.operands === undefined ? [...unknown, ...operands] : unknown;
  const problem = describeExtra(name, extra, args) ?? findDuplicate(declared, args);
  if (problem !== undefined) return { kind: 'problem', line: problem };
  return readOptions(name, operands, given);
}

/**
 * yargs takes a word that begins with - for an option, also the one that stands for standard input.
 *
 * @param {import('./declaration.js').Command['options']} options
 * @param {readonly string[]} args
 * @returns {readonly string[]} with `--input=-` for `--input -`
 */
function joinStandard(options, args) {
  const at = args.findIndex((word, k) => args[k + 1] === '-' && options[word.slice(2)]?.orStandard === true);
  return at < 0 ? args : [...args.slice(0, at), `${args[at] ?? ''}=-`, ...args.slice(at + 2)];
}

/** @param {string} word @returns {boolean} whether it is a negative number, which yargs takes as a value */
const isNumber = (word) => /^-\.?\d/.test(word);

/**
 * @param {import('./declaration.js').Command} declared
 * @param {import('yargs').Argv} parser
 * @param {readonly string[]} typed
 * @returns {{ readonly operands: readonly string[], readonly given: Readonly<Record<string, unknown>> }} by their names; true of an option
 * that stands without a value
 */
function splitWords({ options }, parser, typed) {
  const args = joinStandard(options, typed);
  const { _: operands, ...values } = /** @type {Record<string, unknown>} */ (parser.parseSync([...args]));
  /** @type {Record<string, unknown>} */
  const given = {};
  for (const option of Object.keys(options)) {
    const value = values[option], next = args[args.indexOf(`--${option}`) + 1];
    const isBare = args.includes(`--${option}`) && (next === undefined || (next.startsWith('-') && !isNumber(next)));
    given[option] = (value === '' || (Array.isArray(value) && value.length === 0)) && isBare ? true : value;
  }
  return { operands: /** @type {(string | number)[]} */ (operands).map(String), given };
}

/**
 * The first option that the command does not know, or a flag with a value, and the word that follows.
 *
 * @param {import('./declaration.js').Command} declared
 * @param {readonly string[]} args
 * @returns {readonly string[]}
 */
function findUnknown({ options }, args) {
  const end = args.indexOf('--');
  const words = end < 0 ? args : args.slice(0, end);
  const at = words.findIndex((word) => {
    if (!word.startsWith('-') || word === '-' || isNumber(word)) return false;
    const [, dashes = '', name = '', value] = /^(-+)([^=]*)(=.*)?$/s.exec(word) ?? [];
    const option = options[name] ?? (options[name.replace(/^no-/, '')]?.type === 'flag' ? options[name.replace(/^no-/, '')] : undefined);
    return dashes !== '--' || option === undefined || (option.type === 'flag' && value !== undefined);
  });
  return at < 0 ? [] : words.slice(at, at + 2);
}

/**
 * @param {CommandName} name
 * @param {readonly string[]} operands
 * @param {Readonly<Record<string, unknown>>} given by their names as they are typed
 * @returns {Run | Problem}
 */
function readOptions(name, operands, given) {
  const declared = commandOf(name);
  /** @type {Record<string, unknown>} */
  const options = {};
  for (const [option, of] of Object.entries(declared.options)) {
    const checked = checkOption(option, of, given[option]);
    if (checked.problem !== undefined) return { kind: 'problem', line: checked.problem };
    options[toCamelCase(option)] = checked.value;
  }
  if (declared.operands !== undefined) {
    const { name: operand, least, areInputs } = declared.operands;
    if (operands.length < least)
      return { kind: 'problem', line: `${name} needs ${printable(operand)} to work on; ${typedCommand(name, ['--help'])} shows examples` };
    const checked = operands.map((word) => (areInputs ? checkInput(printable(word), word) : { value: word }));
    const missing = checked.find(({ problem }) => problem !== undefined)?.problem;
    if (missing !== undefined) return { kind: 'problem', line: missing };
    options[operand] = checked.map(({ value }) => value);
  }
  const problem = declared.check?.(options);
  return problem === undefined ? { kind: 'run', name, options } : { kind: 'problem', line: problem };
}

/** @param {string} name @returns {string} `hidden-size` → `hiddenSize` */
const toCamelCase = (name) => name.replace(/-(\w)/g, (_, letter) => String(letter).toUpperCase());
