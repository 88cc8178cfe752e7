/** Numbers keys 0, 1, 2 … in the order they are added: a hash table in two typed arrays, for millions of keys. */
export interface PairIndex {
  readonly size: () => number;
  /** Does nothing for a key that is there. */
  add(key: number): void;
  /** -1 for a key that is not there. */
  find(key: number): number;
  /** [size] every key, the smallest first. */
  readonly sortedKeys: () => Float64Array;
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
    sortedKeys: () => table.keys.filter((key) => key !== EMPTY).sort(),
  };
}

/** Pairs of words by the id of the first, and of one first word by that of the second: kept on disk so, and found without more. */
export interface SortedPairs {
  /** [V + 1] where the pairs of each first word begin. */
  readonly starts: Int32Array;
  /** [pairs] ids of their second words. */
  readonly seconds: Int32Array;
  /** [pairs] the number of each, among all of them. */
  readonly numbers: Int32Array;
}

/** @param pairs keys `first · vocabularySize + second` */
export function sortPairs(pairs: PairIndex | null, vocabularySize: number): SortedPairs {
  const keys = pairs?.sortedKeys() ?? new Float64Array(), starts = new Int32Array(vocabularySize + 1);
  for (const key of keys) {
    const after = Math.floor(key / vocabularySize) + 1;
    starts[after] = (starts[after] ?? 0) + 1;
  }
  for (let word = 0; word < vocabularySize; word++) starts[word + 1] = (starts[word] ?? 0) + (starts[word + 1] ?? 0);
  return {
    starts, seconds: Int32Array.from(keys, (key) => key % vocabularySize),
    numbers: Int32Array.from(keys, (key) => pairs?.find(key) ?? EMPTY),
  };
}

/** Whether they are pairs of words with ids from `firstWordId` to below the vocabulary's size, in their order and each once. */
export function arePairs({ starts, seconds }: Omit<SortedPairs, 'numbers'>, firstWordId: number): boolean {
  const vocabularySize = starts.length - 1;
  if (vocabularySize < firstWordId || starts[firstWordId] !== 0 || starts[vocabularySize] !== seconds.length) return false;
  for (let first = 0; first < vocabularySize; first++) {
    const from = starts[first] ?? 0, end = starts[first + 1] ?? 0;
    if (from < 0 || end < from) return false;
    for (let k = from, least = firstWordId; k < end; k++) {
      const second = seconds[k] ?? 0;
      if (second < least || second >= vocabularySize) return false;
      least = second + 1;
    }
  }
  return true;
}

/** The place of a pair among the sorted ones, by binary search; -1 where it is not there. */
export function findPair({ starts, seconds }: Omit<SortedPairs, 'numbers'>, first: number, second: number): number {
  const end = starts[first + 1] ?? 0;
  let low = starts[first] ?? 0, high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((seconds[middle] ?? 0) < second) low = middle + 1;
    else high = middle;
  }
  return low < end && seconds[low] === second ? low : EMPTY;
}
