import { indexOfLargest } from '../measure/classification.ts';
import { encodeTexts, joinSequences } from '../text/encode.ts';
import type { EncodedPart } from '../text/encode.ts';
import type { Classifier } from './load-model.ts';

/** What a model says of a text. */
export interface Prediction {
  /** The class of the largest probability. */
  readonly label: string;
  /** Of that class, and of each class by its name; their sum is 1. */
  readonly probability: number;
  readonly probabilities: Readonly<Record<string, number>>;
  /** Tokens that the model read, `maxLength` at most; 0 for a text without a word, of which it knows nothing. */
  readonly tokens: number;
}

/**
 * Predictions of texts, in their order, whatever batches of similar length they are read in.
 * @param texts of any length; they are tokenized and cut as the model's training texts were
 */
export function predictTexts(classifier: Classifier, texts: readonly string[]): Prediction[] {
  return describePart(classifier, encodeTexts(texts, classifier.vocabulary, classifier.config.data));
}

/** A text, or what a model reads of one: its token ids, `maxLength` at most. */
export type Question = string | Int32Array;

/** Predictions of texts and of token ids in one go, in their order. */
export function predictQuestions(classifier: Classifier, questions: readonly Question[]): Prediction[] {
  const { config, vocabulary } = classifier;
  const sequences = questions.map((question) =>
    (typeof question === 'string' ? encodeTexts([question], vocabulary, config.data).tokenIds : question));
  return describePart(classifier, joinSequences(sequences, vocabulary.size));
}

function describePart(classifier: Classifier, part: EncodedPart): Prediction[] {
  const tokensOf = (text: number): number => (part.offsets[text + 1] ?? 0) - (part.offsets[text] ?? 0);
  return classifier.predict(part).map((row, text) => describe(classifier.classes, row, tokensOf(text)));
}

/** Tokens held at once: enough sequences of any usual length to fill batches of similar ones, few enough for any memory. */
const CHUNK_TOKENS = 2 ** 20;

/** [C] the probabilities of each token sequence, in their order; of as many as there are, only some are in memory. */
export function* predictSequences(classifier: Classifier, sequences: Iterable<Int32Array>): Generator<readonly number[], void> {
  const answer = (): number[][] => classifier.predict(joinSequences(held, classifier.vocabulary.size));
  let held: Int32Array[] = [], tokens = 0;
  for (const sequence of sequences) {
    held.push(sequence);
    tokens += sequence.length;
    if (tokens < CHUNK_TOKENS) continue;
    yield* answer();
    [held, tokens] = [[], 0];
  }
  yield* answer();
}

function describe(classes: readonly string[], probabilities: readonly number[], tokens: number): Prediction {
  const largest = indexOfLargest(probabilities);
  return {
    label: classes[largest] ?? '', probability: probabilities[largest] ?? Number.NaN, tokens,
    probabilities: Object.fromEntries(classes.map((name, k) => [name, probabilities[k] ?? Number.NaN])),
  };
}
