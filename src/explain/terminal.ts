import { createColors } from 'picocolors';
import { printable } from '../files/escape.ts';
import { formatCount, formatPercent, formatSigned } from '../terminal/format.ts';
import { renderPlainTable, wrapText } from '../terminal/plain-table.ts';
import type { PlainTableOptions } from '../terminal/plain-table.ts';
import { isRead } from '../text/reading.ts';
import type { Word } from '../text/reading.ts';
import { effectOnAnswer, wordText } from './explain.ts';
import type { Explanation, Method } from './explain.ts';
import type { Faithfulness } from './faithfulness.ts';
import { markText, wrapMarked } from './marked-text.ts';
import { findFullEffect, findLeastShown } from './shades.ts';
import { rankWords } from './word-effects.ts';
import type { WordTable } from './word-table.ts';

/** What a method's numbers are, in words. */
export const meanings: Readonly<Record<Method, string>> = {
  'leave-one-out': 'how much higher the log-odds of the answer are with a word than without it',
  'gradient': 'gradient × input: an estimate of what a word adds to the log-odds of the answer',
};

export interface TerminalStyle {
  readonly columns: number;
  readonly isColored: boolean;
}

/** Words named below a text, for the answer and against it. */
const NAMED = 5;
const MARGIN = 2;
/** Between a number and its word, which stay on one line. */
const JOIN = '\u00a0';
/** Lines of prose are no wider than this, whatever the terminal. */
const WIDEST = 100;

/** A column of names and three of numbers. */
const numbers: PlainTableOptions = { align: ['left', 'right', 'right', 'right'] };

/** An answer, its text with its words marked, and the strongest of them. */
export function renderExplanation(explanation: Explanation, { columns, isColored }: TerminalStyle): string {
  const { classes, probabilities, predicted, logOdds, method, words } = explanation;
  const name = printable(classes[predicted] ?? '', Infinity), width = Math.min(columns, WIDEST), margin = ' '.repeat(MARGIN);
  const { bold } = createColors(isColored);
  const head = `${bold(name)}  ${formatPercent(probabilities[predicted] ?? null)}, log-odds ${formatSigned(logOdds)}`;
  if (words.length === 0) return `${head}\n\n${margin}The text has no word.`;
  const wrap = (text: string): string => `${margin}${wrapText(text, width, MARGIN)}`;
  return [
    head, '', wrapMarked(markText(explanation, isColored), width - MARGIN, margin), '',
    ...renderStrongest(explanation).map(([label, strongest]) =>
      `${margin}${label}${wrapText(strongest, width, MARGIN + label.length).replaceAll(JOIN, ' ')}`),
    wrap(`(${meanings[method]})`), ...describeMarks(explanation, isColored).map(wrap),
  ].join('\n');
}

/** `for positive  +1.32 moving  +0.80 great`, and the same against it. */
function renderStrongest(explanation: Explanation): (readonly [string, string])[] {
  const { effects, predicted, classes, words } = explanation;
  const least = findLeastShown(findFullEffect(words.map((_, k) => effectOnAnswer(explanation, k))));
  const ranked = rankWords(effects, predicted);
  const list = (some: readonly number[], sign: number): string => some
    .filter((k) => sign * (effectOnAnswer(explanation, k) ?? 0) >= least).slice(0, NAMED)
    .map((k) => `${formatSigned(effectOnAnswer(explanation, k) ?? Number.NaN)}${JOIN}${printable(wordText(explanation, words[k] as Word))}`)
    .join('  ');
  const name = printable(classes[predicted] ?? '', Infinity);
  const rows = [[`for ${name}`, list(ranked, 1)], ['against it', list(ranked.toReversed(), -1)]] as const;
  const width = Math.max(...rows.map(([label]) => label.length)) + MARGIN;
  return rows.filter(([, words]) => words !== '').map(([label, words]) => [label.padEnd(width), words]);
}

function describeMarks({ words }: Explanation, isColored: boolean): string[] {
  const unread = words.filter((word) => !isRead(word)).length, unknown = words.filter((word) => isRead(word) && word.isUnknown).length;
  const one = (count: number, what: string): string => `${formatCount(count)} ${count === 1 ? 'word' : 'words'} ${what}`;
  return [
    ...(unknown === 0 ? [] : [one(unknown, `that the model does not know: ${isColored ? 'underlined' : 'marked ?'}`)]),
    ...(unread === 0 ? [] : [one(unread, 'that it did not read, beyond its maxLength')]),
  ];
}

/** The words that matter most for each class, as tables one above the other. */
export function renderWordTable({ method, texts, words, differentWords, minCount, classes }: WordTable, columns: number): string {
  const tables = classes.map(({ name, words: listed }) => {
    const rows = listed.map(({ word, count, meanEffect, deviation }) =>
      [printable(word, 40), formatSigned(meanEffect), formatDeviation(deviation), formatCount(count)]);
    return renderPlainTable([[`for ${printable(name, 40)}`, 'mean', 'deviation', 'places'], ...rows], numbers);
  });
  const about = `${formatCount(texts)} texts, ${formatCount(words)} words read, ${formatCount(differentWords)} different ones; `
    + `those read in fewer than ${formatCount(minCount)} places are left out. The mean over places of ${meaningForClass(method)}.`;
  return `${[wrapText(about, Math.min(columns, WIDEST)), ...tables].join('\n\n')}\n`;
}

/** The same for a class that need not be the answer. */
export function meaningForClass(method: Method): string {
  return meanings[method].replace('the answer', 'the class');
}

export function formatDeviation(deviation: number): string {
  return Number.isNaN(deviation) ? '–' : deviation.toFixed(2);
}

/** What deleting words did, a row for each way to choose them. */
export function renderFaithfulness({ deleted, texts, skipped, rows }: Faithfulness, columns: number): string {
  const table = rows.map(({ order, meanDrop, standardError, deviation, changedAnswers }) => [
    order === 'random' ? 'at random' : `strongest by ${order}`, `${formatSigned(meanDrop)} ± ${formatDeviation(standardError)}`,
    formatDeviation(deviation), formatPercent(changedAnswers, 1),
  ]);
  const left = skipped === 0 ? '' : `; ${formatCount(skipped)} with fewer than ${2 * deleted} words left out`;
  const what = deleted === 1 ? 'one word of a text is deleted' : `${formatCount(deleted)} words of a text are deleted together`;
  const about = `How far the log-odds of the answer fall when ${what}: mean and standard error over ${formatCount(texts)} texts${left}`;
  return `${[
    wrapText(about, Math.min(columns, WIDEST)),
    renderPlainTable([['words', 'log-odds lost', 'deviation', 'other answer'], ...table], numbers),
  ].join('\n\n')}\n`;
}
