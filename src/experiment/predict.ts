import { evaluationBatches } from '../data/batches.ts';
import { indexOfLargest } from '../measure/classification.ts';
import { encodeTexts, joinSequences } from '../text/encode.ts';
import type { EncodedPart } from '../text/encode.ts';
import { predictBatch } from '../training/evaluate.ts';
import type { LoadedModel } from './load-model.ts';

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
export function predictTexts(loaded: LoadedModel, texts: readonly string[]): Prediction[] {
  const { config, vocabulary, classes } = loaded;
  const part = encodeTexts(texts, vocabulary, config.data);
  return predictPart(loaded, part).map((probabilities, row) =>
    describe(classes, probabilities, (part.offsets[row + 1] ?? 0) - (part.offsets[row] ?? 0)));
}

/** [rows][C] the probability of each class for each row of a part, in its order. */
function predictPart(loaded: LoadedModel, part: EncodedPart): number[][] {
  const probabilities: number[][] = [];
  for (const batch of evaluationBatches(part, loaded.config.training.evaluationBatchSize)) {
    const answers = predictBatch(loaded, batch);
    batch.rows.forEach((row, k) => { probabilities[row] = answers[k] ?? []; });
  }
  return probabilities;
}

/** Tokens held at once: enough sequences of any usual length to fill batches of similar ones, few enough for any memory. */
const CHUNK_TOKENS = 2 ** 20;

/** [C] the probabilities of each token sequence, in their order; of as many as there are, only some are in memory. */
export function* predictSequences(loaded: LoadedModel, sequences: Iterable<Int32Array>): Generator<readonly number[], void> {
  const answer = (): number[][] => predictPart(loaded, joinSequences(held, loaded.vocabulary.size));
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
