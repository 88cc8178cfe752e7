import { createColors } from 'picocolors';
import stringWidth from 'string-width';
import { escapeControls } from '../files/escape-controls.js';
import { formatSigned } from '../terminal/format.ts';
import { splitRead } from '../text/reading.ts';
import type { Piece } from '../text/reading.ts';
import { effectOnAnswer } from './explain.ts';
import type { Explanation } from './explain.ts';
import { findFullEffect, shadeOf } from './shades.ts';

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

/**
 * A text as it was written, with colours on its words, or with numbers behind them where there are no colours. Unknown words are
 * underlined or have a question mark; what is not read is dim or in brackets.
 */
export function markText(explanation: Explanation, isColored: boolean): string {
  const { words } = explanation, { underline, dim } = createColors(isColored);
  const full = findFullEffect(words.map((_, k) => effectOnAnswer(explanation, k)));
  const mark = (text: string, k: number): string => {
    const effect = effectOnAnswer(explanation, k), shade = shadeOf(effect, full), isUnknown = words[k]?.isUnknown === true;
    if (isColored) return colorWord(isUnknown ? underline(text) : text, shade);
    const note = `${shade === 0 ? '' : formatSigned(effect ?? Number.NaN)}${isUnknown ? '?' : ''}`;
    return note === '' ? text : `${text}(${note})`;
  };
  const show = (pieces: readonly Piece[], markWord: typeof mark): string => pieces.map(({ text, word }) => {
    const shown = escapeLines(text);
    return word === null ? shown : markWord(shown, word);
  }).join('');
  const { before, read, after } = splitRead(explanation);
  const unread = (pieces: readonly Piece[]): string => {
    const text = show(pieces, (shown) => shown);
    if (text.trim() === '') return text;
    return isColored ? dim(text) : text.replace(/\S.*\S|\S/s, (words) => `[not read: ${words}]`);
  };
  return `${unread(before)}${show(read, mark)}${unread(after)}`;
}

/** Breaks lines at blanks, as `wrapText` does, which would take some colour codes for others. @param columns of the text alone */
export function wrapMarked(text: string, columns: number, indent: string): string {
  const wrapLine = (line: string): string[] => line.split(/ +/).reduce<string[]>((lines, word) => {
    const joined = `${lines.at(-1) ?? ''} ${word}`;
    return lines.length === 0 || stringWidth(joined) > columns ? [...lines, word] : [...lines.slice(0, -1), joined];
  }, []);
  return text.split('\n').flatMap(wrapLine).map((line) => `${indent}${line}`).join('\n');
}
