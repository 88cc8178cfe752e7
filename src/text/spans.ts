import { isAscii, replacements, TOKEN, tokenizers } from './tokenizer.ts';
import type { Replacement, TokenizerName } from './tokenizer.ts';

/** A token and the part of the text it was made from: `text.slice(start, end)`, in UTF-16 units. */
export interface TokenSpan {
  readonly token: string;
  readonly start: number;
  readonly end: number;
}

/** A text whose every UTF-16 unit remembers which part of the original it stands for: from `starts[i]` to `ends[i]`. */
interface Traced {
  readonly text: string;
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
}

/** Puts a traced text together from pieces of another. */
function rewrite(traced: Traced, write: (copyTo: (end: number) => void, put: (written: string, end: number) => void) => void): Traced {
  const pieces: string[] = [], starts: number[] = [], ends: number[] = [];
  let at = 0;
  const copyTo = (end: number): void => {
    pieces.push(traced.text.slice(at, end));
    for (; at < end; at++) {
      starts.push(traced.starts[at] ?? 0);
      ends.push(traced.ends[at] ?? 0);
    }
  };
  write(copyTo, (written, end) => {
    pieces.push(written);
    for (let left = written.length; left > 0; left--) {
      starts.push(traced.starts[at] ?? 0);
      ends.push(traced.ends[end - 1] ?? 0);
    }
    at = end;
  });
  return { text: pieces.join(''), starts, ends };
}

/** What is put in the place of a match stands for the whole match. */
function replace(traced: Traced, { pattern, by }: Replacement): Traced {
  if (traced.text.search(pattern) < 0) return traced;
  return rewrite(traced, (copyTo, put) => {
    for (const match of traced.text.matchAll(pattern)) {
      copyTo(match.index);
      put(by(...match as unknown as [string, ...string[]]), match.index + match[0].length);
    }
    copyTo(traced.text.length);
  });
}

/**
 * Spells a text anew. What each part becomes is cut from the whole, since a letter's form may depend on those around it (a final sigma);
 * its length does not. Letters of ASCII keep theirs.
 * @param start matches where a part begins, none of which changes the length of another
 */
function respell(traced: Traced, start: RegExp, spell: (text: string) => string): Traced {
  const whole = spell(traced.text);
  if (isAscii(traced.text)) return { ...traced, text: whole };
  let written = 0, from = 0;
  const respelled = rewrite(traced, (_, put) => {
    const putTo = (end: number): void => {
      const { length } = spell(traced.text.slice(from, end));
      put(whole.slice(written, written + length), end);
      [written, from] = [written + length, end];
    };
    for (const { index } of traced.text.matchAll(start)) if (index > 0) putTo(index);
    putTo(traced.text.length);
  });
  if (written !== whole.length) throw new Error(`the parts of a text are ${written} units long, and the whole is ${whole.length}`);
  return respelled;
}

const CHARACTER = /[^]/gu;

/** A character that Unicode composes with none before it: no mark, no vowel or final of Hangul, no vowel of Kirat Rai. */
const FIRST_OF_COMPOSED = /[^\p{M}\u1160-\u11ff\u{16d63}-\u{16d6a}]/gu;

function simplify(text: string): Traced {
  const starts = Int32Array.from({ length: text.length }, (_, k) => k);
  const decoded = replace({ text, starts, ends: starts.map((start) => start + 1) }, replacements.entities);
  const lowered = replace(respell(decoded, CHARACTER, (piece) => piece.toLowerCase()), replacements.lineBreaks);
  const visible = replace(replace(lowered, replacements.invisible), replacements.stackedAccents);
  return replace(respell(visible, FIRST_OF_COMPOSED, (piece) => piece.normalize('NFC')), replacements.standIns);
}

/**
 * The tokens of a text, the same as the tokenizer's, each with its place in the text as it was written: `it&#39;s` is the token `it's`.
 * Tokens that stand for one character share its span, as the three full stops of an ellipsis do. Spans never go back.
 */
export function findTokens(text: string, tokenizer: TokenizerName): TokenSpan[] {
  const { text: simplified, starts, ends } = simplify(text);
  const spanOf = (token: string, from: number): TokenSpan => ({ token, start: starts[from] ?? 0, end: ends[from + token.length - 1] ?? 0 });
  return Array.from(simplified.matchAll(TOKEN)).flatMap(({ 0: token, index }) => {
    let from = index;
    return tokenizers[tokenizer].cut(token).map((piece) => {
      const span = spanOf(piece, from);
      from += piece.length;
      return span;
    });
  });
}
