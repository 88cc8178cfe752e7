/**
 * Where the rows of a packed sequence lie (see `PackedBatch`). Letters used throughout src/ops:
 * B rows, T steps, N tokens in all, `n_t = batchSizes[t]` rows active at step t, H hidden units, G gates.
 */
export interface PackedLayout {
  /** [B] tokens of each row, never increasing. */
  readonly lengths: Int32Array;
  /** [T] rows active at each step, never increasing. */
  readonly batchSizes: Int32Array;
  /** [T+1] first packed row of each step; the last entry is N. */
  readonly offsets: Int32Array;
}

/** `forward` reads a row from its first token to its last, `reverse` from its last to its first. */
export type Direction = 'forward' | 'reverse';

export function createLayout(batch: Pick<PackedLayout, 'lengths' | 'batchSizes'>): PackedLayout {
  const { lengths, batchSizes } = batch;
  const offsets = new Int32Array(batchSizes.length + 1);
  batchSizes.forEach((rows, step) => { offsets[step + 1] = (offsets[step] ?? 0) + rows; });
  return { lengths, batchSizes, offsets };
}

/** N, the number of packed rows. */
export function countTokens(layout: PackedLayout): number {
  return layout.offsets[layout.batchSizes.length] ?? 0;
}

/** [N] the row of the batch that each packed row belongs to. */
export function rowIndex(layout: PackedLayout): Int32Array {
  const index = new Int32Array(countTokens(layout));
  layout.batchSizes.forEach((rows, step) => { for (let row = 0; row < rows; row++) index[(layout.offsets[step] ?? 0) + row] = row; });
  return index;
}

/** Steps in the order a direction visits them. */
export function stepOrder(layout: PackedLayout, direction: Direction): number[] {
  const steps = Array.from(layout.batchSizes.keys());
  return direction === 'forward' ? steps : steps.reverse();
}

/** [N] the packed row of the token before each one, in the reading direction, of the same row of the batch; N where there is none. */
export function previousTokens(layout: PackedLayout, direction: Direction): Int32Array {
  const { batchSizes, offsets } = layout, none = countTokens(layout), previous = new Int32Array(none);
  batchSizes.forEach((rows, step) => {
    const before = direction === 'forward' ? step - 1 : step + 1, rowsBefore = batchSizes[before] ?? 0;
    for (let row = 0; row < rows; row++) previous[(offsets[step] ?? 0) + row] = row < rowsBefore ? (offsets[before] ?? 0) + row : none;
  });
  return previous;
}

/** [rows that are not empty] packed row of each row's final state: its last token, or its first when read in reverse. */
export function finalRows(layout: PackedLayout, direction: Direction): Int32Array {
  const rows = layout.batchSizes[0] ?? 0;
  if (direction === 'reverse') return Int32Array.from({ length: rows }, (_, row) => row);
  return layout.lengths.slice(0, rows).map((length, row) => (layout.offsets[length - 1] ?? 0) + row);
}

/** Tokens of a segment, at most, where a step alone does not have more: as src/native/chunks.h cuts the walk back. */
const SEGMENT_TOKENS = 512;

/** Visits of a walk from one to another, the latter among them. */
export interface Segment {
  readonly firstVisit: number;
  readonly lastVisit: number;
}

/** The segments that a walk is computed again by, in the order of the walk back: as many whole steps as have few enough tokens. */
export function cutIntoSegments({ batchSizes }: PackedLayout, direction: Direction): Segment[] {
  const sizes = direction === 'forward' ? [...batchSizes] : [...batchSizes].reverse();
  const segments: Segment[] = [];
  for (let lastVisit = sizes.length - 1; lastVisit >= 0;) {
    let firstVisit = lastVisit, tokens = sizes[lastVisit] ?? 0;
    for (; firstVisit > 0 && tokens + (sizes[firstVisit - 1] ?? 0) <= SEGMENT_TOKENS; firstVisit--) tokens += sizes[firstVisit - 1] ?? 0;
    segments.push({ firstVisit, lastVisit });
    lastVisit = firstVisit - 1;
  }
  return segments;
}

/** Rows of the states that are kept for segments of B rows of one length with N tokens in all: those that all but the first begin with. */
export function countStateRows({ rows, tokens }: { readonly rows: number; readonly tokens: number }): number {
  if (tokens === 0 || rows === 0) return 0;
  const steps = Math.max(1, Math.floor(SEGMENT_TOKENS / rows));
  return rows * (Math.ceil(tokens / rows / steps) - 1);
}
