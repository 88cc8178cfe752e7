import { basename } from 'node:path';
import { comparedConfigs, defaultSeeds } from '../command-line/commands.js';
import { displayPath } from '../files/paths.ts';
import { UsageError, UserError } from '../errors.ts';
import { loadExperiment } from '../experiment/load.ts';
import type { Experiment } from '../experiment/load.ts';
import { writeFileAtomically } from '../files/write.ts';
import { chooseRuns } from '../report/choose-runs.ts';
import { createComparisons } from '../report/comparison.ts';
import { isCounted } from '../report/comparison-rows.ts';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import { comparisonFormats, renderComparison } from '../report/comparison-formats.ts';
import { parseSeeds, planRuns } from '../study/plan.ts';
import type { RunEnd } from '../study/plan.ts';
import { trainRuns } from '../study/runner.ts';
import { describeRemaining } from '../study/stop-signals.ts';
import { typedCommand } from '../typed-command.js';
import type { OptionsOf } from './options.ts';
import { checkOutputs, prepareRuns } from './prepare-runs.ts';
import type { RunOptions } from './prepare-runs.ts';
import { formatOf, readTableColumns } from '../report/output-format.ts';
import type { OutputFormat } from '../report/output-format.ts';

const DEFAULT_INTO = 'experiments/comparison';

export interface CompareOptions extends RunOptions {
  readonly seeds: readonly number[] | undefined;
  readonly configs: readonly string[] | undefined;
  readonly set: readonly string[] | undefined;
  readonly into: string | undefined;
  /** Folders to make the table from; nothing is trained then. */
  readonly from: readonly string[] | undefined;
  readonly format: OutputFormat;
  readonly out: readonly string[];
  readonly wide: boolean;
  readonly all: boolean;
}

/** @returns the exit status: 1 when a run failed or diverged, that of catchStopSignals when it was stopped. @throws UserError */
export async function compare(options: CompareOptions): Promise<number> {
  options.out.forEach((file) => formatOf(file, comparisonFormats));
  const screen = createScreen(false), into = options.into ?? DEFAULT_INTO;
  if (options.from !== undefined) {
    refuseTrainingOptions(options);
    checkOutputs(options.out, null);
    showComparison(chooseRuns(options.from, { refuse: () => null, onLeftOut: screen.onWarning }), options, screen);
    return 0;
  }
  checkOutputs(options.out, into);
  const plan = planRuns({
    configs: options.configs ?? comparedConfigs, seeds: options.seeds ?? parseSeeds(defaultSeeds),
    set: options.set ?? [], into,
  });
  const { ends, stopCode } = await trainRuns(plan, await prepareRuns(plan, options, screen), screen);
  const begun = stopCode === null ? ends : ends.filter(({ status }) => status !== 'not begun');
  const experiments = loadRuns(begun, screen);
  if (stopCode === null || experiments.some(isCounted)) showComparison(experiments, options, screen);
  if (stopCode !== null) screen.onWarning(describeRemaining(ends, typedCommand('compare', process.argv.slice(3))));
  return stopCode ?? (ends.every(({ status }) => status === 'completed') ? 0 : 1);
}

function refuseTrainingOptions(options: CompareOptions): void {
  const given = (['seeds', 'configs', 'set', 'data', 'jobs', 'threads', 'into'] as const).find((name) => options[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--from trains nothing, so it takes no --${given}; omit one of the two`);
}

/** The runs that left something to read; of the others, a line each. */
function loadRuns(ends: readonly RunEnd[], { onWarning }: Screen): Experiment[] {
  return ends.flatMap(({ run: { folder }, status, reason }) => {
    try {
      return [loadExperiment(folder.path)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const why = status === 'not begun' ? 'not run yet' : `${status}${reason === null ? '' : `: ${reason}`}`;
      onWarning(`${displayPath(folder.path)} is not in the table: ${why}`);
      return [];
    }
  });
}

/** The table goes to standard output and nothing else does, so that it can be piped. */
function showComparison(experiments: readonly Experiment[], { format, out, wide, all }: CompareOptions, { onWarning }: Screen): void {
  if (experiments.length === 0) return;
  const comparisons = createComparisons(experiments);
  const extent = { wide, all, columns: readTableColumns(process.stdout, process.env) };
  process.stdout.write(renderComparison(comparisons, format, extent));
  for (const file of out) {
    writeFileAtomically(file, renderComparison(comparisons, formatOf(file, comparisonFormats), extent));
    onWarning(`written to ${displayPath(file)}`);
  }
}

/** `lstm.yaml,gru.yaml` */
export function parseConfigs(text: string): string[] {
  const names = text.split(',').map((name) => name.trim()).filter((name) => name !== '');
  if (names.length === 0)
    throw new UsageError(
      `--configs takes config files, for example --configs ${comparedConfigs
        .slice(0, 2)
        .map((name) => basename(name))
        .join()}`,
    );
  return names;
}

/** A list may be given in several parts: `--seeds 1,2 --seeds 3`. */
export function parseList<Item>(parse: (text: string) => Item[]): (given?: readonly string[]) => Item[] | undefined {
  return (given) => (given === undefined ? undefined : parse(given.join()));
}

export async function runCompare({ seeds, configs, ...options }: OptionsOf<'compare'>): Promise<void> {
  process.exitCode = await compare({ ...options, seeds: parseList(parseSeeds)(seeds), configs: parseList(parseConfigs)(configs) });
}
