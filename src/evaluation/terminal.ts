import { printable } from '../files/escape.ts';
import type { CalibrationScores } from '../measure/classification.ts';
import { formatCount, formatPercent } from '../terminal/format.ts';
import { renderPlainTable, wrapText } from '../terminal/plain-table.ts';
import type { Evaluation, Mistake } from './evaluation.ts';

/** An unknown figure, as the precision of a class that is never predicted, is a dash. */
export function formatScore(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(4);
}

export function formatInterval(interval: readonly [number, number]): string {
  return interval.map((end) => formatPercent(end)).join(' to ');
}

const right = (columns: number): ('left' | 'right')[] => ['left', ...Array.from({ length: columns }, () => 'right' as const)];

function renderClasses(evaluation: Evaluation): string {
  const { names, classes } = evaluation;
  const { macroPrecision, macroRecall, macroF1, weightedPrecision, weightedRecall, weightedF1 } = evaluation;
  const rows = classes.map(({ precision, recall, f1, area, support }, k) =>
    [printable(names[k] ?? '', NAME), ...[precision, recall, f1, area].map(formatScore), formatCount(support)]);
  return renderPlainTable([
    ['class', 'precision', 'recall', 'F1', 'area', 'reviews'], ...rows,
    ['macro mean', ...[macroPrecision, macroRecall, macroF1].map(formatScore), '', ''],
    ['weighted mean', ...[weightedPrecision, weightedRecall, weightedF1].map(formatScore), '', ''],
  ], { align: right(5) });
}

/** Longest name of a class in a table, and the most classes that are set beside each other. */
const NAME = 24;
const CONFUSED_CLASSES = 6;
const CONFUSED_PAIRS = 10;

/** Of many classes the most frequent mistakes, since the whole table is wider than any terminal. */
function renderConfusion({ names, confusion }: Evaluation): string {
  if (names.length > CONFUSED_CLASSES) return renderConfusedPairs({ names, confusion });
  const rows = confusion.map((counts, k) => [`is ${printable(names[k] ?? '', NAME)}`, ...counts.map(formatCount)]);
  return renderPlainTable([['', ...names.map((name) => `called ${printable(name, NAME)}`)], ...rows], { align: right(names.length) });
}

function renderConfusedPairs({ names, confusion }: Pick<Evaluation, 'names' | 'confusion'>): string {
  const pairs = confusion.flatMap((counts, label) => counts.map((count, called) => ({ label, called, count })));
  const rows = pairs.filter(({ label, called, count }) => count > 0 && called !== label)
    .sort((a, b) => b.count - a.count).slice(0, CONFUSED_PAIRS)
    .map(({ label, called, count }) => [printable(names[label] ?? '', NAME), printable(names[called] ?? '', NAME), formatCount(count)]);
  return renderPlainTable([['is', 'called', 'reviews'], ...rows], { align: ['left', 'left', 'right'] });
}

function renderCalibration({ calibration }: Evaluation): string {
  const rows = calibration.map(({ low, high, items, confidence, accuracy }) =>
    [`${low.toFixed(2)}–${high.toFixed(2)}`, formatCount(items), formatPercent(confidence), formatPercent(accuracy)]);
  return renderPlainTable([['probability', 'reviews', 'mean of it', 'right'], ...rows], { align: right(3) });
}

function renderLengths({ byLength }: Evaluation): string {
  const rows = byLength.map(({ from, to, items, accuracy, accuracyInterval }) =>
    [`${from}–${to}`, formatCount(items), formatPercent(accuracy), formatInterval(accuracyInterval)]);
  return renderPlainTable([['tokens read', 'reviews', 'accuracy', '95 % interval'], ...rows], { align: right(3) });
}

function renderMistake({ id, label, predicted, probability, text }: Mistake, columns: number): string {
  const [called, is] = [predicted, label].map((name) => printable(name, NAME));
  const line = `${printable(id, 60)}: called ${called} with ${formatPercent(probability)}, is ${is}`;
  return text === undefined ? line : `${line}\n  ${wrapText(printable(text, 400), Math.min(columns, 100), 2)}`;
}

function describeScores({ calibrationError, logLoss, brier }: CalibrationScores): string {
  return `error ${formatPercent(calibrationError)}, log loss ${logLoss.toFixed(4)} nats, Brier score ${brier.toFixed(4)}`;
}

/** The figures as tables, for people. @param columns of the terminal */
export function renderEvaluation(evaluation: Evaluation, columns: number): string {
  const { run, data, items, correct, accuracy, accuracyInterval, temperature, uncalibrated, mistakes } = evaluation;
  return `${[
    `model        ${printable(run, Infinity)}`,
    `reviews      ${printable(data, Infinity)}`,
    `accuracy     ${formatPercent(accuracy)}, ${formatCount(correct)} of ${formatCount(items)} `
      + `(95 % interval ${formatInterval(accuracyInterval)})`,
    `calibration  ${describeScores(evaluation)}`,
    ...(uncalibrated === null || temperature === null ? [] : [
      `  before it  ${describeScores(uncalibrated)}`, `temperature  ${temperature.toPrecision(4)}, by the validation part of the run`,
    ]),
    '', renderClasses(evaluation), '', renderConfusion(evaluation), '',
    'How often the model is right when it gives its answer such a probability',
    renderCalibration(evaluation), '', renderLengths(evaluation),
    ...(mistakes.length === 0 ? [] : ['', 'Most confident mistakes', ...mistakes.map((mistake) => renderMistake(mistake, columns))]),
  ].join('\n')}\n`;
}
