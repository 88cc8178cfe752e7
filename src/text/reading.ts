import { keptRange } from './encode.ts';
import type { Truncation } from './encode.ts';
import { findTokens } from './spans.ts';
import type { TokenSpan } from './spans.ts';
import type { TokenizerName } from './tokenizer.ts';
import { UNKNOWN_ID } from './vocabulary.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A word or mark of a text as it was written: `text.slice(start, end)`, in UTF-16 units. */
export interface Word {
  readonly start: number;
  readonly end: number;
  /** One as a rule; those of one character, as the three full stops of an ellipsis, are one word. */
  readonly tokens: readonly string[];
  /** Of `tokenIds`, what the model reads of it: `from` to `to`, which are equal where it reads nothing. */
  readonly from: number;
  readonly to: number;
  /** Whether the vocabulary lacks it, so that the model reads `<unk>`. */
  readonly isUnknown: boolean;
}

/** A text and what a model reads of it. */
export interface Reading {
  readonly text: string;
  /** In the order of the text; those that are cut off too. */
  readonly words: readonly Word[];
  /** [tokens] as `encodeTexts` encodes it. */
  readonly tokenIds: Int32Array;
}

export function isRead({ from, to }: Word): boolean {
  return from < to;
}

/** @param options `data.tokenizer`, `maxLength` and `truncate` of the model */
export function readText(
  text: string, vocabulary: Vocabulary, { tokenizer, ...truncation }: Truncation & { readonly tokenizer: TokenizerName },
): Reading {
  const spans = findTokens(text, tokenizer), ids = Int32Array.from(spans, ({ token }) => vocabulary.idOf(token));
  const range = keptRange(spans.length, truncation);
  const readFrom = (token: number): number => Math.min(Math.max(token, range.from), range.to) - range.from;
  let first = 0;
  const words = groupByPlace(spans).map((group): Word => {
    const last = first + group.length, own = ids.subarray(first, last), [from, to] = [readFrom(first), readFrom(last)];
    first = last;
    return {
      start: group[0]?.start ?? 0, end: group.at(-1)?.end ?? 0,
      tokens: group.map(({ token }) => token), from, to, isUnknown: own.includes(UNKNOWN_ID),
    };
  });
  return { text, words, tokenIds: ids.slice(range.from, range.to) };
}

/** Tokens that share a part of the text together. */
function groupByPlace(spans: readonly TokenSpan[]): TokenSpan[][] {
  const groups: TokenSpan[][] = [];
  let end = 0;
  for (const span of spans) {
    if (groups.length > 0 && span.start < end) groups.at(-1)?.push(span);
    else groups.push([span]);
    end = Math.max(end, span.end);
  }
  return groups;
}

/** The tokens that are left when words are deleted, as if those around them stood side by side. @param words any of the reading's */
export function withoutWords({ tokenIds }: Reading, words: readonly Word[]): Int32Array {
  const isLeft = new Uint8Array(tokenIds.length).fill(1);
  for (const { from, to } of words) isLeft.fill(0, from, to);
  return tokenIds.filter((_, token) => isLeft[token] === 1);
}

/** A piece of a text: a word by its number, or what stands between words. */
export interface Piece {
  readonly text: string;
  readonly word: number | null;
}

/** A text as its words and what is between them; put together they are the text. */
export function splitText({ text, words }: Reading): Piece[] {
  let at = 0;
  const pieces = words.flatMap(({ start, end }, word): Piece[] => {
    const between = text.slice(at, start);
    at = end;
    return [{ text: between, word: null }, { text: text.slice(start, end), word }];
  });
  return [...pieces, { text: text.slice(at), word: null }].filter((piece) => piece.text !== '');
}

/** The pieces of a text from its first word that is read to its last, and those beside them where they hold words. */
export function splitRead(reading: Reading): Readonly<Record<'before' | 'read' | 'after', readonly Piece[]>> {
  const pieces = splitText(reading), { words } = reading;
  const isOfWord = ({ word }: Piece): boolean => word !== null;
  const isOfRead = ({ word }: Piece): boolean => word !== null && isRead(words[word] as Word);
  const from = pieces.findIndex(isOfRead), to = pieces.findLastIndex(isOfRead) + 1;
  const first = pieces.slice(0, from).some(isOfWord) ? from : 0, end = pieces.slice(to).some(isOfWord) ? to : pieces.length;
  return { before: pieces.slice(0, first), read: pieces.slice(first, end), after: pieces.slice(end) };
}
