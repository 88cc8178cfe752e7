import { existsSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { displayPath } from '../config/paths.ts';
import { UsageError } from '../errors.ts';
import { isRecurrentExperiment } from '../experiment/load.ts';
import type { Experiment } from '../experiment/load.ts';
import { writeFileAtomically } from '../experiment/write-file.ts';
import { chooseRuns } from '../report/choose-runs.ts';
import { renderConvergence } from '../report/convergence-curves.ts';
import { describeData, haveOneMachine } from '../report/describe-data.ts';
import { createModelSeries, findUneven } from '../report/model-series.ts';
import { renderPng } from '../report/png.ts';
import { createScreen } from '../terminal/screen.ts';

export interface PlotOptions {
  readonly folders: readonly string[];
  readonly out: string | undefined;
}

/** Draws experiment folders into one picture, as SVG and as PNG. @returns the two files @throws UserError */
export async function plot({ folders, out }: PlotOptions, onWarning: (line: string) => void): Promise<string[]> {
  const experiments = chooseRuns(folders, { refuse: refuseUndrawable, onLeftOut: onWarning });
  const series = createModelSeries(experiments);
  for (const line of [...findCautions(experiments), ...series.flatMap(findUneven)]) onWarning(line);
  const svg = await renderConvergence(series, `Convergence on ${describeData(experiments)}`);
  const stem = out === undefined ? nextStem() : out.replace(/\.(svg|png)$/i, '');
  writeFileAtomically(`${stem}.svg`, svg);
  writeFileAtomically(`${stem}.png`, await renderPng(svg));
  return [`${stem}.svg`, `${stem}.png`];
}

/** A linear model has no epochs, and a run that has only begun has none yet. */
function refuseUndrawable(experiment: Experiment): string | null {
  if (!isRecurrentExperiment(experiment)) return 'a linear model has no epochs to draw';
  return experiment.epochs.length === 0 ? 'it has no finished epoch yet' : null;
}

/** What a reader of the picture would want to know and cannot see. */
function findCautions(experiments: readonly Experiment[]): string[] {
  const unfinished = experiments.filter(({ summary }) => summary.status !== 'completed')
    .map(({ path, summary, epochs }) => `${displayPath(path)}: ${summary.status} after ${epochs.length} ${epochs.length === 1 ? 'epoch' : 'epochs'}`);
  return haveOneMachine(experiments) ? unfinished : [...unfinished, 'times were measured on different machines, engines or threads: compare by epoch only'];
}

/** `curves-<n>` with the first n that is free here. */
function nextStem(): string {
  for (let n = 1; ; n++) {
    if (!['svg', 'png'].some((ending) => existsSync(`curves-${n}.${ending}`))) return `curves-${n}`;
  }
}

function checkOut(out: string | undefined): string | undefined {
  if (out !== undefined && /(^|[/\\])(\.svg|\.png)?$/i.test(out)) throw new UsageError('--out takes a file name, for example curves.svg');
  return out;
}

export const plotCommand: CommandModule<object, PlotOptions> = {
  command: 'plot <folders..>',
  describe: 'Draw convergence curves of experiment folders into one picture, as SVG and PNG',
  builder: (yargs) => yargs
    .positional('folders', { type: 'string', array: true, demandOption: true, describe: 'Experiment folders, or folders of them; runs that differ in their seed alone make one line' })
    .option('out', { type: 'string', requiresArg: true, coerce: checkOut, describe: 'Where to write, both endings (default: curves-<n> here)' }),
  handler: async (options) => {
    const { print, onWarning } = createScreen(false);
    print(`written to ${(await plot(options, onWarning)).join(' and ')}`);
  },
};
