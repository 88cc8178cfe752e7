import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenize, describeTokenizer, tokenizers } from '../../src/text/tokenizer.ts';

const { words, segments } = tokenizers;

describe('data.tokenizer', () => {
  it('words is the tokenizer of every run so far', () => {
    expect(words.tokenize).toBe(tokenize);
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
      expect(segments.tokenize(text).join('')).toBe(words.tokenize(text).join(''));
      expect(segments.tokenize(text)).not.toContain('');
    }), { numRuns: 300 });
    fc.assert(fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => { expect(segments.tokenize(text)).toEqual(words.tokenize(text)); }), { numRuns: 300 });
  });
});
