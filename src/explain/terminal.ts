import { createColors } from 'picocolors';
import { escapeControls } from '../files/escape-controls.js';
import { printable } from '../files/escape.ts';
import { formatCount, formatPercent, formatSigned } from '../terminal/format.ts';
import { renderPlainTable, wrapText } from '../terminal/plain-table.ts';
import { isRead, splitText } from '../text/reading.ts';
import type { Word } from '../text/reading.ts';
import { effectOnAnswer, wordText } from './explain.ts';
import type { Explanation, Method } from './explain.ts';
import type { Faithfulness } from './faithfulness.ts';
import { findFullEffect, findLeastShown, shadeOf } from './shades.ts';
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
/** Lines of prose are no wider than this, whatever the terminal. */
const WIDEST = 100;

/** Backgrounds of xterm's 256 colours, weak to strong: blue for the answer, orange against it. Black on any of them is 5:1 or better. */
const forAnswer = [153, 117, 75, 32], againstAnswer = [223, 216, 209, 202];
const BLACK = 16;

function colorWord(text: string, shade: number): string {
  const background = (shade > 0 ? forAnswer : againstAnswer)[Math.abs(shade) - 1];
  return background === undefined ? text : `\u001b[38;5;${BLACK};48;5;${background}m${text}\u001b[39;49m`;
}

/** Line ends stay; whatever else is in a text, a terminal obeys none of it. */
function escapeLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\t', ' ').split('\n').map((line) => escapeControls(line)).join('\n');
}

/** An answer, its text with its words marked, and the strongest of them. */
export function renderExplanation(explanation: Explanation, { columns, isColored }: TerminalStyle): string {
  const { classes, probabilities, predicted, logOdds, method } = explanation;
  const { bold } = createColors(isColored);
  const name = printable(classes[predicted] ?? '', Infinity), width = Math.min(columns, WIDEST);
  const wrap = (text: string): string => `${' '.repeat(MARGIN)}${wrapText(text, width, MARGIN)}`;
  return [
    `${bold(name)}  ${formatPercent(probabilities[predicted] ?? null)}, log-odds ${formatSigned(logOdds)}`, '',
    ...markText(explanation, isColored).split('\n').map(wrap), '',
    ...renderStrongest(explanation).map(([label, words]) => `${' '.repeat(MARGIN)}${label}${wrapText(words, width, MARGIN + label.length)}`),
    wrap(`(${meanings[method]})`), ...describeMarks(explanation, isColored).map(wrap),
  ].join('\n');
}

/** A text with its words as colours, or followed by numbers where there are none. */
function markText(explanation: Explanation, isColored: boolean): string {
  const { underline, dim } = createColors(isColored);
  const { words } = explanation, full = findFullEffect(words.map((_, k) => effectOnAnswer(explanation, k)));
  const mark = (text: string, k: number): string => {
    const effect = effectOnAnswer(explanation, k), shade = shadeOf(effect, full), { isUnknown = false } = words[k] ?? {};
    if (isColored) return colorWord(isUnknown ? underline(text) : text, shade);
    const note = `${shade === 0 ? '' : formatSigned(effect ?? Number.NaN)}${isUnknown ? '?' : ''}`;
    return note === '' ? text : `${text}(${note})`;
  };
  const [before, own, after] = partsOf(explanation).map((pieces) => pieces.map(({ text, word }) => {
    const shown = escapeLines(text);
    return word === null || !isRead(words[word] as Word) ? shown : mark(shown, word);
  }).join(''));
  const unread = (text = ''): string => (text.trim() === '' ? text : isColored ? dim(text) : `[not read: ${text.trim()}] `);
  return `${unread(before)}${own ?? ''}${unread(after)}`.trimEnd();
}

/** The pieces of a text before, of and after what is read of it. */
function partsOf(explanation: Explanation): (readonly ReturnType<typeof splitText>[number][])[] {
  const pieces = splitText(explanation);
  const reads = pieces.map(({ word }) => word !== null && isRead(explanation.words[word] as Word));
  const first = reads.indexOf(true), last = reads.lastIndexOf(true);
  const cut = (side: boolean): boolean => explanation.words.length > 0 && side;
  const from = cut(first > 0 && pieces.slice(0, first).some(({ word }) => word !== null)) ? first : 0;
  const to = cut(last >= 0 && pieces.slice(last + 1).some(({ word }) => word !== null)) ? last + 1 : pieces.length;
  return [pieces.slice(0, from), pieces.slice(from, to), pieces.slice(to)];
}

/** `for positive  +1.32 moving  +0.80 great`, and the same against it. */
function renderStrongest(explanation: Explanation): (readonly [string, string])[] {
  const { effects, predicted, classes, words } = explanation;
  const least = findLeastShown(findFullEffect(words.map((_, k) => effectOnAnswer(explanation, k))));
  const ranked = rankWords(effects, predicted);
  const list = (some: readonly number[], sign: number): string => some
    .filter((k) => sign * (effectOnAnswer(explanation, k) ?? 0) >= least).slice(0, NAMED)
    .map((k) => `${formatSigned(effectOnAnswer(explanation, k) ?? Number.NaN)}\u00a0${printable(wordText(explanation, words[k] as Word))}`)
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
    return renderPlainTable([[`for ${printable(name, 40)}`, 'mean', 'deviation', 'places'], ...rows], { align: ['left', 'right', 'right', 'right'] });
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
  const about = `How far the log-odds of the answer fall when ${deleted} words of a text are deleted together: mean and standard error over `
    + `${formatCount(texts)} texts${left}`;
  return `${[
    wrapText(about, Math.min(columns, WIDEST)),
    renderPlainTable([['words', 'log-odds lost', 'deviation', 'other answer'], ...table], { align: ['left', 'right', 'right', 'right'] }),
  ].join('\n\n')}\n`;
}
