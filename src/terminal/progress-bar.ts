import { Presets, SingleBar } from 'cli-progress';
import type { OnProgress, ProgressEvent } from '../progress.ts';
import { readColumns } from './columns.ts';
import { formatBytes, formatClock, formatCount } from './format.ts';
import { renderProgressLine } from './progress-line.ts';
import type { ProgressLine } from './progress-line.ts';

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
  return new SingleBar({
    stream, clearOnComplete: true, hideCursor: false, linewrap: true, fps: 10, gracefulExit: false,
    format: (_options, _params, { line }: { readonly line: ProgressLine }) => renderProgressLine(line, readColumns(stream) - 1, performance.now() - start),
  }, Presets.legacy);
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
