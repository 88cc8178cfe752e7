import { UserError } from '../errors.ts';
import { isNeuralModel } from '../experiment/load-model.ts';
import type { Classifier } from '../experiment/load-model.ts';
import { predictSequences } from '../experiment/predict.ts';
import { indexOfLargest } from '../measure/classification.ts';
import { isRead, readText } from '../text/reading.ts';
import type { Reading, Word } from '../text/reading.ts';
import { effectsByGradient } from './gradient.ts';
import { computeLogOdds, effectsOfLeavingOut, leaveOneOut } from './word-effects.ts';
import type { WordEffects } from './word-effects.ts';

/** A text, what a model says of it, and what each of its words does to that. */
export interface Explanation extends Reading {
  readonly method: Method;
  readonly classes: readonly string[];
  /** [C] */
  readonly probabilities: readonly number[];
  /** The class of the largest probability, and its log-odds. */
  readonly predicted: number;
  readonly logOdds: number;
  /** [words] */
  readonly effects: WordEffects;
}

/** Effects and probabilities of readings, in their order. */
type Explain = (loaded: Classifier, readings: readonly Reading[]) => Generator<readonly [WordEffects, readonly number[]], void>;

/** How the effect of a word is found, by its name in `--method`. */
export const methods = {
  'leave-one-out': function* explainByLeavingOut(loaded, readings) {
    function* questions(): Generator<Int32Array, void> {
      for (const reading of readings) yield* leaveOneOut(reading);
    }
    const answers = predictSequences(loaded, questions());
    for (const reading of readings) {
      const own = take(answers, 1 + reading.words.filter(isRead).length);
      yield [effectsOfLeavingOut(reading, own), own[0] ?? []];
    }
  },
  'gradient': function* explainByGradient(loaded, readings) {
    if (!isNeuralModel(loaded)) throw new Error('refuseWithoutVectors lets no such model through');
    const answers = [...predictSequences(loaded, readings.map(({ tokenIds }) => tokenIds))];
    for (const [k, effects] of effectsByGradient(loaded, readings).entries()) yield [effects, answers[k] ?? []];
  },
} as const satisfies Readonly<Record<string, Explain>>;

export type Method = keyof typeof methods;

/** The next items of a generator, which goes on behind them. */
function take<Item>(items: Iterator<Item>, count: number): Item[] {
  return Array.from({ length: count }, () => items.next().value as Item);
}

/** Explains texts one after the other; what they are asked is asked in batches, across texts. */
export function* explainTexts(loaded: Classifier, texts: readonly string[], method: Method): Generator<Explanation, void> {
  const readings = texts.map((text) => readText(text, loaded.vocabulary, loaded.config.data));
  let k = 0;
  for (const [effects, probabilities] of methods[method](loaded, readings)) {
    const predicted = indexOfLargest(probabilities);
    yield {
      ...readings[k] as Reading, method, classes: loaded.classes, probabilities, predicted, effects,
      logOdds: computeLogOdds(probabilities, predicted),
    };
    k += 1;
  }
}

/** Whether a gradient with respect to word vectors can be taken. */
export function hasVectors(classifier: Classifier): boolean {
  return isNeuralModel(classifier) && classifier.model.parameters.some(({ isTable }) => isTable === true);
}

/** @throws UserError where a model has no word vectors that a gradient could be of */
export function refuseWithoutVectors(classifier: Classifier, method: Method): void {
  if (method === 'gradient' && !hasVectors(classifier))
    throw new UserError('--method gradient: the model has no word vectors; omit --method, which leaves words out one by one');
}

/** What the word adds to the answer: its effect on the log-odds of the class that is predicted. */
export function effectOnAnswer({ effects, predicted }: Explanation, word: number): number | null {
  return effects[word]?.[predicted] ?? null;
}

/** A word as it was written. */
export function wordText({ text }: Reading, { start, end }: Word): string {
  return text.slice(start, end);
}
