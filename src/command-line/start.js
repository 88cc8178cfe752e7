// @ts-check
import '../early-signals.js';
import { findLimitProblem, needsPlainWasm, startWithPlainWasm } from './address-space.js';
import { showFirstSign } from '../terminal/first-sign.js';
import { runCommandLine } from './run.js';

/** @param {import('./parse.js').Run} run @returns {Promise<import('./program.js').Program | null>} */
async function load(run) {
  const problem = findLimitProblem(run);
  if (problem !== null) {
    process.stderr.write(`gatelab: ${problem}\n`);
    process.exitCode = 1;
    return null;
  }
  if (needsPlainWasm()) {
    startWithPlainWasm();
    return null;
  }
  if (run.options['quiet'] !== true) showFirstSign(`Loading ${run.name}`);
  return (await import('./program.js')).loadProgram();
}

/** EPIPE: the reader of a pipe is gone, as after `| head`. EIO: the terminal is closed. */
const readerIsGone = new Set(['EPIPE', 'EIO']);

// A command whose output nobody reads any more goes on and ends as it would have: what a run is kept in is its folder.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (!readerIsGone.has(error.code ?? '')) throw error;
  });
}

await runCommandLine(process.argv.slice(2), load);
