import { UserError } from '../errors.ts';
import { nameModel } from '../experiment-schema.ts';
import { FIT } from '../experiment/checkpoint-store.ts';
import { isLinear, readClassifier } from '../experiment/fit.ts';
import type { LinearClassifier } from '../experiment/fit.ts';
import type { Classifier, StoredModel } from '../experiment/load-model.ts';
import type { CardFacts } from '../export/card.ts';
import { checkPart } from '../export/check-part.ts';
import { checkPlace, createOnnxFile, onnxFiles, safetensorsFiles, writeExport } from '../export/folder.ts';
import { gatherFacts } from '../export/facts.ts';
import { largestDifference, openInOnnxruntime, tolerances } from '../export/onnx/check.ts';
import type { Precision } from '../export/onnx/graph.ts';
import { renderSinglePage, webFiles } from '../export/web.ts';
import { displayPath } from '../files/paths.ts';
import { writeFileAtomically } from '../files/write.ts';
import { indexOfLargest } from '../measure/classification.ts';
import { createScreen } from '../terminal/screen.ts';
import type { Screen } from '../terminal/screen.ts';
import { formatBytes, formatCount, formatPercent } from '../terminal/format.ts';
import { renderPlainTable, renderRows, wrapText } from '../terminal/plain-table.ts';
import type { Rows } from '../terminal/plain-table.ts';
import type { EncodedPart } from '../text/encode.ts';
import { loadOwnTest } from './evaluate.ts';
import type { OptionsOf } from './options.ts';
import { putInPlace } from './start-classifier.ts';

type ExportOptions = OptionsOf<'export'>;

const BATCH_SIZE = 32;

/** Writes a trained model for other programs, tried before it is written. @throws UserError */
export async function runExport(options: ExportOptions): Promise<void> {
  const { run = '', out = '', format, single } = options;
  if (!single) checkPlace(out);
  const screen = createScreen(false), read = readClassifier(run, screen.onWarning);
  if (format === 'safetensors') exportAsSafetensors(options, read);
  else await exportAsOnnx(options, read, screen);
  screen.print(`written to ${displayPath(out)}`);
}

function exportAsSafetensors(options: ExportOptions, read: LinearClassifier | StoredModel): void {
  const { run = '', out = '' } = options;
  if (isLinear(read)) {
    throw new UserError(`${displayPath(run)}: PyTorch has no such model as ${nameModel(read.config)}; omit --format for ONNX, or take its `
      + `weights as they are from checkpoints/${FIT}`);
  }
  const parameters = [...read.weights.values()].reduce((sum, { values }) => sum + values.length, 0);
  writeExport(out, safetensorsFiles(read, gatherFacts(options, read, parameters, 'float32')));
}

async function exportAsOnnx(options: ExportOptions, read: LinearClassifier | StoredModel, screen: Screen): Promise<void> {
  const { run = '' } = options, precision = precisionOf(options);
  if (isLinear(read) && precision === 'int8')
    throw new UserError('--int8 is for word vectors, which a linear model has none of; --float16 halves its weights');
  const model = await putInPlace(read, options, screen), facts = gatherFacts(options, read, model.parameterCount, precision);
  try {
    const file = createOnnxFile(model, facts);
    const lines: Rows[number][] = [
      ['model.onnx', `${formatBytes(file.length)}, ${{ float32: '32 bits', float16: '16 bits', int8: '8 and 16 bits' }[precision]}`],
      ...(options.check ? [['checked', await check(file, model, precision)] as const] : []),
    ];
    if (options.measure) screen.print(`${await measure(run, file, model, facts, screen)}\n`);
    lines.push(...writeOnnx(options, file, model, facts));
    screen.print(renderRows(lines, screen.columns()));
  } finally {
    model.dispose();
    screen.bar.clear();
  }
}

/** The file in its folder, or in a page. @returns what a page has in bytes */
function writeOnnx({ out = '', format, single }: ExportOptions, file: Uint8Array, model: Classifier, facts: CardFacts): Rows {
  if (single) {
    const page = renderSinglePage(file, model, facts);
    writeFileAtomically(out, page);
    return [['page', `${formatBytes(page.length)}, with model, vocabulary and runtime in it; open it from the disk`]];
  }
  const files = format === 'web' ? webFiles(file, model, facts) : onnxFiles(file, model, facts);
  writeExport(out, files);
  if (format !== 'web') return [];
  const bytes = [...files.values()].flat().reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  return [['page', `index.html, ${formatBytes(bytes)} with all it needs, for any server of files, for example python3 -m http.server`]];
}

function precisionOf({ int8, float16 }: ExportOptions): Precision {
  if (int8) return 'int8';
  return float16 ? 'float16' : 'float32';
}

/** @returns what it found, in words @throws UserError where the exported model answers otherwise than the run */
async function check(file: Uint8Array, model: Classifier, precision: Precision): Promise<string> {
  const part = checkPart(model), opened = await openInOnnxruntime(file);
  try {
    const { probabilities } = await opened.run(part, 4);
    const difference = largestDifference(model.predict(part), probabilities);
    if (!(difference <= tolerances[precision])) {
      const remedy = precision === 'float32' ? "please report this with the run's config.yaml" : `omit --${precision}`;
      throw new UserError(`nothing was written: the exported model's probabilities differ from the run's own by ${
        difference.toExponential(1)}; ${remedy}`);
    }
    return `in onnxruntime on ${part.ids.length} texts of 0 to ${longestOf(part)} tokens: probabilities differ from the run's `
      + `own by ${difference.toExponential(1)} at most`;
  } finally {
    await opened.close();
  }
}

function longestOf({ offsets, ids }: EncodedPart): number {
  return ids.reduce((longest, _, row) => Math.max(longest, (offsets[row + 1] ?? 0) - (offsets[row] ?? 0)), 0);
}

/** The run's whole test part in each precision: what eight and sixteen bits buy is size. */
async function measure(run: string, file: Uint8Array, model: Classifier, facts: CardFacts, screen: Screen): Promise<string> {
  const { part } = await loadOwnTest(run, screen);
  screen.onProgress({ label: 'Measuring', done: 0 });
  const own = model.predict(part);
  const rows: string[][] = [['stored in', 'size', 'load', 'a text', 'accuracy', 'other labels', 'largest difference']];
  const whole = facts.precision === 'float32' ? [] : [['float32', createOnnxFile(model, { ...facts, precision: 'float32' })] as const];
  for (const [precision, stored] of [...whole, [facts.precision, file] as const]) {
    const opened = await openInOnnxruntime(stored);
    const { probabilities, seconds } = await opened.run(part, BATCH_SIZE);
    await opened.close();
    const milliseconds = 1000 * seconds / part.ids.length;
    rows.push([
      precision, formatBytes(stored.length), `${(1000 * opened.loadSeconds).toFixed(0)} ms`, `${milliseconds.toFixed(2)} ms`,
      formatPercent(shareRight(probabilities, part)), String(countOthers(own, probabilities)),
      largestDifference(own, probabilities).toExponential(1),
    ]);
  }
  screen.bar.clear();
  const head = `${formatCount(part.ids.length)} texts of the run's test part, of which the run itself has `
    + `${formatPercent(shareRight(own, part))} right; onnxruntime, one thread, batches of ${BATCH_SIZE}`;
  const align = rows[0]?.map((_, k) => (k === 0 ? 'left' as const : 'right' as const)) ?? [];
  return `${wrapText(head, screen.columns())}\n${renderPlainTable(rows, { align })}`;
}

function shareRight(probabilities: readonly (readonly number[])[], { labels }: EncodedPart): number {
  return probabilities.filter((row, k) => indexOfLargest(row) === labels[k]).length / labels.length;
}

function countOthers(one: readonly (readonly number[])[], other: readonly (readonly number[])[]): number {
  return one.filter((row, k) => indexOfLargest(row) !== indexOfLargest(other[k] ?? [])).length;
}
