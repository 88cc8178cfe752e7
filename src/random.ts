/**
 * The only source of randomness: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"),
 * a counter-based generator. A stream is named by (seed, purpose, index, subindex) and needs no state of its own,
 * so a dropout mask or an epoch's order can be made again from its name alone, on any thread.
 */
export const purposes = { initialisation: 1, shuffle: 2, dropout: 3, sample: 4, split: 5, limit: 6, search: 7 } as const;

export interface StreamName {
  /** Integer, 0 to 2³²−1. */
  readonly seed: number;
  readonly purpose: keyof typeof purposes;
  /** What the purpose counts, for example the epoch or the step. Integer, 0 to 2³²−1. */
  readonly index?: number;
  /** A second count, for example the layer. */
  readonly subindex?: number;
}

/** 32-bit FNV-1a, so that what is drawn under a name depends on that name and the seed alone. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
const TWO_TO_32 = 2 ** 32;

/** High 32 bits of the unsigned 64-bit product. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff, aHigh = a >>> 16;
  const bLow = b & 0xffff, bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(((middle & 0xffff) + aLow * bHigh) / 65536)) >>> 0;
}

type FourWords = readonly [number, number, number, number];

/** Writes Philox4x32-10 of a counter and a key (32-bit words each) into `out[at … at+3]`. */
export function writePhilox(out: Uint32Array, at: number, counter: FourWords, key: readonly [number, number]): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0), low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2), low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[at] = c0; out[at + 1] = c1; out[at + 2] = c2; out[at + 3] = c3;
}

/** Block `block` of a stream: counter (block, subindex, index, 0), key (seed, purpose). */
function writeBlock(out: Uint32Array, at: number, block: number, name: StreamName): void {
  const { seed, purpose, index = 0, subindex = 0 } = name;
  writePhilox(out, at, [block >>> 0, subindex >>> 0, index >>> 0, 0], [seed >>> 0, purposes[purpose]]);
}

/** The first `count` words of a stream: word i is word i mod 4 of block ⌊i/4⌋. */
export function randomWords(count: number, name: StreamName): Uint32Array {
  const words = new Uint32Array(Math.ceil(count / 4) * 4);
  for (let block = 0; block * 4 < count; block++) writeBlock(words, block * 4, block, name);
  return words.subarray(0, count);
}

/** [count] uniform in [low, high), 24 random bits each. */
export function uniformValues(count: number, low: number, high: number, name: StreamName): Float32Array {
  const words = randomWords(count, name);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = low + (high - low) * (((words[i] ?? 0) >>> 8) / 2 ** 24);
  return values;
}

/** [count] standard normal values by Box and Muller's transform (1958). */
export function normalValues(count: number, name: StreamName): Float32Array {
  const words = randomWords(count + (count % 2), name);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(((words[i] ?? 0) + 1) / TWO_TO_32));
    const angle = (2 * Math.PI * (words[i + 1] ?? 0)) / TWO_TO_32;
    values[i] = radius * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** Reads a stream word by word. */
export interface RandomStream {
  /** Uniform in [0, 1), 32 random bits. */
  uniform(): number;
  /** Uniform integer in [0, limit); the bias is below limit / 2³². */
  below(limit: number): number;
}

export function createRandomStream(name: StreamName): RandomStream {
  const buffer = new Uint32Array(4);
  let read = 0;
  const next = (): number => {
    if (read % 4 === 0) writeBlock(buffer, 0, read / 4, name);
    return buffer[read++ % 4] ?? 0;
  };
  return {
    uniform: () => next() / TWO_TO_32,
    below: (limit) => Math.floor((next() / TWO_TO_32) * limit),
  };
}

/** A new array with the items in random order (Fisher and Yates). */
export function shuffled<Item>(items: ArrayLike<Item>, name: StreamName): Item[] {
  const result = Array.from(items);
  const random = createRandomStream(name);
  for (let last = result.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const moved = result[last] as Item;
    result[last] = result[other] as Item;
    result[other] = moved;
  }
  return result;
}
