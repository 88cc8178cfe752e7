import type { OnProgress } from '../progress.ts';
import { escapeControls } from '../files/escape-controls.js';
import { readColumns } from './plain-table.ts';
import { clearFirstSign } from './first-sign.js';
import { createProgressBar, drawProgress } from './progress-bar.ts';
import type { ProgressBar } from './progress-bar.ts';

/** Where a command reports: a bar and warnings on standard error, lines on standard output. */
export interface Screen {
  readonly bar: ProgressBar;
  /** Of the terminal that is printed to, as wide as it is now; Infinity where there is none. */
  readonly columns: () => number;
  readonly onProgress: OnProgress;
  /** Hidden by --quiet. */
  readonly print: (text: string) => void;
  readonly onWarning: (line: string) => void;
}

/** The bar of the screen in use: it draws by a timer of its own, which keeps the process alive until it is cleared. */
let current: ProgressBar | null = null;

/** Takes off the screen what would be in the way of a line: the bar, or the first sign. */
export function clearScreen(): void {
  clearFirstSign();
  current?.clear();
}

/** One line on standard error, below no bar; whatever text from outside is in it, a terminal obeys none of it. */
export function showProblem(line: string): void {
  clearScreen();
  process.stderr.write(`gatelab: ${escapeControls(line)}\n`);
}

/** Whether a stream is a terminal of 256 colours, by what the user's environment says of it (NO_COLOR, TERM); a pipe is none. */
export function hasManyColors(stream: { readonly isTTY?: boolean; hasColors?(count: number): boolean }): boolean {
  return stream.isTTY === true && stream.hasColors?.(256) === true;
}

export function createScreen(quiet: boolean): Screen {
  clearScreen();
  const bar = createProgressBar(process.stderr, process.stderr.isTTY && !quiet);
  current = bar;
  return {
    bar,
    columns: () => readColumns(process.stdout),
    onProgress: drawProgress(bar, (line) => { if (!quiet) showProblem(line); }),
    print: (text) => {
      bar.clear();
      if (!quiet) process.stdout.write(`${text}\n`);
    },
    onWarning: showProblem,
  };
}
