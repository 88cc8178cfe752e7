import type { EncodedPart } from '../../text/encode.ts';
import { UNKNOWN_ID } from '../../text/vocabulary.ts';
import type { Vocabulary } from '../../text/vocabulary.ts';
import { arePairs, createPairIndex, findPair, sortPairs } from './pair-index.ts';
import type { PairIndex, SortedPairs } from './pair-index.ts';
import type { SparseRows } from './sparse-rows.ts';

/** `presence`: 1 for each n-gram that a review has; `counts`: how often it has it. */
export type FeatureValues = 'presence' | 'counts';

/** The n-grams of a training part as columns of a matrix, and a last column of ones, the bias. */
export interface NgramFeatures {
  /** Columns, the bias among them. */
  readonly width: number;
  /** Columns of words, which are the first; tokens with ids below `firstWordId` have none. */
  readonly words: number;
  readonly firstWordId: number;
  /** In the order of their words; a pair's column is `words` and its number. */
  readonly pairs: () => SortedPairs;
  /** A review a row; n-grams that the training part does not have are left out. */
  toRows(part: EncodedPart, values: FeatureValues): SparseRows;
}

/** Tokens before it are `<pad>` and `<unk>`: no features. */
const FIRST_WORD_ID = UNKNOWN_ID + 1;

/**
 * Words are columns in the order of their ids, the most frequent first; pairs of neighbouring words follow as they appear.
 * @param ngrams 1 for words, 2 for words and pairs
 */
export function createNgramFeatures(train: EncodedPart, ngrams: number): NgramFeatures {
  const { vocabularySize } = train, pairs = ngrams === 1 ? null : collectPairs(train);
  return createColumns(vocabularySize, pairs, () => sortPairs(pairs, vocabularySize));
}

/**
 * The features of a stored model: words by their ids, and then the pairs in their order, so that a pair's number is its place.
 * @returns null where the pairs are not of so many words
 */
export function restoreNgramFeatures({ starts, seconds }: Omit<SortedPairs, 'numbers'>, vocabularySize: number): NgramFeatures | null {
  if (starts.length !== vocabularySize + 1 || !arePairs({ starts, seconds }, FIRST_WORD_ID)) return null;
  const find = (key: number): number => findPair({ starts, seconds }, Math.floor(key / vocabularySize), key % vocabularySize);
  return createColumns(vocabularySize, { size: () => seconds.length, find }, () =>
    ({ starts, seconds, numbers: seconds.map((_, place) => place) }));
}

/**
 * The features that have these names: words, and two words with a space between, in the order of their columns. Models stored before
 * version 0.3 name them.
 * @returns null where they are not those of the vocabulary
 */
export function restoreNamedFeatures(names: readonly string[], vocabulary: Vocabulary): NgramFeatures | null {
  const { size, words } = vocabulary, pairs = createPairIndex(), named = size - FIRST_WORD_ID;
  if (names.length < named || words.slice(FIRST_WORD_ID).some((word, k) => word !== names[k])) return null;
  for (let column = named; column < names.length; column++) {
    const [first = 0, second = 0, ...more] = (names[column] ?? '').split(' ').map((word) => vocabulary.idOf(word));
    if (first >= FIRST_WORD_ID && second >= FIRST_WORD_ID && more.length === 0) pairs.add(first * size + second);
  }
  if (pairs.size() !== names.length - named) return null; // one that is no pair, or is there twice
  return createColumns(size, pairs, () => sortPairs(pairs, size));
}

/** Where a pair of words is, by its key: its number, or -1. */
type PairFinder = Pick<PairIndex, 'size' | 'find'>;

function createColumns(vocabularySize: number, pairs: PairFinder | null, sorted: () => SortedPairs): NgramFeatures {
  const words = vocabularySize - FIRST_WORD_ID, width = words + (pairs?.size() ?? 0) + 1;
  return {
    width, words, firstWordId: FIRST_WORD_ID, pairs: sorted, toRows: (part, values) => createRows(part, values, { width, words, pairs }),
  };
}

/** The key of a token and the one before it, which may be of the review before: that is the caller's to know. -1 unless both are words. */
function pairKey({ tokenIds, vocabularySize }: EncodedPart, k: number): number {
  const first = tokenIds[k - 1] ?? 0, second = tokenIds[k] ?? 0;
  return first < FIRST_WORD_ID || second < FIRST_WORD_ID ? -1 : first * vocabularySize + second;
}

function collectPairs(part: EncodedPart): PairIndex {
  const pairs = createPairIndex();
  for (let row = 0; row < part.ids.length; row++) {
    const end = part.offsets[row + 1] ?? 0;
    for (let k = (part.offsets[row] ?? 0) + 1; k < end; k++) {
      const key = pairKey(part, k);
      if (key >= 0) pairs.add(key);
    }
  }
  return pairs;
}

interface Columns {
  readonly width: number;
  readonly words: number;
  readonly pairs: PairFinder | null;
}

function createRows(part: EncodedPart, values: FeatureValues, { width, words, pairs }: Columns): SparseRows {
  const collector = createRowCollector(width, part.tokenIds.length * (pairs === null ? 1 : 2) + part.ids.length, values);
  for (let row = 0; row < part.ids.length; row++) {
    const start = part.offsets[row] ?? 0, end = part.offsets[row + 1] ?? 0;
    for (let k = start; k < end; k++) {
      const word = (part.tokenIds[k] ?? 0) - FIRST_WORD_ID;
      if (word >= 0) collector.add(word);
      const pair = pairs === null || k === start ? -1 : pairs.find(pairKey(part, k));
      if (pair >= 0) collector.add(words + pair);
    }
    collector.add(width - 1);
    collector.endRow();
  }
  return collector.finish();
}

interface RowCollector {
  add(column: number): void;
  endRow(): void;
  finish(): SparseRows;
}

/** @param capacity columns added at most */
function createRowCollector(width: number, capacity: number, kind: FeatureValues): RowCollector {
  const columns = new Int32Array(capacity), values = new Float64Array(capacity);
  const lastEntry = new Int32Array(width).fill(-1);
  const offsets = [0];
  let rowStart = 0, entries = 0;
  return {
    add(column) {
      const entry = lastEntry[column] ?? -1;
      if (entry >= rowStart) {
        if (kind === 'counts') values[entry] = (values[entry] ?? 0) + 1;
        return;
      }
      lastEntry[column] = entries;
      columns[entries] = column;
      values[entries++] = 1;
    },
    endRow() {
      rowStart = entries;
      offsets.push(entries);
    },
    finish: () => ({ columns: columns.slice(0, entries), values: values.slice(0, entries), offsets: Int32Array.from(offsets), width }),
  };
}
