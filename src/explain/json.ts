import { isRead } from '../text/reading.ts';
import { effectOnAnswer, wordText } from './explain.ts';
import type { Explanation } from './explain.ts';

/** A text explained, for programs. Effects and log-odds have six digits: no more is meant by float32. */
export interface ExplanationJson {
  readonly text: string;
  readonly label: string;
  readonly probability: number;
  readonly logOdds: number;
  readonly method: string;
  readonly words: readonly {
    readonly word: string;
    /** `text.slice(start, end)`, in UTF-16 units. */
    readonly start: number;
    readonly end: number;
    /** On the log-odds of `label`; null for a word that is not read. */
    readonly effect: number | null;
    readonly read: boolean;
    /** Whether the model has it in its vocabulary. */
    readonly known: boolean;
  }[];
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}

export function explanationToJson(explanation: Explanation): ExplanationJson {
  const { text, classes, probabilities, predicted, logOdds, method, words } = explanation;
  return {
    text, label: classes[predicted] ?? '', probability: Number((probabilities[predicted] ?? Number.NaN).toPrecision(8)),
    logOdds: round(logOdds), method,
    words: words.map((word, k) => {
      const effect = effectOnAnswer(explanation, k);
      return {
        word: wordText(explanation, word), start: word.start, end: word.end, effect: effect === null ? null : round(effect),
        read: isRead(word), known: !word.isUnknown,
      };
    }),
  };
}
