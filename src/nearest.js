// @ts-check
import { distance } from 'fastest-levenshtein';

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
