import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeTexts } from '../../src/text/encode.ts';
import { isRead, readText, splitText, withoutWords } from '../../src/text/reading.ts';
import { findTokens } from '../../src/text/spans.ts';
import { tokenizerNames, tokenizers } from '../../src/text/tokenizer.ts';
import { createVocabulary } from '../../src/text/vocabulary.ts';

/** Each token and the part of the text that it was made from. */
const places = (text: string): string[] => findTokens(text, 'words').map(({ token, start, end }) => `${token} ← ${text.slice(start, end)}`);
const expectSameTokens = (text: string): void => {
  for (const name of tokenizerNames) expect(findTokens(text, name).map(({ token }) => token)).toEqual(tokenizers[name].tokenize(text));
};

/** What makes texts hard: all that the tokenizer treats in a way of its own. */
const tricky = fc.array(fc.oneof(
  fc.constantFrom(
    '<br />', '<BR>', '&amp;', '&#8230;', '&#x27;', '&lt;br /&gt;', '…', '’', "'", '`', '\u00ad', '\u200d', '\u0301', '\u0323', 'İ', 'Σ', 'ΑΣ',
    'ß', '가', '\u1100', '\u1161', '\u11a8', '❤️', '👍🏽', '👨‍👩‍👧', '七人', 'ภาษาไทย', '。', '\ud83d', '7.5', ' ', 'Å', '\u{16d63}', '\u{16d67}', '\u0344',
  ),
  fc.string({ unit: 'grapheme', maxLength: 4 }), fc.string({ unit: 'binary', maxLength: 4 }),
), { maxLength: 12 }).map((pieces) => pieces.join(''));

describe('the places of tokens', () => {
  it.each<[string, string, string[]]>([
    ['capitals', 'This GREAT film', ['this ← This', 'great ← GREAT', 'film ← film']],
    ['line breaks', 'dull.<br /><br />But<BR>fun', ['dull ← dull', '. ← .', 'but ← But', 'fun ← fun']],
    ['contractions', "Don't, O’Neil", ["don't ← Don't", ', ← ,', "o'neil ← O’Neil"]],
    ['entities', 'it&#39;s &quot;on&quot;', ["it's ← it&#39;s", '" ← &quot;', 'on ← on', '" ← &quot;']],
    ['an escaped line break', 'a&lt;br /&gt;b', ['a ← a', 'b ← b']],
    ['an ellipsis of one character', 'so… on', ['so ← so', '. ← …', '. ← …', '. ← …', 'on ← on']],
    ['accents of their own', 'a cafe\u0301 e\u0301te\u0301!', ['a ← a', 'café ← cafe\u0301', 'été ← e\u0301te\u0301', '! ← !']],
    ['letters that grow in lower case', 'İİx y', ['i̇i̇x ← İİx', 'y ← y']],
    ['invisible characters', 'won\u200bder \u00adful', ['wonder ← won\u200bder', 'ful ← ful']],
    ['letters beyond the basic plane, and pictures', '𝒜x ❤️! 👍🏽', ['𝒜x ← 𝒜x', '❤ ← ❤️', '! ← !', '👍 ← 👍']],
    ['composed Hangul', '\u1112\u1161\u11ab 가\u11a8', ['한 ← \u1112\u1161\u11ab', '각 ← 가\u11a8']],
    ['nothing', ' <br />', []],
  ])('are those of %s', (_, text, expected) => { expect(places(text)).toEqual(expected); });

  it('cuts scripts without spaces where the tokenizer does', () => {
    const text = 'A ภาษาไทย film';
    expect(findTokens(text, 'segments').map(({ start, end }) => text.slice(start, end))).toEqual(['A', 'ภาษา', 'ไทย', 'film']);
  });

  it('gives the tokenizer\'s own tokens, whatever the text', () => {
    fc.assert(fc.property(tricky, expectSameTokens), { numRuns: 3000 });
  });

  it('gives them for every character that lower case or composing changes, alone and taken apart', () => {
    const characters = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code))
      .filter((c) => /\p{M}/u.test(c) || c.normalize('NFD') !== c || c.normalize('NFC') !== c || c.toLowerCase() !== c);
    expect(characters.length).toBeGreaterThan(15_000);
    for (let k = 0; k < characters.length; k += 500)
      expectSameTokens(characters.slice(k, k + 500).map((c) => `x${c} ${c.normalize('NFD')}`).join(' '));
  });

  it('go forward, and lie in the text', () => {
    fc.assert(fc.property(tricky, (text) => {
      findTokens(text, 'words').reduce((before, { start, end }) => {
        expect(start).toBeGreaterThanOrEqual(before);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(text.length);
        return start;
      }, 0);
    }), { numRuns: 1000 });
  });
});

const vocabulary = createVocabulary(['<pad>', '<unk>', 'a', 'film', '.', 'so']);
const options = { tokenizer: 'words', maxLength: 4, truncate: 'start' } as const;

describe('what is read of a text', () => {
  it.each(['start', 'end'] as const)('is what encodeTexts encodes, cut at the %s', (truncate) => {
    fc.assert(fc.property(tricky, (text) => {
      const reading = readText(text, vocabulary, { ...options, truncate });
      expect([...reading.tokenIds]).toEqual([...encodeTexts([text], vocabulary, { ...options, truncate }).tokenIds]);
      expect(splitText(reading).map((piece) => piece.text).join('')).toBe(text);
      expect(reading.words.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(reading.tokenIds.length);
    }), { numRuns: 500 });
  });

  it('has a character of several tokens as one word, and knows which words are cut off or unknown', () => {
    const { words } = readText('A strange film… so so', vocabulary, options);
    expect(words.map(({ tokens }) => tokens.join(' '))).toEqual(['a', 'strange', 'film', '. . .', 'so', 'so']);
    expect(words.map(isRead)).toEqual([false, false, false, true, true, true]);
    expect(words.map(({ from, to }) => to - from)).toEqual([0, 0, 0, 2, 1, 1]); // of the ellipsis, its last two full stops
    expect(words.map(({ isUnknown }) => isUnknown)).toEqual([false, true, false, false, false, false]);
  });

  it('lets words be deleted, those beside them staying as they are', () => {
    const reading = readText('A film. So', vocabulary, options), [, film, , so] = reading.words;
    expect([...withoutWords(reading, [film, so].flatMap((word) => (word === undefined ? [] : [word])))]).toEqual([2, 4]);
    expect([...withoutWords(reading, reading.words)]).toEqual([]);
  });
});
