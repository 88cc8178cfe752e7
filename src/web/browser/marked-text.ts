import { shadeClass, shadeOf, SHADES } from '../../explain/shades.ts';
import { formatSigned } from '../../terminal/format.ts';
import { isRead, splitRead } from '../../text/reading.ts';
import type { Piece, Reading } from '../../text/reading.ts';
import { element } from './dom.ts';

function span(text: string, className: string, title: string): HTMLElement {
  const made = element('span', text);
  made.className = className;
  made.title = title;
  return made;
}

/** A text with its words coloured; what is not read is one piece, however long. @param effects [words] on the answer */
export function renderText(reading: Reading, effects: readonly (number | null)[], full: number): (Node | string)[] {
  const { before, read, after } = splitRead(reading);
  const showUnread = (pieces: readonly Piece[]): Node | string => {
    const text = pieces.map((piece) => piece.text).join('');
    return text.trim() === '' ? text : span(text, 'unread', 'not read');
  };
  const shown = read.map(({ text, word }) => {
    if (word === null) return text;
    const isUnknown = reading.words[word]?.isUnknown === true, effect = effects[word] ?? Number.NaN;
    return span(text, `w${shadeClass(shadeOf(effect, full))}${isUnknown ? ' unknown' : ''}`,
      `${formatSigned(effect)}${isUnknown ? ', not in the vocabulary' : ''}`);
  });
  return [showUnread(before), ...shown, showUnread(after)];
}

/** What the colours and marks of a text mean. @param name of the class that is the answer */
export function renderLegend({ words }: Reading, name: string, full: number): Node[] {
  const swatches = (sign: number): (Node | string)[] => Array.from({ length: SHADES }, (_, k) => sign * (k + 1)).flatMap((shade) =>
    [span(formatSigned((shade * full) / SHADES), `w${shadeClass(shade)}`, ''), ' ']);
  const unread = words.filter((word) => !isRead(word)).length, unknown = words.filter((word) => isRead(word) && word.isUnknown).length;
  return [
    element('span', `for ${name} `, ...swatches(1)), element('span', 'against it ', ...swatches(-1)),
    ...(unknown === 0 ? [] : [element('span', span('dotted', 'unknown', ''), `: not in the vocabulary (${unknown})`)]),
    ...(unread === 0 ? [] : [element('span', span('slanted', 'unread', ''), `: not read, beyond maxLength (${unread})`)]),
  ];
}
