import { isRead, withoutWords } from '../text/reading.ts';
import type { Reading } from '../text/reading.ts';

/**
 * What leaving one word out does. Nothing here needs an engine: whoever has one is asked for the probabilities of token sequences, a
 * page in a browser too.
 */

/** ln(p / (1 − p)) of a class, 1 − p being the sum of the others', so that it stays exact where p is nearly 1. @param probabilities [C] */
export function computeLogOdds(probabilities: readonly number[], label: number): number {
  const others = probabilities.reduce((sum, probability, k) => (k === label ? sum : sum + probability), 0);
  return Math.log(probabilities[label] ?? Number.NaN) - Math.log(others);
}

/** [C] of each class. */
export function computeAllLogOdds(probabilities: readonly number[]): number[] {
  return probabilities.map((_, label) => computeLogOdds(probabilities, label));
}

/** Of each word, for each class: how much higher the log-odds are with the word than without it; null for a word that is not read. */
export type WordEffects = readonly (readonly number[] | null)[];

/** What a model must be asked: the whole text, then the text without each word that it reads, in their order. */
export function* leaveOneOut(reading: Reading): Generator<Int32Array, void> {
  yield reading.tokenIds;
  for (const word of reading.words) if (isRead(word)) yield withoutWords(reading, [word]);
}

/** @param probabilities [1 + words read][C] the answers to `leaveOneOut`, in its order */
export function effectsOfLeavingOut({ words }: Reading, probabilities: readonly (readonly number[])[]): WordEffects {
  const whole = computeAllLogOdds(probabilities[0] ?? []);
  let asked = 0;
  return words.map((word) => {
    if (!isRead(word)) return null;
    asked += 1;
    const without = computeAllLogOdds(probabilities[asked] ?? []);
    return whole.map((logOdds, label) => logOdds - (without[label] ?? Number.NaN));
  });
}

/** The numbers of the words that a class gains by, the strongest first; where there are two like it, the earlier one. */
export function rankWords(effects: WordEffects, label: number): number[] {
  const of = (word: number): number => effects[word]?.[label] ?? 0;
  return [...effects.keys()].filter((word) => effects[word] !== null).sort((a, b) => of(b) - of(a) || a - b);
}
