/** Numbers keys 0, 1, 2 … in the order they are added: a hash table in two typed arrays, for millions of keys. */
export interface PairIndex {
  readonly size: () => number;
  /** Does nothing for a key that is there. */
  add(key: number): void;
  /** -1 for a key that is not there. */
  find(key: number): number;
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
  };
}
