import type { Argv } from 'yargs';
import { knownKeys } from '../config/known-keys.ts';
import { describeValue, printable } from '../config/quote.ts';
import { UsageError } from '../errors.ts';
import { findNearest } from '../nearest.ts';

/** What yargs knows of the options of the command at hand; its typings leave this method out. */
interface KnownOptions {
  readonly array: readonly string[];
  readonly key: Readonly<Record<string, unknown>>;
}

function optionsOf(parser: Argv): KnownOptions {
  return (parser as unknown as { getOptions: () => KnownOptions }).getOptions();
}

/** A command line, and what it could have held. */
export interface CommandLine {
  readonly args: readonly string[];
  readonly commands: readonly string[];
  readonly parser: Argv;
}

/**
 * An option given twice would reach a command as a list.
 * @throws UsageError
 */
export function checkOptions(args: readonly string[], parser: Argv): true {
  const { array, key } = optionsOf(parser);
  for (const name of Object.keys(key)) {
    const given = args.filter((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`)).length;
    if (given > 1 && !array.includes(name)) throw new UsageError(`--${printable(name)} is given more than once; give it once`);
  }
  return true;
}

type Describe = (found: RegExpExecArray, line: CommandLine) => string;

/** What yargs says (in English, see cli.ts), and what the user reads instead. */
const translations: readonly (readonly [RegExp, Describe])[] = [
  [/^Unknown (?:command|argument)s?: (.*)$/s, ([, names = ''], line) => describeUnknown(names, line)],
  [/^Not enough arguments following: (.*)$/s, ([, name = '']) => `--${printable(name)} needs a value`],
  [/^Missing required arguments?: (.*)$/s, ([, names = '']) => `${names.split(', ').map((name) => `--${name}`).join(' and ')} is missing`],
  [/^Not enough non-option arguments/, (_, { args: [command = ''] }) => `${command} needs more than that; gatelab ${command} --help shows what`],
  [/Argument: (\S+), Given: (.*), Choices: (.*)$/s, ([, name = '', given = '', choices = '']) => `--${name} takes ${choices.replace(/"/g, '')}, not ${printable(given)}`],
];

function describeUnknown(names: string, { args, commands, parser }: CommandLine): string {
  const isOption = (name: string): boolean => args.some((arg) => arg.startsWith('-') && arg.replace(/^-+/, '').split('=')[0]?.trim() === name);
  const [first = '', ...others] = names.split(', ');
  const option = [first, ...others].find(isOption);
  const [command = ''] = args;
  if (!commands.includes(command)) return `unknown command ${describeValue(first)}; ${suggest(findNearest(first, commands))}gatelab --help lists them`;
  const help = `gatelab ${command} --help lists its options`;
  if (option === undefined) return `${command} does not take ${describeValue(first)}; ${help}`;
  return `unknown option --${printable(option)}; ${suggest(nearestOption(option, Object.keys(optionsOf(parser).key)))}${help}`;
}

/** A config key is often written as if it were an option. */
function nearestOption(option: string, known: readonly string[]): string | undefined {
  const key = known.includes('set') ? [...knownKeys.keys()].find((path) => path.endsWith(`.${option}`)) : undefined;
  if (key !== undefined) return `--set ${key}=…`;
  const nearest = findNearest(option, known);
  return nearest === undefined ? undefined : `--${nearest}`;
}

function suggest(nearest: string | undefined): string {
  return nearest === undefined ? '' : `did you mean ${nearest}? `;
}

/** What yargs found wrong, in one line that says how to mend it; an error of ours is passed on. */
export function toUsageError(message: string | null, error: Error | undefined, line: CommandLine): Error {
  if (error !== undefined && error.name !== 'YError') return error;
  const text = message ?? error?.message ?? 'unknown usage';
  for (const [pattern, describe] of translations) {
    const found = pattern.exec(text);
    if (found !== null) return new UsageError(describe(found, line));
  }
  return new UsageError(text.replace(/\s*\n\s*/g, ' '));
}
