// @ts-check
import wrapAnsi from 'wrap-ansi';
import yargs from 'yargs';
import { typedCommand } from '../typed-command.js';
import { commandOf, commands } from './commands.js';

/** @typedef {import('yargs').Argv} Parser */

const MAX_WIDTH = 100;

const findWidth = () => Math.min(MAX_WIDTH, process.stdout.columns || MAX_WIDTH);

/**
 * yargs splits the words of a command line and lays out help; what the words must be is checked in check.js, in words of ours.
 *
 * @param {string} name what the person types before the options
 * @returns {Parser}
 */
function createBareParser(name) {
  return yargs([])
    .scriptName(name)
    .locale('en')
    .exitProcess(false)
    .help(false)
    .version(false)
    .wrap(findWidth())
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    })
    .option('help', { alias: 'h', type: 'boolean', describe: 'Show this help' })
    .option('version', { alias: 'V', type: 'boolean', describe: 'Show the version of gatelab' });
}

/**
 * @param {import('./declaration.js').Option} option
 * @returns {import('yargs').Options}
 */
function toYargs({ type, list = false, choices, describe, byDefault, defaultText }) {
  const shown = defaultText ?? (Array.isArray(byDefault) || type === 'flag' ? undefined : byDefault?.toString());
  return {
    type: type === 'flag' ? 'boolean' : 'string',
    array: list,
    describe: choices === undefined ? describe : `${describe} (${choices.join(', ')})`,
    ...(shown === undefined ? {} : { defaultDescription: shown }),
  };
}

/** @param {string} words @returns {readonly string[]} what stands in double quotes is one of them */
export const splitExample = (words) => (words.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));

/**
 * @param {import('./commands.js').CommandName} name
 * @returns {Parser}
 */
export function createParser(name) {
  const { summary, options, operands, examples, notes } = commandOf(name);
  const wanted = operands === undefined ? '' : ` ${operands.least > 0 ? `<${operands.name}...>` : `[${operands.name}...]`}`;
  const about = operands === undefined ? summary : `${summary}\n\n${operands.name}: ${operands.describe}`;
  const parser = createBareParser(typedCommand(name)).usage(`$0${wanted} [options]\n\n${wrapAnsi(about, findWidth())}`);
  for (const [option, declared] of Object.entries(options)) {
    const isOn = declared.type === 'flag' && declared.byDefault === true;
    if (isOn) parser.boolean(option).hide(option); // which is turned off by the name that help shows
    parser.option(isOn ? `no-${option}` : option, toYargs(declared));
  }
  const shown = examples.map(([words, what]) => `  ${typedCommand(name, splitExample(words))}\n      ${what}`);
  return parser.epilogue(['Examples:', ...shown, ...(notes === undefined ? [] : ['', wrapAnsi(notes, findWidth())])].join('\n'));
}

/**
 * @param {Parser} parser
 * @returns {string} ending with a line end
 */
export function renderHelp(parser) {
  let text = '';
  parser.showHelp((help) => { text = `${help}\n`; });
  return text;
}

/** @returns {string} the list of all commands */
export function renderOverview() {
  const program = createBareParser('gatelab').usage('$0 <command> [options]\n\nTrain and compare recurrent sentiment classifiers.');
  for (const [name, { summary }] of Object.entries(commands)) program.command(name, summary);
  return renderHelp(program.epilogue(`Options of a command: ${typedCommand('train', ['--help'])}`));
}
