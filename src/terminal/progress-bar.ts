import stringWidth from 'string-width';
import { Presets, SingleBar } from 'cli-progress';

import { formatClock, formatPercent, formatBytes, formatCount } from './format.ts';
import type { OnProgress, ProgressEvent } from '../progress.ts';
import { readColumns } from './plain-table.ts';

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

/** Draws one bar at a time on a terminal; draws nothing where there is none. */
export interface ProgressBar {
  readonly enabled: boolean;
  /** Starts or moves the bar of a task; a line with another label is another task's and replaces it. */
  update(line: ProgressLine): void;
  clear(): void;
}

export function createProgressBar(stream: NodeJS.WriteStream, enabled = stream.isTTY): ProgressBar {
  let bar: SingleBar | null = null;
  let shown = '';
  const clear = (): void => {
    bar?.stop();
    bar = null;
    shown = '';
  };
  return {
    enabled,
    clear,
    update(line) {
      if (!enabled) return;
      if (line.label !== shown) {
        clear();
        bar = createBar(stream);
        bar.start(1, 0, { line });
        shown = line.label;
      }
      bar?.update(0, { line });
    },
  };
}

/**
 * cli-progress draws by its timer and whenever it is told of progress, and clears up behind itself; what stands in the line is ours.
 * Cursor and line wrap stay as they are, so that a process that is killed leaves nothing to restore. The last column stays empty: a
 * cursor behind it would be on the next line for some terminals.
 */
function createBar(stream: NodeJS.WriteStream): SingleBar {
  const start = performance.now();
  return new SingleBar(
    {
      stream,
      clearOnComplete: true,
      hideCursor: false,
      linewrap: true,
      fps: 10,
      gracefulExit: false,
      format: (_options, _params, { line }: { readonly line: ProgressLine }) =>
        renderProgressLine(line, readColumns(stream) - 1, performance.now() - start),
    },
    Presets.legacy,
  );
}

/** A task shorter than this is not worth a line where no bar can be drawn. */
const ANNOUNCE_AFTER_MILLISECONDS = 2000;

/**
 * Draws long tasks (download, reading, tokenising, building) with a bar and the time left, or with elapsed time while no end is known.
 * @param announce takes one line for each long task where there is no terminal to draw on
 */
export function drawProgress(bar: ProgressBar, announce: (line: string) => void): OnProgress {
  let task = { label: '', since: 0, firstDone: 0, isAnnounced: false };
  return (event) => {
    if (event.label !== task.label) task = { label: event.label, since: performance.now(), firstDone: event.done, isAnnounced: false };
    const elapsed = performance.now() - task.since;
    bar.update(describeTask(event, task.firstDone, elapsed / 1000));
    if (!bar.enabled && !task.isAnnounced && elapsed > ANNOUNCE_AFTER_MILLISECONDS) {
      task.isAnnounced = true;
      announce(`${event.label} …`);
    }
  };
}

/** @param firstDone what was done when the task began, as of a download that goes on */
function describeTask({ label, done, total, unit }: ProgressEvent, firstDone: number, elapsed: number): ProgressLine {
  if (total === undefined) return { label, done, notes: unit === 'bytes' ? [formatBytes(done)] : [] };
  const show = unit === 'bytes' ? formatBytes : formatCount;
  const left = (elapsed / (done - firstDone)) * (total - done);
  const notes = [`${show(done)} of ${show(total)}`];
  return Number.isFinite(left) ? { label, done, total, time: `${formatClock(left)} left`, notes } : { label, done, total, notes };
}
