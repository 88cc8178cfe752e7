// @ts-check

import { distance } from 'fastest-levenshtein';

import { escapeControls } from './files/escape-controls.js';
import { isPackageScript } from './files/standing-folder.js';

/** What a shell takes as one word without quotes; … stands for what the user has to fill in. */
const plainWord = /^[\w./,:=@%+…-]+$/;

/**
 * A word of a command, as a POSIX shell reads it back.
 *
 * @param {string} word
 * @returns {string}
 */
export function shellWord(word) {
  return plainWord.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
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
  const rest = (words[0] === '--' ? words.slice(1) : words).map((word) => escapeControls(shellWord(word)));
  if (!isPackageScript()) return ['gatelab', command, ...rest].join(' ');
  const manager = findPackageManager();
  if (manager !== 'npm') return [manager, ...(manager === 'bun' ? ['run'] : []), command, ...rest].join(' ');
  return ['npm run', command, ...(rest.some((word) => word.startsWith('-')) ? [separator] : []), ...rest].join(' ');
}

/** What --data takes, in words; the front half of the command line, which is plain JavaScript, shows it in help. */
export const acceptedData =
  'aclImdb_v1.tar.gz, its unpacked folder, or a table of reviews and labels (CSV, TSV or JSON Lines, gzipped or not)';

const MAX_LETTERS = 64;

/**
 * The known name that a mistyped one most likely stands for; undefined where none is near.
 *
 * @param {string} wanted
 * @param {readonly string[]} known
 * @returns {string | undefined}
 */
export function findNearest(wanted, known) {
  const letters = wanted.slice(0, MAX_LETTERS).toLowerCase();
  const ranked = known.map((name) => ({ name, slips: distance(letters, name.toLowerCase()) })).sort((a, b) => a.slips - b.slips);
  const tolerated = Math.max(letters.length < 4 ? 1 : 2, Math.floor(letters.length / 3)); // two: letters that changed places
  return ranked.find(({ slips }) => slips <= tolerated)?.name;
}
