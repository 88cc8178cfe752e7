import { join } from 'node:path';

import { displayPath } from '../files/paths.ts';
import { describeValue } from '../files/escape.ts';
import { UserError } from '../errors.ts';
import { toLabel } from '../measure/statistics.ts';
import { readOptional } from '../files/read.ts';

/** What a run's model says of the test part; row i is the same review in each of the three. */
export interface Predictions {
  readonly reviewIds: readonly string[];
  /** 0 or 1. */
  readonly labels: ArrayLike<number>;
  /** Of label 1. */
  readonly probabilities: ArrayLike<number>;
}

export const PREDICTIONS_FILE = 'predictions.csv';
const columns = ['reviewId', 'label', 'probability'] as const;
const DIGITS = 6;

/** Six digits, or all of them where six would turn the label into the other. */
function formatProbability(probability: number): string {
  const rounded = probability.toPrecision(DIGITS);
  return toLabel(Number(rounded)) === toLabel(probability) ? String(Number(rounded)) : String(probability);
}

/** The text of predictions.csv: no review's words, only its id. @param mark a column for synthetic data, that says so in each row */
export function renderPredictions({ reviewIds, labels, probabilities }: Predictions, mark: Readonly<Record<string, unknown>>): string {
  const marked = Object.values(mark).map((value) => `,${String(value)}`).join('');
  const rows = reviewIds.map((id, row) => `${id},${labels[row] ?? ''},${formatProbability(probabilities[row] ?? Number.NaN)}${marked}\n`);
  return `${[...columns, ...Object.keys(mark)].join()}\n${rows.join('')}`;
}

interface Row {
  readonly id: string;
  readonly label: string;
  readonly probability: string;
}

/** Twice as fast as splitting: a table may be of a million rows. */
function cutLine(line: string): Row {
  const first = line.indexOf(','), second = line.indexOf(',', first + 1), third = line.indexOf(',', second + 1);
  if (first < 0 || second < 0)
    return { id: line.slice(0, Math.max(first, 0)), label: first < 0 ? '' : line.slice(first + 1), probability: '' };
  return {
    id: line.slice(0, first),
    label: line.slice(first + 1, second),
    probability: line.slice(second + 1, third < 0 ? undefined : third),
  };
}

function isProbability(text: string): boolean {
  const value = Number(text);
  return (value >= 0 && value <= 1 && text !== '') || text === 'NaN';
}

function checkRow({ id, label, probability }: Row, place: () => string): void {
  if (id === '') throw new UserError(`${place()}: has no reviewId; was it edited by hand?`);
  if (label !== '0' && label !== '1') throw new UserError(`${place()}: label must be 0 or 1, got ${describeValue(label)}`);
  if (!isProbability(probability))
    throw new UserError(`${place()}: probability must be a number from 0 to 1, got ${describeValue(probability)}`);
}

/**
 * The test predictions a run keeps, of its best epoch on validation (without validation: of its last).
 * @throws UserError when there are none, or the file is damaged
 */
export function loadPredictions(folder: string): Predictions {
  const path = join(folder, PREDICTIONS_FILE);
  const shown = displayPath(path);
  const text = readOptional(path);
  if (text === undefined)
    throw new UserError(`${displayPath(folder)}: has no ${PREDICTIONS_FILE}; a run writes it after its first epoch; train it again`);
  const [header, ...lines] = text.split('\n');
  if (header?.split(',', columns.length).join() !== columns.join())
    throw new UserError(`${shown}:1: must begin with the columns ${columns.join()}`);
  if (lines.pop() !== '') throw new UserError(`${shown}: its last line is cut short; train the run again`);
  const reviewIds: string[] = [], labels = new Uint8Array(lines.length), probabilities = new Float64Array(lines.length);
  lines.forEach((line, i) => {
    const row = cutLine(line);
    checkRow(row, () => `${shown}:${i + 2}`);
    reviewIds.push(row.id);
    labels[i] = row.label === '1' ? 1 : 0;
    probabilities[i] = Number(row.probability);
  });
  return { reviewIds, labels, probabilities };
}
