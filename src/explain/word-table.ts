import { UNKNOWN_ID } from '../text/vocabulary.ts';
import type { Explanation, Method } from './explain.ts';

/** A word of the vocabulary over many texts. */
export interface TabledWord {
  /** As the model reads it, in lower case; `<unk>` for all that it does not know. */
  readonly word: string;
  /** Places where it was read. */
  readonly count: number;
  /** Mean and standard deviation over those places of what it adds to the log-odds of the class. */
  readonly meanEffect: number;
  readonly deviation: number;
}

/** The words that matter most for each class. */
export interface WordTable {
  readonly method: Method;
  readonly texts: number;
  /** Words read in all, and different ones. */
  readonly words: number;
  readonly differentWords: number;
  /** A word that was read less often is in no list. */
  readonly minCount: number;
  /** The strongest words first; only words that raise the log-odds of the class. */
  readonly classes: readonly { readonly name: string; readonly words: readonly TabledWord[] }[];
}

interface Sums {
  count: number;
  /** [C] of the effects, and of their squares. */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

/** Adds up explanations, of which it keeps none: memory grows with the vocabulary alone. */
export interface WordCollector {
  add(explanation: Explanation): void;
  /** @param top words of a list at most */
  finish(method: Method, options: { readonly minCount: number; readonly top: number }): WordTable;
}

/** @param classes their names @param vocabulary its words by id, so that a word is counted under the name that the model knows */
export function createWordCollector(classes: readonly string[], vocabulary: readonly string[]): WordCollector {
  const sumsOf = new Map<string, Sums>();
  let texts = 0, total = 0;
  return {
    add({ words, tokenIds, effects }) {
      texts += 1;
      words.forEach(({ from, to }, k) => {
        const own = effects[k];
        if (own === null || own === undefined) return;
        const word = Array.from(tokenIds.subarray(from, to), (id) => vocabulary[id] ?? vocabulary[UNKNOWN_ID] ?? '').join('');
        const sums = sumsOf.get(word) ?? { count: 0, sums: new Float64Array(classes.length), squares: new Float64Array(classes.length) };
        sumsOf.set(word, sums);
        sums.count += 1;
        total += 1;
        own.forEach((effect, label) => {
          sums.sums[label] = (sums.sums[label] ?? 0) + effect;
          sums.squares[label] = (sums.squares[label] ?? 0) + effect ** 2;
        });
      });
    },
    finish(method, { minCount, top }) {
      const counted = [...sumsOf].filter(([, { count }]) => count >= minCount);
      const lists = classes.map((name, label) => {
        const words = counted.map(([word, sums]) => describeWord(word, sums, label)).filter(({ meanEffect }) => meanEffect > 0);
        words.sort((a, b) => b.meanEffect - a.meanEffect || (a.word < b.word ? -1 : 1));
        return { name, words: words.slice(0, top) };
      });
      return { method, texts, words: total, differentWords: sumsOf.size, minCount, classes: lists };
    },
  };
}

function describeWord(word: string, { count, sums, squares }: Sums, label: number): TabledWord {
  const meanEffect = (sums[label] ?? 0) / count;
  const variance = count < 2 ? Number.NaN : ((squares[label] ?? 0) - count * meanEffect ** 2) / (count - 1);
  return { word, count, meanEffect, deviation: Math.sqrt(Math.max(variance, 0)) };
}
