import { displayPath } from '../files/paths.ts';
import { countEpochs, isNeural } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { printable } from '../files/escape.ts';
import { readSummary } from '../experiment/load.ts';
import { computeLayerCosts, sumCosts } from '../training/layer-costs.ts';
import { formatClock, formatPercent } from '../terminal/format.ts';
import type { Screen } from '../terminal/screen.ts';
import { createStudyClock } from './clock.ts';
import type { TimedRun } from './clock.ts';
import type { PlannedRun, RunEnd } from './plan.ts';
import type { RunProgress } from './process.ts';

/** One view of all trainings: a bar over all epochs where there is a terminal, else a line an epoch; all on standard error. */
export interface Overview {
  /** @param later those expected after it, in order */
  begin(run: PlannedRun, later: readonly PlannedRun[]): ShownRun;
  /** Nothing begins yet. @param later as of `begin` */
  wait(later: readonly PlannedRun[]): void;
}

/** A run in the view of all. */
export interface ShownRun {
  readonly note: (progress: RunProgress) => void;
  /** What its process has to say. */
  readonly say: (line: string) => void;
  readonly end: (end: RunEnd) => void;
}

const toTimed = ({ name, config }: PlannedRun): TimedRun => ({ name, epochs: countEpochs(config), work: countWork(config) });
const epochsBefore = ({ stored }: PlannedRun): number => stored?.summary?.epochs ?? 0;
const toGo = (run: PlannedRun): TimedRun => ({ ...toTimed(run), epochs: countEpochs(run.config) - epochsBefore(run) });

/** Share of a batch's tokens that are distinct in real reviews, roughly: the first layer reads these alone. */
export const DISTINCT_SHARE = 0.2;

/** Tokens of the longest review that a config reads, near enough: texts of the memory task are all about as long. */
export function countTokens({ data: { source, distance, maxLength } }: AnyConfig): number {
  return source === 'recall' ? Math.max(1, distance) : maxLength;
}

/** Multiply-adds of training on a review of the greatest length; 0 of a baseline, which takes seconds. */
export function countWork(config: AnyConfig): number {
  if (!isNeural(config)) return 0;
  const tokens = countTokens(config);
  return sumCosts(computeLayerCosts(config, config.data.vocabularySize, { rows: 1, tokens, distinctTokens: DISTINCT_SHARE * tokens }))
    .trainingMultiplyAdds.exact;
}

export interface OverviewOptions {
  /** What a run that has ended reached, within a line; of a study its test accuracy. */
  readonly describeFigure: (run: PlannedRun) => string;
}

/** A run under way. */
interface Shown {
  readonly run: PlannedRun;
  readonly epochs: number;
  readonly step: string;
}

/** @param jobs how many runs are under way at a time */
export function createOverview(
  { bar, onWarning }: Screen, jobs: number, { describeFigure }: OverviewOptions = { describeFigure: describeTestAccuracy },
): Overview {
  const clock = createStudyClock(jobs), underWay = new Set<{ shown: Shown }>();
  let begun = 0, epochsEnded = 0, later: readonly PlannedRun[] = [];
  const print = (line: string): void => { bar.clear(); process.stderr.write(`${line}\n`); };
  const left = (): string => `${formatClock(clock.secondsLeft(later.map(toGo)))} left`;
  const total = (): number => begun + later.length;
  const draw = (): void => {
    const all = [...underWay].map(({ shown }) => shown), [first] = all;
    if (!bar.enabled || first === undefined) return;
    const runs = [...later, ...all.map(({ run }) => run)];
    bar.update({
      label: jobs === 1 ? `run ${begun}/${total()}` : `${begun - all.length}/${total()} runs`,
      done: all.reduce((sum, { epochs }) => sum + epochs, epochsEnded),
      total: runs.reduce((sum, { config }) => sum + countEpochs(config), epochsEnded), time: left(),
      ...(jobs === 1 ? { notes: [printable(first.run.folder.name), `epoch ${describeEpoch(first)}`], extras: [first.step].filter(Boolean) }
        : { notes: all.map((one) => `${printable(one.run.folder.name)} ${describeEpoch(one)}`) }),
    });
  };
  return {
    wait(after) { later = after; },
    begin(run, after) {
      begun += 1;
      later = after;
      const startedAt = performance.now(), timer = clock.begin(toTimed(run), run.stored === null ? null : epochsBefore(run));
      const own: { shown: Shown } = { shown: { run, epochs: epochsBefore(run), step: '' } };
      underWay.add(own);
      const done = run.stored === null ? '' : `, after ${describeEpochs(epochsBefore(run))}`;
      if (bar.enabled) draw();
      else print(`run ${begun} of ${total()}: ${displayPath(run.folder.path)}${done}`);
      return {
        note({ epoch, step, steps, isEpochDone }) {
          const epochsDone = isEpochDone ? epoch : epoch - 1, share = steps === 0 ? 0 : step / steps;
          timer.note(epochsDone, share);
          own.shown = { run, epochs: epochsDone + share, step: steps === 0 ? '' : `step ${step}/${steps}` };
          if (bar.enabled) draw();
          else if (isEpochDone)
            print(`  ${jobs === 1 ? '' : `${printable(run.folder.name)}: `}epoch ${epoch}/${countEpochs(run.config)}  ${left()} in all`);
        },
        say: (line) => { onWarning(`${printable(run.folder.name)}: ${printable(line, Infinity)}`); },
        end(end) {
          timer.end();
          underWay.delete(own);
          epochsEnded += countEpochs(run.config);
          print(renderEnd(end, (performance.now() - startedAt) / 1000, describeFigure));
        },
      };
    },
  };
}

/** `2/5`: the one that it is at. */
function describeEpoch({ run: { config }, epochs }: Shown): string {
  return `${Math.min(Math.floor(epochs) + 1, countEpochs(config))}/${countEpochs(config)}`;
}

/** What became of a run, in a line. */
function renderEnd({ run, status, reason }: RunEnd, seconds: number, describeFigure: OverviewOptions['describeFigure']): string {
  const name = printable(run.folder.name);
  if (status === 'failed') return `${name}: failed: ${printable(reason ?? 'unknown reason', Infinity)}`;
  if (status === 'not begun') return `${name}: stopped before it began`;
  const figure = describeFigure(run);
  return `${name}: ${status} after ${describeEpochs(readSummary(run.folder.path).epochs)} in ${formatClock(seconds)}${
    figure === '' ? '' : `, ${figure}`}`;
}

function describeTestAccuracy({ folder }: PlannedRun): string {
  const { testAccuracyAtBestValidation, bestTestAccuracy } = readSummary(folder.path);
  const accuracy = testAccuracyAtBestValidation ?? bestTestAccuracy;
  return accuracy === null ? '' : `${formatPercent(accuracy)} of the test reviews right`;
}

function describeEpochs(count: number): string {
  return `${count} ${count === 1 ? 'epoch' : 'epochs'}`;
}
