import { Presets, SingleBar } from 'cli-progress';
import type { OnProgress, ProgressEvent } from '../progress.ts';
import { formatBytes, formatClock, formatCount } from './format.ts';

/** Draws one bar at a time on a terminal; draws nothing where there is none. */
export interface ProgressBar {
  readonly enabled: boolean;
  /** Starts, moves or ends the bar of `label`; another label replaces it. `note` stands behind the bar. */
  update(label: string, done: number, total: number, note: string): void;
  clear(): void;
}

const HEAVY = '━';
const LIGHT = '─';
const BAR_WIDTH = 24;

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
    update(label, done, total, note) {
      if (!enabled) return;
      if (label !== shown) {
        clear();
        bar = createBar(stream);
        bar.start(Math.max(total, 1), done, { label, note });
        shown = label;
      }
      bar?.update(done, { label, note });
    },
  };
}

/** Cursor and line wrap stay as they are, so that a process that is killed leaves nothing to restore; the bar's text is cut instead. */
function createBar(stream: NodeJS.WriteStream): SingleBar {
  return new SingleBar({
    stream, clearOnComplete: true, hideCursor: false, linewrap: true, barsize: BAR_WIDTH, fps: 10, gracefulExit: false,
    barCompleteChar: HEAVY, barIncompleteChar: LIGHT, format: '{label} {bar} {note}',
  }, Presets.legacy);
}

/** A task shorter than this is not worth a line where no bar can be drawn. */
const ANNOUNCE_AFTER_MILLISECONDS = 2000;

/**
 * Draws long tasks (download, reading, tokenising, building) with a bar, or with elapsed time while no end is known.
 * @param announce takes one line for each long task where there is no terminal to draw on
 */
export function drawProgress(bar: ProgressBar, announce: (line: string) => void): OnProgress {
  let label = '';
  let since = 0;
  let announced = false;
  return (event) => {
    if (event.label !== label) {
      label = event.label;
      since = performance.now();
      announced = false;
    }
    bar.update(event.label, event.total === undefined ? 0 : event.done, event.total ?? 1, describe(event, since));
    if (!bar.enabled && !announced && performance.now() - since > ANNOUNCE_AFTER_MILLISECONDS) {
      announced = true;
      announce(`${label} …`);
    }
  };
}

function describe({ done, total, unit }: ProgressEvent, since: number): string {
  const elapsed = formatClock((performance.now() - since) / 1000);
  if (unit === 'seconds') return formatClock(done);
  const show = unit === 'bytes' ? formatBytes : formatCount;
  return total === undefined ? `${show(done)}, ${elapsed}` : `${show(done)} of ${show(total)}, ${elapsed}`;
}
