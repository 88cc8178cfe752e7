import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync, gzipSync } from 'node:zlib';

import { displayPath, kindOf } from '../files/paths.ts';
import { describeValue } from '../files/escape.ts';
import { UserError } from '../errors.ts';
import { indexOfLargest } from '../measure/classification.ts';
import { toLabel } from '../measure/statistics.ts';
import { MAX_BYTES, readOptionalBytes } from '../files/read.ts';
import { writeFileAtomically } from '../files/write.ts';

/** What a run's model says of the test part; row i is the same review in each of the three. */
export interface Predictions {
  readonly reviewIds: readonly string[];
  /** The class of each, from 0. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  /** Of two classes [reviews], the probability of the second; of more [reviews · classes], that of each, review after review. */
  readonly probabilities: ArrayLike<number>;
}

export const PREDICTIONS_FILE = 'predictions.csv.gz';
/** As a run of before 0.3 wrote them: six digits, in the order of the reviews. */
const PLAIN_FILE = 'predictions.csv';
const DIGITS = 4;

/** `probability` of the second of two classes, or `probability0`, `probability1`, … of each. */
function columnsOf(classes: number): string[] {
  const probabilities = classes === 2 ? ['probability'] : Array.from({ length: classes }, (_, k) => `probability${k}`);
  return ['reviewId', 'label', ...probabilities];
}

function valuesOf({ classes, probabilities }: Omit<Predictions, 'reviewIds' | 'labels'>, row: number): number[] {
  const columns = classes === 2 ? 1 : classes;
  return Array.from({ length: columns }, (_, k) => probabilities[row * columns + k] ?? Number.NaN);
}

/** The class that probabilities in such columns stand for: the first of equals. */
function classOf(values: readonly number[]): number {
  return values.length === 1 ? toLabel(values[0] ?? Number.NaN) : indexOfLargest(values);
}

/** Four digits, or all of them where four would turn the class into another. */
function formatProbabilities(values: readonly number[]): string {
  const rounded = values.map((value) => Number(value.toPrecision(DIGITS)));
  return (classOf(rounded) === classOf(values) ? rounded : values).join();
}

/** [reviews] the class that is predicted of each. */
export function predictLabels(predictions: Predictions): Uint8Array {
  return Uint8Array.from(predictions.reviewIds, (_, row) => classOf(valuesOf(predictions, row)));
}

/** The rows in the order of their ids, by code units: the same wherever and however often they are written. */
function orderById(reviewIds: readonly string[]): number[] {
  const idOf = (row: number): string => reviewIds[row] ?? '';
  return [...reviewIds.keys()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : Number(idOf(a) > idOf(b))));
}

/**
 * The text of predictions.csv.gz: no review's words, only its id, by which the rows are sorted.
 * @param mark a column for synthetic data, that says so in each row
 */
export function renderPredictions(predictions: Predictions, mark: Readonly<Record<string, unknown>>): string {
  const { reviewIds, labels, classes } = predictions;
  const marked = Object.values(mark).map((value) => `,${String(value)}`).join('');
  const rows = orderById(reviewIds).map((row) =>
    `${reviewIds[row] ?? ''},${labels[row] ?? ''},${formatProbabilities(valuesOf(predictions, row))}${marked}\n`);
  return `${[...columnsOf(classes), ...Object.keys(mark)].join()}\n${rows.join('')}`;
}

/** Where a gzip header (RFC 1952) says which system wrote it, and its value for an unknown one. */
const SYSTEM_AT = 9, UNKNOWN_SYSTEM = 255;

/** Without time, name or system, so that nothing but the version of zlib can change a byte. */
function compress(text: string): Buffer {
  const bytes = gzipSync(text, { level: constants.Z_BEST_COMPRESSION });
  bytes[SYSTEM_AT] = UNKNOWN_SYSTEM;
  return bytes;
}

/** Writes the file whole, and removes that of an older version of gatelab. @throws UserError when the disk does not take it */
export function writePredictions(folder: string, predictions: Predictions, mark: Readonly<Record<string, unknown>>): void {
  writeFileAtomically(join(folder, PREDICTIONS_FILE), compress(renderPredictions(predictions, mark)));
  rmSync(join(folder, PLAIN_FILE), { force: true });
}

/** The file of a run's predictions, also as an older version wrote it; null where it has none. */
export function findPredictions(folder: string): string | null {
  const paths = [PREDICTIONS_FILE, PLAIN_FILE].map((file) => join(folder, file));
  return paths.find((path) => kindOf(path) !== 'missing') ?? null;
}

/** @throws UserError when the file cannot be read or is damaged */
function readText(path: string): string {
  const bytes = readOptionalBytes(path) ?? Buffer.alloc(0);
  if (!path.endsWith('.gz')) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES }).toString('utf8');
  } catch {
    throw new UserError(`${displayPath(path)}: is damaged or cut short; train the run again`);
  }
}

interface Row {
  readonly id: string;
  readonly label: string;
  readonly probabilities: readonly string[];
}

/** Cut at the columns that are needed: twice as fast as all of it, and a table may be of a million rows. */
function cutLine(line: string, columns: number): Row {
  const [id = '', label = '', ...probabilities] = line.split(',', columns);
  return { id, label, probabilities };
}

function isProbability(text: string): boolean {
  const value = Number(text);
  return (value >= 0 && value <= 1 && text !== '') || text === 'NaN';
}

function checkRow({ id, label, probabilities }: Row, classes: number, place: () => string): void {
  if (id === '') throw new UserError(`${place()}: has no reviewId; was it edited by hand?`);
  if (!/^\d{1,3}$/.test(label) || Number(label) >= classes) {
    const expected = classes === 2 ? '0 or 1' : `a number from 0 to ${classes - 1}`;
    throw new UserError(`${place()}: label must be ${expected}, got ${describeValue(label)}`);
  }
  const columns = columnsOf(classes).slice(2);
  const odd = columns.findIndex((_, k) => !isProbability(probabilities[k] ?? ''));
  if (odd >= 0)
    throw new UserError(`${place()}: ${columns[odd] ?? ''} must be a number from 0 to 1, got ${describeValue(probabilities[odd] ?? '')}`);
}

/** How many classes a header is of; null where it is none of predictions. */
function countClasses(header: string): number | null {
  const names = header.split(',');
  const classes = names[2] === 'probability' ? 2 : names.filter((name) => /^probability\d+$/.test(name)).length;
  return classes >= 2 && columnsOf(classes).every((name, k) => names[k] === name) ? classes : null;
}

/**
 * The test predictions a run keeps, of its best epoch on validation (without validation: of its last), in the order of their ids.
 * @throws UserError when there are none, or the file is damaged
 */
export function loadPredictions(folder: string): Predictions {
  const path = findPredictions(folder);
  if (path === null)
    throw new UserError(`${displayPath(folder)}: has no ${PREDICTIONS_FILE}; a run writes it after its first epoch; train it again`);
  const shown = displayPath(path);
  const [header = '', ...lines] = readText(path).split('\n');
  const classes = countClasses(header);
  if (classes === null) throw new UserError(`${shown}:1: must begin with the columns ${columnsOf(2).join()}`);
  if (lines.pop() !== '') throw new UserError(`${shown}: its last line is cut short; train the run again`);
  const columns = columnsOf(classes).length, values = columns - 2;
  const reviewIds: string[] = [], labels = new Uint8Array(lines.length), probabilities = new Float64Array(lines.length * values);
  lines.forEach((line, i) => {
    const row = cutLine(line, columns);
    checkRow(row, classes, () => `${shown}:${i + 2}`);
    reviewIds.push(row.id);
    labels[i] = Number(row.label);
    probabilities.set(row.probabilities.map(Number), i * values);
  });
  return sortById({ reviewIds, labels, classes, probabilities });
}

/** Those of an older version have the order in which the reviews were read. */
function sortById(predictions: Predictions): Predictions {
  const { reviewIds, labels, classes } = predictions;
  const order = orderById(reviewIds);
  return {
    reviewIds: order.map((row) => reviewIds[row] ?? ''), labels: Uint8Array.from(order, (row) => labels[row] ?? 0), classes,
    probabilities: Float64Array.from(order.flatMap((row) => valuesOf(predictions, row))),
  };
}
