import { isatty } from 'node:tty';

/**
 * Whether any standard stream is a terminal. Under nohup none is; Node itself undoes that nohup made SIGHUP ignored, so this is what
 * is left to tell by. Plain JavaScript, since early-signals.js needs it.
 * @returns {boolean}
 */
export function hasTerminal() {
  return [0, 1, 2].some((stream) => isatty(stream));
}
