// @ts-check
import { escapeControls } from '../files/escape-controls.js';
import { parseCommandLine } from './parse.js';

const USAGE_STATUS = 2;

/**
 * Runs one command. Help, the version and what is wrong with the words are answered at once: no command is loaded for them. The exit
 * status is left in process.exitCode.
 *
 * @param {readonly string[]} args
 * @param {(run: import('./parse.js').Run) => Promise<import('./program.js').Program | null>} [load] the commands; null where none shall
 * run here
 * @returns {Promise<void>}
 */
export async function runCommandLine(args, load = () => import('../commands/run.ts')) {
  const parsed = parseCommandLine(args);
  if (parsed.kind === 'show') process.stdout.write(parsed.text);
  if (parsed.kind === 'problem') {
    process.stderr.write(`gatelab: ${escapeControls(parsed.line)}\n`);
    process.exitCode = USAGE_STATUS;
  }
  if (parsed.kind !== 'run') return;
  const program = await load(parsed);
  await program?.runCommand(parsed.name, parsed.options);
}
