// @ts-check
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { commandOf } from './commands.js';

/**
 * WebAssembly, which tsx and Node itself use in a small way, reserves 10 GiB of addresses for every memory unless Node is told to check
 * bounds by instructions. Under `ulimit -v`, which counts what is reserved, it cannot be had otherwise.
 */
const PLAIN_WASM = '--disable-wasm-trap-handler';

const GIB = 2 ** 30;

/** Measured with Node 20 on two cores: what a training with TensorFlow reserves, and what the table of published runs does. */
const needed = { tensorFlow: 11 * GIB, node: 3.5 * GIB };

/** @returns {number | null} the bytes that `ulimit -v` lets this process reserve; null without a limit, or where none is known */
export function readAddressLimit() {
  try {
    const [, soft] = /^Max address space\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null; // not Linux, where the limit does not count reservations or does not exist
  }
}

/**
 * @param {import('./parse.js').Run} run
 * @returns {string | null} why the command would end in the middle for lack of addresses
 */
export function findLimitProblem({ name, options }, limit = readAddressLimit()) {
  const loadsTensorFlow = commandOf(name).loadsTensorFlow?.(options) === true;
  const least = loadsTensorFlow ? needed.tensorFlow : needed.node;
  if (limit === null || limit >= least) return null;
  const what = loadsTensorFlow ? `${name} with TensorFlow` : name;
  const other = loadsTensorFlow && name === 'train' && limit >= needed.node ? ', or take --engine portable, which is slow' : '';
  return (
    `ulimit -v lets a process reserve ${(limit / GIB).toFixed(1)} GiB of addresses, and ${what} needs ${(least / GIB).toFixed(1)} GiB, `
    + `most of which are never used; raise it with ulimit -v unlimited${other}`
  );
}

/** @returns {boolean} whether this process must be started anew to work under its limit */
export function needsPlainWasm() {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  return readAddressLimit() !== null && !options.includes(PLAIN_WASM);
}

const passedOn = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH']);

/**
 * Starts this process anew so that it works under its limit, and ends as that one does. The new process has a group of its own, so that
 * Ctrl-C reaches it once: from here.
 */
export function startWithPlainWasm() {
  const stdio = /** @type {('inherit' | 'ipc')[]} */ (['inherit', 'inherit', 'inherit', ...(process.send === undefined ? [] : ['ipc'])]);
  const child = spawn(process.execPath, [PLAIN_WASM, ...process.execArgv, ...process.argv.slice(1)], { stdio, detached: true });
  const handlers = passedOn.map((signal) => /** @type {const} */ ([signal, () => { child.kill(signal); }]));
  for (const [signal, handler] of handlers) process.on(signal, handler);
  child.on('message', (message) => { process.send?.(message); });
  child.on('close', (code, signal) => {
    for (const [name, handler] of handlers) process.off(name, handler);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}
