import { existsSync } from 'node:fs';
import { displayPath } from '../files/paths.ts';
import { UserError } from '../errors.ts';
import { isNeuralExperiment } from '../experiment/load.ts';
import type { Experiment } from '../experiment/load.ts';
import { chooseRuns } from '../report/choose-runs.ts';
import { createRows, isCounted } from '../report/comparison-rows.ts';
import { renderConvergence } from '../report/convergence-curves.ts';
import { describeData, haveOneMachine } from '../report/departures.ts';
import { createModelSeries, createReferences, findUneven } from '../report/model-series.ts';
import { MODELS_WIDTH, renderModels } from '../report/models-chart.ts';
import { checkPicture, writePicture } from './picture.ts';
import { besideUser } from '../files/standing-folder.js';
import { createScreen } from '../terminal/screen.ts';

type Chart = 'curves' | 'models';

export interface PlotOptions {
  readonly folders: readonly string[];
  /** Convergence by epoch and time, or one figure for each model. */
  readonly chart?: Chart;
  readonly out: string | undefined;
}

/** Draws experiment folders into one picture, as SVG and as PNG. @returns the two files @throws UserError */
export async function plot({ folders, chart = 'curves', out }: PlotOptions, onWarning: (line: string) => void): Promise<string[]> {
  const { refuse, draw } = drawings[chart];
  const svg = await draw(chooseRuns(folders, { refuse, onLeftOut: onWarning }), onWarning);
  return writePicture(out ?? besideUser(nextStem(chart)), svg);
}

interface Drawing {
  /** Why a run has nothing to draw; null where it has. */
  readonly refuse: (experiment: Experiment) => string | null;
  readonly draw: (experiments: readonly Experiment[], onWarning: (line: string) => void) => Promise<string>;
}

const drawings: Readonly<Record<Chart, Drawing>> = {
  curves: { refuse: ({ epochs }) => (epochs.length === 0 ? 'it has no finished epoch yet' : null), draw: drawCurves },
  models: { refuse: refuseWithoutFigure, draw: drawModels },
};

/** @throws UserError when no run has epochs to draw */
async function drawCurves(experiments: readonly Experiment[], onWarning: (line: string) => void): Promise<string> {
  const [linear, recurrent] = [experiments.filter((one) => !isNeuralExperiment(one)), experiments.filter(isNeuralExperiment)];
  if (recurrent.length === 0) {
    const paths = linear.map(({ path }) => displayPath(path)).join(', ');
    throw new UserError(`${paths}: a linear model has no epochs to draw; add --chart models for a picture of its accuracy`);
  }
  const series = createModelSeries(recurrent);
  for (const line of [...findCautions(recurrent), ...series.flatMap(findUneven)]) onWarning(line);
  return renderConvergence({ series, references: createReferences(linear) }, `Convergence on ${describeData(experiments)}`);
}

function refuseWithoutFigure(experiment: Experiment): string | null {
  if (!isCounted(experiment)) return `it is ${experiment.summary.status}, and only completed runs have a figure to compare`;
  return experiment.summary.testAccuracyAtBestValidation === null
    ? 'it has no validation part, so no test accuracy at the best validation epoch'
    : null;
}

async function drawModels(experiments: readonly Experiment[]): Promise<string> {
  return renderModels(createRows(experiments), { title: `Test accuracy on ${describeData(experiments)}`, width: MODELS_WIDTH });
}

/** What a reader of the picture would want to know and cannot see. */
function findCautions(experiments: readonly Experiment[]): string[] {
  const unfinished = experiments
    .filter(({ summary }) => summary.status !== 'completed')
    .map(
      ({ path, summary, epochs }) =>
        `${displayPath(path)}: ${summary.status} after ${epochs.length} ${epochs.length === 1 ? 'epoch' : 'epochs'}`,
    );
  return haveOneMachine(experiments)
    ? unfinished
    : [...unfinished, 'times were measured on different machines, engines or threads: compare by epoch only'];
}

/** `curves-<n>` with the first n that is free here. */
function nextStem(chart: Chart): string {
  for (let n = 1; ; n++) {
    if (!['svg', 'png'].some((ending) => existsSync(besideUser(`${chart}-${n}.${ending}`)))) return `${chart}-${n}`;
  }
}

export async function runPlot({ out, ...options }: PlotOptions): Promise<void> {
  const { print, onProgress, onWarning } = createScreen(false);
  onProgress({ label: 'Drawing', done: 0 });
  const files = await plot({ ...options, out: checkPicture(out) }, onWarning);
  print(`written to ${files.map(displayPath).join(' and ')}`);
}
