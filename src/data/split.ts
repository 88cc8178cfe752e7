import { UserError } from '../errors.ts';
import { describeValue } from '../files/escape.ts';
import { shuffled, type StreamName } from '../random.ts';
import type { TokenizedPart } from '../text/encode.ts';

function rowsWithLabel(labels: Uint8Array, label: number): Int32Array {
  return Int32Array.from(labels.keys()).filter((row) => labels[row] === label);
}

function allRows(part: TokenizedPart): Int32Array {
  return Int32Array.from(part.ids.keys());
}

/** Which part is cut down, and by what. */
export interface LimitedPart {
  readonly name: 'training' | 'validation' | 'test';
  readonly part: TokenizedPart;
  readonly classes: readonly string[];
}

/** Of the streams of `limit`. */
const streamIndex = { training: 0, test: 1, validation: 2 } as const;

/**
 * The rows of a random subset with as many of each class, in ascending order; all rows for a null limit. Where that does not come out
 * even, the first classes have one review more.
 *
 * @throws UserError when the part has too few reviews of a class
 */
export function selectLimited(
  { name, part, classes }: LimitedPart, key: 'limit' | 'trainLimit', limit: number | null, splitSeed: number,
): Int32Array {
  if (limit === null || part.ids.length === 0) return allRows(part);
  const found = classes.map((_, label) => rowsWithLabel(part.labels, label));
  const largest = classes.length * Math.min(...found.map((rows) => rows.length));
  const stream = { seed: splitSeed, purpose: 'limit', index: streamIndex[name] } as const;
  const taken = found.flatMap((rows, label) => {
    const wanted = Math.floor(limit / classes.length) + (label < limit % classes.length ? 1 : 0);
    if (rows.length < wanted) {
      const all = classes.length === 2 ? 'both labels' : `all ${classes.length} classes`;
      const remedy = largest < classes.length
        ? `it needs reviews of ${all}, so leave it null`
        : `choose at most ${largest}, or null for ${key === 'limit' ? 'all' : 'data.limit'}`;
      throw new UserError(`data.${key}: ${limit} wants ${wanted} ${describeClass(classes[label])} ${name} reviews, and there are `
        + `${rows.length}; ${remedy}`);
    }
    return [...shuffled(rows, { ...stream, subindex: label }).slice(0, wanted)];
  });
  return Int32Array.from(taken).sort();
}

/** `negative`; in quotes where it is not a plain word. */
function describeClass(name = ''): string {
  return /^[\w-]+$/.test(name) ? name : describeValue(name);
}

/** FNV-1a over the word ids, with the length. Two texts that collide only share a side of the split, which is harmless. */
function contentKey({ wordIds, offsets }: TokenizedPart, row: number): string {
  const start = offsets[row] ?? 0, end = offsets[row + 1] ?? 0;
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (wordIds[i] ?? 0), 0x01000193);
  return `${end - start}:${hash}`;
}

/** [classes] how many of the labels are each class's. */
export function countLabels(labels: Iterable<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** The same of some rows of a part. */
function countRows({ labels }: TokenizedPart, rows: Iterable<number>, classes: number): number[] {
  return countLabels(Array.from(rows, (row) => labels[row] ?? 0), classes);
}

function groupByContent(part: TokenizedPart, rows: Int32Array): number[][] {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const key = contentKey(part, row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
}

/** Groups of rows with the same text, shuffled, taken while the wanted number of each class leaves room for all of the group. */
function takeGroups(part: TokenizedPart, rows: Int32Array, wanted: readonly number[], stream: StreamName): Set<number> {
  const taken = new Set<number>();
  const left = [...wanted];
  for (const group of shuffled(groupByContent(part, rows), stream)) {
    const counts = countRows(part, group, wanted.length);
    if (counts.some((count, label) => count > (left[label] ?? 0))) continue;
    counts.forEach((count, label) => { left[label] = (left[label] ?? 0) - count; });
    for (const row of group) taken.add(row);
  }
  return taken;
}

export interface TrainValidationRows {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/** What is held out: the share of each class, and the seed. */
export interface ValidationSplit {
  readonly classes: number;
  readonly validationFraction: number;
  readonly splitSeed: number;
}

/**
 * Holds out `validationFraction` of each class (rounded, at least one review), at random. Reviews with the same tokens stay on
 * one side: IMDB repeats 96 training reviews, and a repeated one would be validated on what was learned by heart. Of more than two
 * classes, one with a single review keeps it in the training part.
 *
 * @throws UserError when a side would lack a class that the rows have
 */
export function splitValidation(
  part: TokenizedPart, rows: Int32Array, { classes, validationFraction, splitSeed }: ValidationSplit,
): TrainValidationRows {
  if (validationFraction === 0) return { train: rows, validation: new Int32Array() };
  const present = countRows(part, rows, classes);
  const fewest = classes === 2 ? 1 : 2;
  const wanted = present.map((count) => (count < fewest ? 0 : Math.max(1, Math.round(count * validationFraction))));
  const held = takeGroups(part, rows, wanted, { seed: splitSeed, purpose: 'split' });

  const heldCounts = countRows(part, held, classes);
  const lacking = present.some((count, label) => count >= fewest && (heldCounts[label] === 0 || heldCounts[label] === count));
  if (rows.length === 0 || held.size === 0 || lacking) {
    throw new UserError(`data.validationFraction: ${validationFraction} of ${rows.length} training reviews cannot be held out with `
      + 'reviews of each label on both sides; use more distinct reviews, or 0 for no validation');
  }
  return { train: rows.filter((row) => !held.has(row)), validation: rows.filter((row) => held.has(row)) };
}
