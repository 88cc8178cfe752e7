import { displayPath } from '../config/paths.ts';
import { countEpochs, isNeural } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { printable } from '../config/quote.ts';
import { readSummary } from '../experiment/load.ts';
import { computeLayerCosts, sumCosts } from '../training/layer-costs.ts';
import { formatClock, formatPercent } from '../terminal/format.ts';
import type { Screen } from '../terminal/screen.ts';
import { createComparisonClock } from './compare-clock.ts';
import type { TimedRun } from './compare-clock.ts';
import type { PlannedRun } from './compare-plan.ts';
import type { RunEnd } from './compare-runs.ts';
import type { RunProgress } from './tell-parent.ts';

/** One view of all trainings: a bar over all epochs where there is a terminal, else a line an epoch; all on standard error. */
export interface Overview {
  begin(run: PlannedRun): void;
  note: (progress: RunProgress) => void;
  /** What a run's process has to say. */
  say(run: PlannedRun, line: string): void;
  end(end: RunEnd): void;
}

const toTimed = ({ configName, config }: PlannedRun): TimedRun => ({ configName, epochs: countEpochs(config), work: countWork(config) });
const epochsBefore = ({ stored }: PlannedRun): number => stored?.summary?.epochs ?? 0;

/** Share of a batch's tokens that are distinct in real reviews, roughly: the first layer reads these alone. */
const DISTINCT_SHARE = 0.2;

/** Multiply-adds of training on a review of the greatest length; 0 of a baseline, which takes seconds. */
function countWork(config: AnyConfig): number {
  if (!isNeural(config)) return 0;
  const tokens = config.data.maxLength;
  return sumCosts(computeLayerCosts(config, config.data.vocabularySize, { rows: 1, tokens, distinctTokens: DISTINCT_SHARE * tokens })).trainingMultiplyAdds.exact;
}

/** @param runs those to be trained, in order */
export function createOverview(runs: readonly PlannedRun[], { bar, onWarning }: Screen): Overview {
  const clock = createComparisonClock();
  const total = runs.reduce((sum, run) => sum + countEpochs(run.config), 0);
  let at = -1, before = 0, startedAt = 0;
  const print = (line: string): void => { bar.clear(); process.stderr.write(`${line}\n`); };
  const toGo = runs.map((run): TimedRun => ({ ...toTimed(run), epochs: countEpochs(run.config) - epochsBefore(run) }));
  const later = (): TimedRun[] => toGo.slice(at + 1);
  const draw = (run: PlannedRun, epochs: number, step: string): void => {
    const epoch = Math.min(Math.floor(epochs) + 1, countEpochs(run.config));
    bar.update({
      label: `run ${at + 1}/${runs.length}`, done: before + epochs, total, time: `${formatClock(clock.secondsLeft(later()))} left`,
      notes: [printable(run.folder.name), `epoch ${epoch}/${countEpochs(run.config)}`], extras: step === '' ? [] : [step],
    });
  };
  return {
    begin(run) {
      at += 1;
      startedAt = performance.now();
      clock.begin(toTimed(run), run.stored === null ? null : epochsBefore(run));
      if (bar.enabled) draw(run, epochsBefore(run), '');
      else print(`run ${at + 1} of ${runs.length}: ${displayPath(run.folder.path)}${run.stored === null ? '' : `, after ${describeEpochs(epochsBefore(run))}`}`);
    },
    note({ epoch, step, steps, isEpochDone }) {
      const run = runs[at];
      if (run === undefined) return;
      const done = isEpochDone ? epoch : epoch - 1, share = steps === 0 ? 0 : step / steps;
      clock.note(done, share);
      if (bar.enabled) draw(run, done + share, steps === 0 ? '' : `step ${step}/${steps}`);
      else if (isEpochDone) print(`  epoch ${epoch}/${countEpochs(run.config)}  ${formatClock(clock.secondsLeft(later()))} left in all`);
    },
    say: (run, line) => { onWarning(`${printable(run.folder.name)}: ${printable(line, Infinity)}`); },
    end(end) {
      before += countEpochs(end.run.config);
      print(renderEnd(end, (performance.now() - startedAt) / 1000));
    },
  };
}

/** What became of a run, in a line. */
function renderEnd({ run, status, reason }: RunEnd, seconds: number): string {
  const name = printable(run.folder.name);
  if (status === 'failed') return `${name}: failed: ${printable(reason ?? 'unknown reason', Infinity)}`;
  if (status === 'not begun') return `${name}: stopped before it began`;
  const { epochs, testAccuracyAtBestValidation, bestTestAccuracy } = readSummary(run.folder.path);
  const accuracy = testAccuracyAtBestValidation ?? bestTestAccuracy;
  const shown = accuracy === null ? '' : `, ${formatPercent(accuracy)} of the test reviews right`;
  return `${name}: ${status} after ${describeEpochs(epochs)} in ${formatClock(seconds)}${shown}`;
}

function describeEpochs(count: number): string {
  return `${count} ${count === 1 ? 'epoch' : 'epochs'}`;
}
