import type { DataConfig } from './settings.ts';
import { encodePart, type EncodedPart } from '../text/encode.ts';
import { selectLimited, splitValidation } from './split.ts';
import type { LimitedPart } from './split.ts';
import type { TokenizedCorpus } from './tokenized-corpus.ts';
import { selectVocabulary, type Vocabulary } from '../text/vocabulary.ts';
import type { TokenizedPart } from '../text/encode.ts';

/** What a run trains and is judged on. */
export interface Dataset {
  readonly vocabulary: Vocabulary;
  /** [classes] the name of each label. */
  readonly classes: readonly string[];
  readonly train: EncodedPart;
  /** Empty when `validationFraction` is 0 and the data has no such part of its own. */
  readonly validation: EncodedPart;
  readonly test: EncodedPart;
}

/** [words] occurrences of each word in whole reviews. */
function countWords(wordCount: number, part: TokenizedPart, rows: Int32Array): Int32Array {
  const counts = new Int32Array(wordCount);
  for (const row of rows) {
    const end = part.offsets[row + 1] ?? 0;
    for (let i = part.offsets[row] ?? 0; i < end; i++) {
      const word = part.wordIds[i] ?? 0;
      counts[word] = (counts[word] ?? 0) + 1;
    }
  }
  return counts;
}

/** Rows of the training part, of the part that validation is taken from, and of the test part. */
export type SelectedRows = Readonly<Record<'train' | 'validation' | 'test', Int32Array>>;

/** @throws UserError when `limit`, `trainLimit` or `validationFraction` cannot be had from these reviews */
export function selectRows(corpus: TokenizedCorpus, config: DataConfig): SelectedRows {
  const { classes } = corpus;
  const limit = (name: LimitedPart['name'], part: TokenizedPart, key: 'limit' | 'trainLimit' = 'limit'): Int32Array =>
    selectLimited({ name, part, classes }, key, config[key], config.splitSeed);
  const limited = limit('training', corpus.train, config.trainLimit === null ? 'limit' : 'trainLimit');
  const test = limit('test', corpus.test);
  return corpus.validation.ids.length > 0
    ? { train: limited, validation: limit('validation', corpus.validation), test }
    : { ...splitValidation(corpus.train, limited, { ...config, classes: classes.length }), test };
}

/**
 * Applies the settings, in this order: `limit`, the validation part (unless the data has one of its own), the vocabulary (of the
 * training reviews that are left and nothing else, over their whole length), truncation.
 *
 * @throws UserError when `limit` or `validationFraction` cannot be had from these reviews
 */
export function createDataset(corpus: TokenizedCorpus, config: DataConfig): Dataset {
  const { words, classes } = corpus;
  const rows = selectRows(corpus, config);
  const vocabulary = selectVocabulary(words, countWords(words.length, corpus.train, rows.train), config.vocabularySize);
  return {
    vocabulary, classes,
    train: encodePart(words, corpus.train, vocabulary, config, rows.train),
    validation: encodePart(words, corpus.validation.ids.length > 0 ? corpus.validation : corpus.train, vocabulary, config, rows.validation),
    test: encodePart(words, corpus.test, vocabulary, config, rows.test),
  };
}
