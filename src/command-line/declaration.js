// @ts-check

/**
 * An option of a command. It is read by the parser, by --help, and by the types of what the command gets.
 *
 * @typedef {object} Option
 * @property {'text' | 'input' | 'output' | 'count' | 'flag'} type `input`: a path to something that exists; `output`: one to write to;
 * `count`: a whole number
 * @property {string} [value] what --help calls its value
 * @property {readonly string[]} [choices] the texts it takes
 * @property {boolean} [list] takes several values, and may be repeated
 * @property {boolean} [orStandard] of an input: takes - for standard input too
 * @property {boolean} [optional] may stand without a value, which is then empty
 * @property {boolean | string | number | readonly string[]} [byDefault] a flag that is true by default is turned off with --no-NAME
 * @property {string} [defaultText] the default in words, where the command finds it itself
 * @property {number} [least] of a count; 1 unless it says otherwise
 * @property {number} [most] of a count
 * @property {string} describe
 *
 * @typedef {object} Command
 * @property {string} summary
 * @property {Readonly<Record<string, Option>>} options
 * @property {{ readonly name: string, readonly describe: string, readonly least: number, readonly areInputs: boolean }} [operands]
 * what stands without a name, and how many of it are needed
 * @property {readonly (readonly [words: string, what: string])[]} examples
 * @property {string} [notes] below the examples
 * @property {(given: Readonly<Record<string, unknown>>) => boolean} [loadsTensorFlow] whether it will, with these options
 * @property {(given: Readonly<Record<string, unknown>>) => string | undefined} [check] what is wrong with options that are right each
 * by itself
 */

/**
 * A command whose literal values are kept in its type.
 *
 * @template {Command} const Declared
 * @param {Declared} command
 * @returns {Declared}
 */
export const declare = (command) => command;
