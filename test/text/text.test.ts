import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { tokenize, describeTokenizer, tokenizers } from '../../src/text/tokenizer.ts';
import { createVocabulary, selectVocabulary, UNKNOWN_ID } from '../../src/text/vocabulary.ts';
import { encodePart } from '../../src/text/encode.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { corpusOf } from '../data/corpus-fixture.ts';

const tokens = (text: string): string => tokenize(text).join(' ');

describe('tokenize', () => {
  it.each([
    ['lower-cases', 'This GREAT Film', 'this great film'],
    ['reads a line break as a space', 'dull.<br /><br />But<BR>then<br/>fun', 'dull . but then fun'],
    ['keeps inner apostrophes', "Don't tell O'Neil, rock'n'roll", "don't tell o'neil , rock'n'roll"],
    ['drops outer apostrophes', "'hello' the dogs' 'tis", 'hello the dogs tis'],
    ['splits at two apostrophes', "o''neil", 'o neil'],
    ['makes each kept mark a token', 'Why?! (so; "bad":...)', 'why ? ! ( so ; " bad " : . . . )'],
    ['drops other marks', 'well-made_film 8/10 *** $5 @home #1 a+b', 'well made film 8 10 5 home 1 a b'],
    ['decodes common entities', '&quot;Tom &amp; Jerry&quot; isn&#39;t&nbsp;&lt;bad&gt; &#X27;', '" tom jerry " isn\'t bad'],
    ['decodes accented letters by number', 'Dvo&#345;&aacute;k &#x10FFFF;&#99999999;&#9999999;x', 'dvoř aacute ; k 99999999 ; x'],
    ['reads an escaped line break as one', 'a&lt;br /&gt;b', 'a b'],
    ['leaves an unfinished entity alone', 'R&D AT&T &amp &#; &', 'r d at t amp ;'],
    ['reads curly quotes as straight ones', '“Don’t” ‘really’ don`t don´t', '" don\'t " really don\'t don\'t'],
    ['reads Windows-1252 quotes and dots', 'it\u0092s \u0093fun\u0094\u0085 so\u0096so', 'it\'s " fun " . . . so so'],
    ['keeps letters of every script', 'Café ÉTÉ Straße Амели 七人の侍 ΑΣ', 'café été straße амели 七人の侍 ας'],
    ['composes accents', 'cafe\u0301', 'café'],
    ['reads full-width punctuation', '好！真的？好。（嗯）', '好 ! 真的 ? 好 . ( 嗯 )'],
    ['makes each picture a token', 'Fun👍👍🏽 ❤️!👨‍👩‍👧', 'fun 👍 👍 ❤ ! 👨 👩 👧'],
    ['drops invisible characters', 'won\u200bder\u00adful\ufeff \u200e10', 'wonderful 10'],
    ['drops lone surrogates', 'a\ud83db \udc4d', 'a b'],
    ['keeps letters outside the basic plane', '𝒜x 𠮷', '𝒜x 𠮷'],
    ['keeps numbers apart at the point', '7.5 1,000 80s 80\'s', "7 . 5 1 , 000 80s 80's"],
    ['gives nothing for an empty text', '', ''],
    ['gives nothing for blanks', ' \t\n\u00a0<br />', ''],
    ['drops a null and an accent without a letter', '\0\u0301 a', 'a'],
  ])('%s', (_, text, expected) => {
    expect(tokens(text)).toBe(expected);
  });

  it('keeps every word of a 20,000-word review', () => {
    const words = Array.from({ length: 20_000 }, (_, i) => `word${i}`);
    expect(tokenize(words.join(' '))).toEqual(words);
  });

  it.each([
    ['apostrophes', "'"],
    ['letters', 'a'],
    ["a'a'…", "a'"],
    ['open tags', '<br '],
    ['tag and blanks', `<br${' '.repeat(99)}`],
    ['entities', '&#'],
    ['curly quotes', '’'],
    ['accents', '\u0301'],
    ['two accents', '\u0301\u0323'],
    ['pictures', '👍'],
    ['joiners', '\u200d'],
  ])('does not hang on a megabyte of %s, on which quadratic time would take hours', (_, piece) => {
    expect(tokenize(piece.repeat(Math.ceil(1e6 / piece.length))).length).toBeLessThanOrEqual(1e6);
  });

  it('does not hang on accents in the order that costs most to sort', () => {
    expect(tokenize(`a${'\u0301'.repeat(5e5)}${'\u0323'.repeat(5e5)}`)).toHaveLength(1);
  });
});

describe('tokenize, for any text,', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
    fc.constantFrom(
      "'",
      '’',
      '`',
      '<br />',
      '<br',
      '&#39;',
      '&amp;',
      '&#xD83D;',
      '\u200d',
      '\u0301',
      'İ',
      'ẞ',
      'Σ',
      'K',
      '\ud83d',
      '...',
      ' ',
    ),
  );
  const anyText = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const word = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}']*$/u;
  const single = /^(?:[!?.,;:()"]|\p{Extended_Pictographic})$/u;

  it('gives words, kept marks and pictures only, in lower case', () => {
    fc.assert(fc.property(anyText, (text) => {
      for (const token of tokenize(text)) {
        expect(token).not.toMatch(/\s/u);
        expect(word.test(token) || single.test(token)).toBe(true);
        expect(token.toLowerCase().normalize('NFC')).toBe(token);
        expect(token.startsWith("'") || token.endsWith("'")).toBe(false);
      }
    }), { numRuns: 3000 });
  });

  it('gives the same tokens for its tokens', () => {
    fc.assert(fc.property(anyText, (text) => {
      const once = tokenize(text);
      expect(tokenize(once.join(' '))).toEqual(once);
    }), { numRuns: 3000 });
  });
});

const { words: whole, segments } = tokenizers;

describe('data.tokenizer', () => {
  it('words is the tokenizer of every run so far', () => {
    expect(whole.tokenize).toBe(tokenize);
    expect(describeTokenizer('words')).toBe('words 1');
    expect(describeTokenizer('segments')).toBe(`segments 1, ICU ${process.versions.icu}`);
  });

  it.each([
    ['这部电影非常好看。', ['这', '部', '电影', '非常', '好看', '.']],
    ['หนังเรื่องนี้สนุกมาก', ['หนัง', 'เรื่อง', 'นี้', 'สนุก', 'มาก']],
    ["I don't find 电影非常好看 it!", ['i', "don't", 'find', '电影', '非常', '好看', 'it', '!']],
  ])('segments cuts %s', (text, tokens) => {
    expect(segments.tokenize(text)).toEqual(tokens);
  });

  it('segments drops nothing, and leaves text with spaces as words has it', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(segments.tokenize(text).join('')).toBe(whole.tokenize(text).join(''));
      expect(segments.tokenize(text)).not.toContain('');
    }), { numRuns: 300 });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        expect(segments.tokenize(text)).toEqual(whole.tokenize(text));
      }),
      { numRuns: 300 },
    );
  });
});

const listed = ['so', 'good', 'é', 'bad', 'unseen'];
const counts = Int32Array.of(2, 5, 2, 2, 0);

describe('selectVocabulary', () => {
  it('orders by count, then by the word, after <pad> and <unk>', () => {
    expect(selectVocabulary(listed, counts, 100).words).toEqual(['<pad>', '<unk>', 'good', 'bad', 'so', 'é']);
  });

  it('counts the two special words in its size', () => {
    const vocabulary = selectVocabulary(listed, counts, 4);
    expect(vocabulary.words).toEqual(['<pad>', '<unk>', 'good', 'bad']);
    expect(vocabulary.size).toBe(4);
  });

  it('does not depend on the order of the words', () => {
    const reversed = selectVocabulary(listed.toReversed(), counts.toReversed(), 5);
    expect(reversed.words).toEqual(selectVocabulary(listed, counts, 5).words);
  });

  it('has the special words only when nothing was counted', () => {
    expect(selectVocabulary([], new Int32Array(), 20_000).words).toEqual(['<pad>', '<unk>']);
  });
});

describe('a vocabulary', () => {
  const vocabulary = createVocabulary(['<pad>', '<unk>', 'good', 'constructor']);

  it('gives each word its id and every other word that of <unk>', () => {
    expect(vocabulary.words.map((word) => vocabulary.idOf(word))).toEqual([0, UNKNOWN_ID, 2, 3]);
    expect(['never', '', 'toString', '__proto__'].map((word) => vocabulary.idOf(word))).toEqual(Array(4).fill(UNKNOWN_ID));
  });

  it.each([
    ['without <pad>', ['<unk>', 'good']],
    ['with a word twice', ['<pad>', '<unk>', 'good', 'good']],
    ['of nothing', []],
  ])('is not made of a list %s', (_, list) => {
    expect(() => createVocabulary(list)).toThrow('<pad>, <unk> and then distinct words');
  });
});

const vocabulary = createVocabulary(['<pad>', '<unk>', 'a', 'b', 'c', 'd']);
const { words, test: part } = await tokenizeCorpus(corpusOf([], [['a b c d', 1], ['', 0], ['d never c', 0], ['b', 1]]));

const rowsOf = ({ tokenIds, offsets, ids }: ReturnType<typeof encodePart>): number[][] =>
  ids.map((_, row) => [...tokenIds.subarray(offsets[row], offsets[row + 1])]);

describe('encodePart', () => {
  it.each([
    ['start', 3, [[3, 4, 5], [], [5, 1, 4], [3]], 1],
    ['end', 3, [[2, 3, 4], [], [5, 1, 4], [3]], 1],
    ['start', 1, [[5], [], [4], [3]], 2],
    ['end', 1, [[2], [], [5], [3]], 2],
    ['start', 4, [[2, 3, 4, 5], [], [5, 1, 4], [3]], 0],
  ] as const)('cuts the %s of reviews longer than %i', (truncate, maxLength, expected, truncated) => {
    const encoded = encodePart(words, part, vocabulary, { maxLength, truncate });
    expect(rowsOf(encoded)).toEqual(expected);
    expect(encoded.truncatedReviews).toBe(truncated);
  });

  it('counts unknown words among the tokens kept', () => {
    expect(encodePart(words, part, vocabulary, { maxLength: 3, truncate: 'start' }).unknownTokens).toBe(1);
    expect(encodePart(words, part, vocabulary, { maxLength: 1, truncate: 'start' }).unknownTokens).toBe(0);
  });

  it('takes the rows asked for, with their labels and ids', () => {
    const encoded = encodePart(words, part, vocabulary, { maxLength: 2, truncate: 'end' }, Int32Array.of(3, 0));
    expect(rowsOf(encoded)).toEqual([[3], [2, 3]]);
    expect([...encoded.labels]).toEqual([1, 1]);
    expect(encoded.ids).toEqual(['test/3', 'test/0']);
    expect(encoded.vocabularySize).toBe(6);
  });

  it('takes no rows', () => {
    const encoded = encodePart(words, part, vocabulary, { maxLength: 2, truncate: 'end' }, new Int32Array());
    expect([encoded.tokenIds.length, ...encoded.offsets]).toEqual([0, 0]);
  });
});
