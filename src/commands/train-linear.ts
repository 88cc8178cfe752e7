import type { LinearConfig } from '../experiment-schema.ts';
import { createLog, createExperimentWriter } from '../experiment/writer.ts';
import { runLinearExperiment } from '../experiment/run-linear.ts';
import { shortenPath } from '../files/standing-folder.js';
import type { Screen } from '../terminal/screen.ts';
import type { LinearEvent } from '../training/linear/train-linear.ts';
import { describeRest, catchStopSignals } from '../study/stop-signals.ts';
import { drawDescent, renderCandidate, renderFeatures, renderLinearHeader, renderLinearSummary, renderUnconverged } from './train-linear-view.ts';
import { recordEnvironment } from './train-run.ts';
import type { RunBase, RunOptions } from './train-run.ts';

/** All that a run of a linear model is made of. */
export interface LinearRun extends RunBase {
  readonly config: LinearConfig;
  /** Resident set before the reviews were read. */
  readonly baselineRssBytes: number;
}

/** Plain JavaScript on one thread: neither TensorFlow nor tfjs takes part. */
const ENGINE = { kind: 'javascript', tfjs: null, tensorflow: null, threads: 1 } as const;

/** @returns the exit status: 0, or that of catchStopSignals for a run that was interrupted */
export async function trainLinearInFolder(run: LinearRun, options: RunOptions, screen: Screen): Promise<number> {
  const { folder, config, source, dataset, baselineRssBytes } = run;
  const writer = createExperimentWriter(folder, source);
  screen.print(`${renderLinearHeader(run, screen.columns())}\n`);
  recordEnvironment(run, ENGINE, writer, screen);
  const signals = catchStopSignals(() => { screen.onWarning('stopping after this pass; once more to stop at once'); });
  const summary = await runLinearExperiment({
    config, dataset, writer, log: createLog(folder, source), isStopRequested: signals.isStopRequested,
    facts: { dataset: source.kind, synthetic: source.synthetic, baselineRssBytes }, onEvent: showEvents(screen),
  });
  screen.bar.clear();
  const isInterrupted = summary.status === 'interrupted';
  if (!isInterrupted) screen.print(`\n${renderLinearSummary(summary, dataset, screen.columns())}\n`);
  process.stdout.write(`${options.quiet ? '' : 'written to '}${shortenPath(folder.path)}\n`);
  if (isInterrupted) screen.print(describeRest(folder, config, options));
  signals.release();
  return signals.exitCode() ?? 0;
}

function showEvents({ bar, columns, print, onWarning }: Screen): (event: LinearEvent) => void {
  return (event) => {
    if (event.kind === 'features') print(renderFeatures(event, columns()));
    if (event.kind === 'pass') drawDescent(bar, event);
    if (event.kind !== 'candidate') return;
    print(renderCandidate(event, columns()));
    if (!event.converged) onWarning(renderUnconverged(event));
  };
}
