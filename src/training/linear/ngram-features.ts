import type { EncodedPart } from '../../text/encode.ts';
import { UNKNOWN_ID } from '../../text/vocabulary.ts';
import type { Vocabulary } from '../../text/vocabulary.ts';
import type { SparseRows } from './sparse-rows.ts';

/** Numbers keys 0, 1, 2 … in the order they are added: a hash table in two typed arrays, for millions of keys. */
export interface PairIndex {
  readonly size: () => number;
  /** Does nothing for a key that is there. */
  add(key: number): void;
  /** -1 for a key that is not there. */
  find(key: number): number;
  /** [size] every key, by its number. */
  readonly keys: () => Float64Array;
}

const EMPTY = -1;
const SMALLEST_CAPACITY = 1024;

interface Table {
  /** [capacity] `EMPTY` where there is none. */
  readonly keys: Float64Array;
  /** [capacity] the number of each key. */
  readonly numbers: Int32Array;
}

function createTable(capacity: number): Table {
  return { keys: new Float64Array(capacity).fill(EMPTY), numbers: new Int32Array(capacity) };
}

/** 32 bits of which the low ones depend on all of the key's: a pair's first word is in its high ones. */
export function hashKey(key: number): number {
  const hash = Math.imul(key >>> 0, 0x9e3779b1) ^ Math.imul(Math.floor(key / 2 ** 32), 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

/** Where a key is, or where it would go: open addressing with linear probing. The capacity is a power of two. */
function findSlot({ keys }: Table, key: number): number {
  const mask = keys.length - 1;
  let slot = hashKey(key) & mask;
  while (keys[slot] !== EMPTY && keys[slot] !== key) slot = (slot + 1) & mask;
  return slot;
}

function put(table: Table, key: number, number: number): void {
  const slot = findSlot(table, key);
  table.keys[slot] = key;
  table.numbers[slot] = number;
}

function grow({ keys, numbers }: Table): Table {
  const larger = createTable(2 * keys.length);
  keys.forEach((key, slot) => { if (key !== EMPTY) put(larger, key, numbers[slot] ?? 0); });
  return larger;
}

/** Keys are non-negative integers up to 2⁵³. */
export function createPairIndex(): PairIndex {
  let table = createTable(SMALLEST_CAPACITY);
  let size = 0;
  return {
    size: () => size,
    add(key) {
      if (table.keys[findSlot(table, key)] === key) return;
      if (2 * size >= table.keys.length) table = grow(table);
      put(table, key, size++);
    },
    find(key) {
      const slot = findSlot(table, key);
      return table.keys[slot] === key && key !== EMPTY ? (table.numbers[slot] ?? EMPTY) : EMPTY;
    },
    keys() {
      const ordered = new Float64Array(size);
      table.keys.forEach((key, slot) => { if (key !== EMPTY) ordered[table.numbers[slot] ?? 0] = key; });
      return ordered;
    },
  };
}

/** `presence`: 1 for each n-gram that a review has; `counts`: how often it has it. */
export type FeatureValues = 'presence' | 'counts';

/** The n-grams of a training part as columns of a matrix, and a last column of ones, the bias. */
export interface NgramFeatures {
  /** Columns, the bias among them. */
  readonly width: number;
  /** Columns of words, which are the first; tokens with ids below `firstWordId` have none. */
  readonly words: number;
  readonly firstWordId: number;
  /** [pairs] first · V + second of the words' ids, for each column of a pair in their order. */
  readonly pairs: () => Float64Array;
  /** Names of the columns but the bias, in their order: a word, or two words with a space between. @param words of the vocabulary */
  readonly names: (words: readonly string[]) => string[];
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
  return createColumns(train.vocabularySize, ngrams === 1 ? null : collectPairs(train));
}

/**
 * The features that have these names, as `NgramFeatures.names` gives them.
 * @returns null where they are not those of the vocabulary
 */
export function restoreNgramFeatures(names: readonly string[], vocabulary: Vocabulary): NgramFeatures | null {
  const { size, words } = vocabulary;
  const pairs = createPairIndex();
  for (const name of names.slice(size - FIRST_WORD_ID)) {
    const [first = '', second = ''] = name.split(' ');
    pairs.add(vocabulary.idOf(first) * size + vocabulary.idOf(second));
  }
  const features = createColumns(size, pairs);
  return features.names(words).every((name, k) => name === names[k]) && features.width === names.length + 1 ? features : null;
}

function createColumns(vocabularySize: number, pairs: PairIndex | null): NgramFeatures {
  const words = vocabularySize - FIRST_WORD_ID;
  const width = words + (pairs?.size() ?? 0) + 1;
  const nameOf = (all: readonly string[], key: number): string =>
    `${all[Math.floor(key / vocabularySize)] ?? ''} ${all[key % vocabularySize] ?? ''}`;
  return {
    width, words, firstWordId: FIRST_WORD_ID,
    pairs: () => pairs?.keys() ?? new Float64Array(),
    names: (all) => [...all.slice(FIRST_WORD_ID), ...Array.from(pairs?.keys() ?? [], (key) => nameOf(all, key))],
    toRows: (part, values) => createRows(part, values, { width, words, pairs }),
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
  readonly pairs: PairIndex | null;
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
