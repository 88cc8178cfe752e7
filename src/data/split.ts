import { UserError } from '../errors.ts';
import { shuffled, type StreamName } from '../random.ts';
import type { Label } from './review.ts';
import type { TokenizedPart } from '../text/encode.ts';

const LABELS = [0, 1] as const satisfies readonly Label[];

type CountByLabel = Record<Label, number>;

function rowsWithLabel(labels: Uint8Array, label: Label): Int32Array {
  return Int32Array.from(labels.keys()).filter((row) => labels[row] === label);
}

function allRows(part: TokenizedPart): Int32Array {
  return Int32Array.from(part.ids.keys());
}

/**
 * The rows of a balanced, random subset, in ascending order; all rows for a null limit. An odd limit takes one negative
 * review more.
 *
 * @throws UserError when the part has too few reviews of a label
 */
export function selectLimited(part: TokenizedPart, partName: 'training' | 'test', limit: number | null, splitSeed: number): Int32Array {
  if (limit === null) return allRows(part);
  const wanted: CountByLabel = { 0: Math.ceil(limit / 2), 1: Math.floor(limit / 2) };
  const found = LABELS.map((label) => rowsWithLabel(part.labels, label));
  const largest = 2 * Math.min(...found.map((rows) => rows.length));
  const stream = { seed: splitSeed, purpose: 'limit', index: partName === 'training' ? 0 : 1 } as const;

  const taken = LABELS.flatMap((label) => {
    const rows = found[label] ?? new Int32Array();
    if (rows.length < wanted[label]) {
      const remedy = largest < 2 ? 'it needs reviews of both labels, so leave it null' : `choose at most ${largest}, or null for all`;
      throw new UserError(`data.limit: ${limit} wants ${wanted[label]} ${label === 0 ? 'negative' : 'positive'} ${partName} reviews, `
        + `and there are ${rows.length}; ${remedy}`);
    }
    return shuffled(rows, { ...stream, subindex: label }).slice(0, wanted[label]);
  });
  return Int32Array.from(taken).sort();
}

/** FNV-1a over the word ids, with the length. Two texts that collide only share a side of the split, which is harmless. */
function contentKey({ wordIds, offsets }: TokenizedPart, row: number): string {
  const start = offsets[row] ?? 0, end = offsets[row + 1] ?? 0;
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (wordIds[i] ?? 0), 0x01000193);
  return `${end - start}:${hash}`;
}

function countLabels(part: TokenizedPart, rows: Iterable<number>): CountByLabel {
  const counts: CountByLabel = { 0: 0, 1: 0 };
  for (const row of rows) counts[part.labels[row] === 1 ? 1 : 0]++;
  return counts;
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

/** Groups of rows with the same text, shuffled, taken while the wanted number of each label leaves room for all of the group. */
function takeGroups(part: TokenizedPart, rows: Int32Array, wanted: CountByLabel, stream: StreamName): Set<number> {
  const taken = new Set<number>();
  const left = { ...wanted };
  for (const group of shuffled(groupByContent(part, rows), stream)) {
    const counts = countLabels(part, group);
    if (LABELS.some((label) => counts[label] > left[label])) continue;
    for (const label of LABELS) left[label] -= counts[label];
    for (const row of group) taken.add(row);
  }
  return taken;
}

export interface TrainValidationRows {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/**
 * Holds out `validationFraction` of each label (rounded, at least one review), at random. Reviews with the same tokens stay on
 * one side: IMDB repeats 96 training reviews, and a repeated one would be validated on what was learned by heart.
 *
 * @throws UserError when a side would lack a label that the rows have
 */
export function splitValidation(part: TokenizedPart, rows: Int32Array, validationFraction: number, splitSeed: number): TrainValidationRows {
  if (validationFraction === 0) return { train: rows, validation: new Int32Array() };
  const present = countLabels(part, rows);
  const share = (count: number): number => (count === 0 ? 0 : Math.max(1, Math.round(count * validationFraction)));
  const held = takeGroups(part, rows, { 0: share(present[0]), 1: share(present[1]) }, { seed: splitSeed, purpose: 'split' });

  const heldCounts = countLabels(part, held);
  const lacking = LABELS.some((label) => present[label] > 0 && (heldCounts[label] === 0 || heldCounts[label] === present[label]));
  if (rows.length === 0 || lacking) {
    throw new UserError(`data.validationFraction: ${validationFraction} of ${rows.length} training reviews cannot be held out with `
      + 'reviews of each label on both sides; use more distinct reviews, or 0 for no validation');
  }
  return { train: rows.filter((row) => !held.has(row)), validation: rows.filter((row) => held.has(row)) };
}
