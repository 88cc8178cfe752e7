import { countByClass } from '../data/findings.ts';
import { UsageError, UserError } from '../errors.ts';
import { loadNeuralConfig } from '../experiment-config.ts';
import { nameModel } from '../experiment-schema.ts';
import { escapeControls } from '../files/escape-controls.js';
import { displayPath } from '../files/paths.ts';
import { renderRateChart } from '../report/rate-chart.ts';
import { createScreen } from '../terminal/screen.ts';
import { formatLoss } from '../terminal/format.ts';
import { renderPlainTable, wrapText } from '../terminal/plain-table.ts';
import { adviseRate, testRates } from '../training/rate-range.ts';
import type { RatePoint, RateRange } from '../training/rate-range.ts';
import type { OptionsOf } from './options.ts';
import { checkPicture, writePicture } from './picture.ts';
import { openForTraining, prepareTraining } from './prepare-training.ts';
import { loadDataset } from './train-run.ts';

type Options = OptionsOf<'learning-rate'>;

/** Rows of the printed table. */
const ROWS = 20;
const LARGEST_RATE = 1000;

function readRate(option: 'from' | 'to', text: string): number {
  const rate = Number(text);
  if (text.trim() !== '' && rate > 0 && rate <= LARGEST_RATE) return rate;
  throw new UsageError(`--${option} takes a rate above 0 and at most ${LARGEST_RATE}, for example 1e-5; got "${text}"`);
}

function readRange({ from, to, steps }: Pick<Options, 'from' | 'to' | 'steps'>): RateRange {
  const range = { from: readRate('from', from), to: readRate('to', to), steps };
  if (range.from >= range.to) throw new UsageError(`--from must be below --to; got ${from} and ${to}`);
  return range;
}

/** Trains with a growing rate; no experiment folder is made or touched. @throws UserError */
export async function runLearningRate(options: Options): Promise<void> {
  const range = readRange(options), out = checkPicture(options.out);
  const screen = createScreen(options.json);
  const { path, config: asked } = loadNeuralConfig(options.config ?? '', { set: options.set });
  const { source, config } = await openForTraining(asked, options.data, screen);
  const { data: { dataset } } = await prepareTraining(config, options, screen, () => loadDataset(source, config, screen));
  const points: RatePoint[] = [];
  const classCounts = countByClass(dataset.train, dataset.classes.length);
  for (const point of testRates(config, dataset.train, dataset.vocabulary.size, range, classCounts)) {
    points.push(point);
    screen.onProgress({ label: 'Trying rates', done: point.step, total: range.steps });
  }
  screen.bar.clear();
  if (points.length === 0) throw new UserError(`the loss is not finite at the first rate, ${range.from}; set --from to a smaller one`);
  const advice = adviseRate(points);
  if (options.json) process.stdout.write(`${JSON.stringify({ config: path, model: nameModel(config), ...advice, points }, null, 2)}\n`);
  else screen.print(renderRates(points, range, `${escapeControls(path)}: ${nameModel(config)}`, screen.columns()));
  if (out === undefined) return;
  const svg = await renderRateChart(points, advice.steepest, `Learning-rate range test of ${nameModel(config)}`);
  screen.print(`written to ${(await writePicture(out, svg)).map(displayPath).join(' and ')}`);
}

/** @param width of the lines */
export function renderRates(points: readonly RatePoint[], { steps, to }: RateRange, title: string, width: number): string {
  const { steepest, tenthOfLowest } = adviseRate(points);
  const every = Math.max(1, Math.ceil(points.length / ROWS));
  const shown = points.filter(({ step }) => step % every === 0 || step === points.length);
  const last = points.at(-1)?.rate ?? to;
  const lines = [
    points.length < steps
      ? `The loss diverged above ${last.toExponential(1)}.`
      : `The loss did not diverge up to ${to}.`,
    steepest === null || tenthOfLowest === null
      ? 'It never fell by more than it varies from batch to batch: try more --steps, or another range.'
      : `It fell fastest at ${steepest.toExponential(1)}, and a tenth of the rate of the lowest loss is ${tenthOfLowest.toExponential(1)}: `
        + `try a rate between them, for example --set training.learningRate=${Math.sqrt(steepest * tenthOfLowest).toExponential(0)}.`,
  ];
  const table = renderPlainTable([
    ['step', 'rate', 'loss', 'averaged'],
    ...shown.map(({ step, rate, loss, smoothed }) => [String(step), rate.toExponential(1), formatLoss(loss), formatLoss(smoothed)]),
  ], { align: ['right', 'right', 'right', 'right'] });
  return [wrapText(title, width), '', table, '', ...lines.map((line) => wrapText(line, width))].join('\n');
}
