import { extname } from 'node:path';

import { readLines, readTextRows } from '../data/table/texts.ts';
import type { TextRows } from '../data/table/texts.ts';
import { UsageError, UserError } from '../errors.ts';
import { CALIBRATION_FILE } from '../experiment/calibration.ts';
import { predictTexts } from '../experiment/predict.ts';
import type { Prediction } from '../experiment/predict.ts';
import { printable, renderRawCsv } from '../files/escape.ts';
import { displayPath, kindOf } from '../files/paths.ts';
import { openAtomically } from '../files/write.ts';
import { catchStopSignals } from '../study/stop-signals.ts';
import { formatCount, formatPercent } from '../terminal/format.ts';
import { readColumns } from '../terminal/plain-table.ts';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import type { OptionsOf } from './options.ts';
import { startClassifier } from './start-classifier.ts';

type PredictOptions = OptionsOf<'predict'>;

/** Texts predicted at once: enough to make batches of similar lengths, few enough for any memory. */
const CHUNK = 4096;

/** `--input -`: the texts are lines of standard input. */
const STANDARD_INPUT = '-';

export async function runPredict(options: PredictOptions): Promise<void> {
  const { input, output } = options;
  if (input !== undefined && input !== STANDARD_INPUT && kindOf(input) !== 'file')
    throw new UsageError(`--input ${displayPath(input)}: no such file; for lines of standard input, type --input -`);
  const render = output === undefined ? null : rendererOf(output);
  const screen = createScreen(false);
  const model = await startClassifier(options, screen);
  if (model.temperature === null && !options.uncalibrated && !options.json) sayUncalibrated(options, screen);
  const sink = output === undefined || render === null ? printTo(options, screen) : writeTo(output, render);
  const signals = catchStopSignals(() => {
    sink.discard();
    process.exit(signals.exitCode() ?? 1);
  });
  const counts = { texts: 0, wordless: 0 };
  try {
    await readTexts(options, model.config.data.textColumn, screen, (rows) => {
      const predictions = predictTexts(model, rows.texts);
      counts.texts += predictions.length;
      counts.wordless += predictions.filter(({ tokens }) => tokens === 0).length;
      sink.take(rows, predictions);
    });
    sink.keep();
  } finally {
    sink.discard();
    signals.release();
    model.dispose();
    screen.bar.clear();
  }
  sayCounts(counts, output, screen);
}

function sayUncalibrated({ run = '' }: PredictOptions, { onWarning }: Screen): void {
  onWarning(`the probabilities are not calibrated: ${displayPath(run)} has no ${CALIBRATION_FILE} of its best epoch`);
}

/** Hands the texts over in chunks, in order: those typed, lines of standard input, or the rows of a table. */
async function readTexts(
  { texts, input, textColumn, encoding }: PredictOptions, usualColumn: string, { onProgress }: Screen, onTexts: (rows: TextRows) => void,
): Promise<void> {
  const alone = (some: readonly string[]): TextRows => ({ names: ['text'], rows: some.map((text) => [text]), texts: some });
  if (input === undefined) onTexts(alone(texts));
  else if (input === STANDARD_INPUT) for await (const lines of readLines(process.stdin, 'standard input', CHUNK)) onTexts(alone(lines));
  else await readTextRows(input, { column: { asked: textColumn, usual: usualColumn }, encoding, chunk: CHUNK, onProgress }, onTexts);
}

/** Where answers go, in the order of the texts. */
interface Sink {
  take(rows: TextRows, predictions: readonly Prediction[]): void;
  keep(): void;
  /** Without effect on what `keep` has kept. */
  discard(): void;
}

/** One line for each text on standard output. */
function printTo({ json }: PredictOptions, { bar }: Screen): Sink {
  return {
    take({ texts }, predictions) {
      bar.clear();
      const lines = predictions.map((prediction, k) => (json ? renderJson(prediction) : renderLine(prediction, texts[k] ?? '')));
      process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    },
    keep: () => undefined,
    discard: () => undefined,
  };
}

/** A file that is there whole or not at all. */
function writeTo(path: string, render: Renderer): Sink {
  const file = openAtomically(path);
  let isFirst = true;
  return {
    take(rows, predictions) {
      file.write(render(rows, predictions, isFirst));
      isFirst = false;
    },
    keep: () => { file.keep(); },
    discard: () => { file.discard(); },
  };
}

/** Eight digits: more than float32 has. */
function round(probability: number): number {
  return Number(probability.toPrecision(8));
}

function renderJson({ label, probability, probabilities }: Prediction): string {
  const rounded = Object.fromEntries(Object.entries(probabilities).map(([name, value]) => [name, round(value)]));
  return JSON.stringify({ label, probability: round(probability), probabilities: rounded });
}

/** `positive   97.31 %  the text`, on a terminal no longer than a line of it. */
function renderLine({ label, probability, probabilities }: Prediction, text: string): string {
  const shown = (name: string): string => printable(name, Infinity);
  const width = Math.max(...Object.keys(probabilities).map((name) => shown(name).length));
  const head = `${shown(label).padEnd(width)}  ${formatPercent(probability).padStart(8)}  `;
  return head + printable(text, Math.max(readColumns(process.stdout) - head.length, 10));
}

type Renderer = (rows: TextRows, predictions: readonly Prediction[], isFirst: boolean) => string;

/** What is added to the columns of the input. */
function addedFields({ label, probability, probabilities }: Prediction): Record<string, string | number> {
  const each = Object.entries(probabilities).map(([name, value]) => [`probability_${name}`, round(value)] as const);
  return { predictedLabel: label, predictedProbability: round(probability), ...Object.fromEntries(each) };
}

function refuseTaken(names: readonly string[], predictions: readonly Prediction[]): void {
  const taken = Object.keys(predictions[0] === undefined ? {} : addedFields(predictions[0])).find((name) => names.includes(name));
  if (taken !== undefined) throw new UserError(`the input has a column ${taken} already, which --output adds; rename it`);
}

const renderers: Readonly<Record<string, Renderer>> = {
  '.csv': ({ names, rows }, predictions, isFirst) => {
    refuseTaken(names, predictions);
    const added = predictions.map(addedFields);
    const head = isFirst ? [[...names, ...Object.keys(added[0] ?? {})]] : [];
    return renderRawCsv([...head, ...rows.map((fields, k) => [...fields, ...Object.values(added[k] ?? {})])]);
  },
  '.jsonl': ({ names, rows }, predictions) => {
    refuseTaken(names, predictions);
    const objects = predictions.map((prediction, k) =>
      ({ ...Object.fromEntries(names.map((name, column) => [name, rows[k]?.[column] ?? ''])), ...addedFields(prediction) }));
    return objects.map((object) => `${JSON.stringify(object)}\n`).join('');
  },
};

function rendererOf(path: string): Renderer {
  const render = renderers[extname(path).toLowerCase()];
  if (render === undefined)
    throw new UsageError(`--output ${displayPath(path)}: the ending says the format: ${Object.keys(renderers).join(', ')}`);
  return render;
}

function sayCounts(
  { texts, wordless }: { readonly texts: number; readonly wordless: number }, output: string | undefined, { onWarning }: Screen,
): void {
  if (wordless > 0) {
    const which = wordless === 1 ? 'one text has no word' : `${formatCount(wordless)} texts have no words`;
    onWarning(`${which}; of such a text the model knows nothing, and its answer means nothing`);
  }
  const what = texts === 1 ? 'prediction' : 'predictions';
  if (output !== undefined) onWarning(`${formatCount(texts)} ${what} written to ${displayPath(output)}`);
}
