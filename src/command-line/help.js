// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { projectFolder } from '../standing-folder.js';
import { commandOf, commands } from './commands.js';
import { typedCommand } from '../typed-command.js';

const MAX_WIDTH = 100;

/** @returns {string} */
export function readVersion() {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
  return /** @type {{ version: string }} */ (manifest).version;
}

/**
 * Every option takes its value as optional as far as commander knows, so that it leaves what is missing to check.js, whose messages
 * are ours.
 *
 * @param {string} name
 * @param {import('./declaration.js').Option} option
 * @returns {Option}
 */
function createOption(name, option) {
  const { type, value = 'value', list = false, byDefault } = option;
  if (type === 'flag') return new Option(byDefault === true ? `--no-${name}` : `--${name}`, option.describe);
  return new Option(`--${name} [${value}${list ? '...' : ''}]`, describeOption(option));
}

/** @param {import('./declaration.js').Option} option @returns {string} */
function describeOption({ describe, choices, byDefault, defaultText }) {
  const shown = defaultText ?? (Array.isArray(byDefault) ? undefined : byDefault?.toString());
  const remarks = [...(choices === undefined ? [] : [choices.join(', ')]), ...(shown === undefined ? [] : [`default: ${shown}`])];
  return remarks.length === 0 ? describe : `${describe} (${remarks.join('; ')})`;
}

/** @param {string} term @param {import('./declaration.js').Option | undefined} option @returns {string} */
const showTerm = (term, option) => (option?.optional === true ? term : term.replace(/\[(.*)\]/, '<$1>'));

/** @param {Command} command @returns {Command} */
function styleHelp(command) {
  return command
    .helpOption('-h, --help', 'Show this help')
    .configureOutput({ getOutHelpWidth: () => Math.min(MAX_WIDTH, process.stdout.columns || MAX_WIDTH) });
}

/**
 * A command as commander knows it: it splits the words of a command line by the options, and writes --help.
 *
 * @param {import('./commands.js').CommandName} name
 * @returns {Command}
 */
export function createCommand(name) {
  const { summary, options, operands, examples, notes } = commandOf(name);
  const command = styleHelp(new Command(typedCommand(name))).description(summary);
  for (const [option, declared] of Object.entries(options)) command.addOption(createOption(option, declared));
  if (operands !== undefined) command.argument(operands.least > 0 ? `<${operands.name}...>` : `[${operands.name}...]`, operands.describe);
  command.addOption(new Option('-V, --version', 'Show the version of gatelab'));
  command.configureHelp({ optionTerm: ({ flags, long }) => showTerm(flags, long == null ? undefined : options[long.slice(2)]) });
  const shown = examples.map(([words, what]) => `  ${typedCommand(name, words === '' ? [] : words.split(' '))}\n      ${what}`);
  return command.addHelpText('after', ['', 'Examples:', ...shown, ...(notes === undefined ? [] : ['', wrap(notes)])].join('\n'));
}

/** @param {string} text @returns {string} */
function wrap(text) {
  const width = Math.min(MAX_WIDTH, process.stdout.columns || MAX_WIDTH);
  return new Command().createHelp().boxWrap(text, width);
}

/** @returns {string} the list of all commands */
export function renderOverview() {
  const program = styleHelp(new Command('gatelab'));
  program.usage('<command> [options]').description('Train and compare recurrent sentiment classifiers.').helpCommand(false);
  program.addOption(new Option('-V, --version', 'Show the version'));
  for (const [name, { summary }] of Object.entries(commands)) program.command(name).summary(summary);
  program.configureHelp({ subcommandTerm: (command) => command.name() });
  return `${program.helpInformation()}\nOptions of a command: ${typedCommand('train', ['--help'])}`;
}
