// @ts-check
import { printable } from './escape-controls.js';
import { isPackageScript } from './standing-folder.js';

/** What a shell takes as one word without quotes. */
const plainWord = /^[\w@%+=:,./…-]+$/;

/**
 * A word as it is typed into a shell.
 *
 * @param {string} word
 * @returns {string}
 */
export function quoteWord(word) {
  return plainWord.test(word) ? word : `"${printable(word, 200).replace(/["\\$`]/g, '\\$&')}"`;
}

/** @returns {string} the name of the package manager that started this process */
function findPackageManager() {
  return /^(\w+)\//.exec(process.env['npm_config_user_agent'] ?? '')?.[1] ?? 'npm';
}

/** PowerShell drops a bare -- before npm sees it; in quotes it stays, and other shells take the quotes off. */
const separator = process.platform === 'win32' ? '"--"' : '--';

/**
 * How the user would type a command, the way this process was started: `npm run train -- --config gru.yaml`, `pnpm train …`,
 * `yarn train …`, or `gatelab train …`.
 *
 * @param {string} command
 * @param {readonly string[]} [words] what follows it
 * @returns {string}
 */
export function typedCommand(command, words = []) {
  const rest = words.map(quoteWord);
  if (!isPackageScript()) return ['gatelab', command, ...rest].join(' ');
  const manager = findPackageManager();
  if (manager !== 'npm') return [manager, ...(manager === 'bun' ? ['run'] : []), command, ...rest].join(' ');
  return ['npm run', command, ...(rest.some((word) => word.startsWith('-')) ? [separator] : []), ...rest].join(' ');
}
