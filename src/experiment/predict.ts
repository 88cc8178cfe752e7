import { evaluationBatches } from '../data/batches.ts';
import { indexOfLargest } from '../measure/classification.ts';
import { encodeTexts } from '../text/encode.ts';
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
  const predictions: Prediction[] = [];
  for (const batch of evaluationBatches(part, config.training.evaluationBatchSize)) {
    const rows = predictBatch(loaded, batch);
    batch.rows.forEach((row, k) => { predictions[row] = describe(classes, rows[k] ?? [], batch.lengths[k] ?? 0); });
  }
  return predictions;
}

function describe(classes: readonly string[], probabilities: readonly number[], tokens: number): Prediction {
  const largest = indexOfLargest(probabilities);
  return {
    label: classes[largest] ?? '', probability: probabilities[largest] ?? Number.NaN, tokens,
    probabilities: Object.fromEntries(classes.map((name, k) => [name, probabilities[k] ?? Number.NaN])),
  };
}
