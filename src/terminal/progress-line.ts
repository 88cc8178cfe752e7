import stringWidth from 'string-width';
import { formatClock, formatPercent } from './format.ts';

/** What is shown of a task that is under way. */
export interface ProgressLine {
  readonly label: string;
  readonly done: number;
  /** Undefined while the end is not known: the bar then only shows that something moves. */
  readonly total?: number | undefined;
  /** `0:21 left`; by default the time that has passed. */
  readonly time?: string;
  /** Most important first. */
  readonly notes?: readonly string[];
  /** Shown only where there is room for them next to all notes and a bar. */
  readonly extras?: readonly string[];
}

const HEAVY = '━';
const LIGHT = '─';
const GAP = '  ';
const LONGEST_BAR = 24;
const SHORTEST_BAR = 6;
/** Of a bar without an end: how long the piece is that travels along it, and how often it moves. */
const PIECE = 4;
const MILLISECONDS_A_MOVE = 100;

/**
 * A task in one line of at most `columns`: label, percent, bar, time, notes. Where that is too narrow, extras go first, then the bar
 * grows shorter and goes, then the notes from the last to the first; the label is cut before percent and time are.
 * @param elapsed milliseconds since the task began
 */
export function renderProgressLine(line: ProgressLine, columns: number, elapsed: number): string {
  const { label, done, total, time = formatClock(elapsed / 1000), notes = [], extras = [] } = line;
  const percent = total === undefined ? [] : [formatPercent(Math.floor(100 * share(done, total)) / 100, 0).padStart(5)];
  const head = [cutToWidth(label, columns - widthOf(['', ...percent, time])), ...percent];
  const shown = fitWords([...head, time], notes, columns);
  const words = shown.length < head.length + 1 + notes.length ? shown : fitWords(shown, extras, columns - SHORTEST_BAR - GAP.length);
  const room = Math.min(LONGEST_BAR, columns - widthOf(words) - GAP.length);
  const bar = room < SHORTEST_BAR ? [] : [total === undefined ? drawPiece(room, elapsed) : drawBar(room, share(done, total))];
  return [...head, ...bar, ...words.slice(head.length)].join(GAP);
}

function share(done: number, total: number): number {
  return total <= 0 ? 1 : Math.min(1, Math.max(0, done / total));
}

function widthOf(words: readonly string[]): number {
  return stringWidth(words.join(GAP));
}

/** `words` and as many of `more`, in order, as there is room for. */
function fitWords(words: readonly string[], more: readonly string[], columns: number): readonly string[] {
  const [next, ...others] = more;
  return next === undefined || widthOf([...words, next]) > columns ? words : fitWords([...words, next], others, columns);
}

function cutToWidth(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let cut = '';
  for (const letter of text) {
    if (stringWidth(cut + letter) >= columns) break;
    cut += letter;
  }
  return `${cut}…`;
}

function drawBar(length: number, done: number): string {
  const heavy = Math.floor(length * done);
  return HEAVY.repeat(heavy) + LIGHT.repeat(length - heavy);
}

/** A piece that goes to and fro. */
function drawPiece(length: number, elapsed: number): string {
  const end = length - PIECE;
  const move = Math.floor(elapsed / MILLISECONDS_A_MOVE) % (2 * end);
  const at = move <= end ? move : 2 * end - move;
  return LIGHT.repeat(at) + HEAVY.repeat(PIECE) + LIGHT.repeat(end - at);
}
