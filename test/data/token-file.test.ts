import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTokenFile, encodeTokenFile } from '../../src/data/token-file.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { corpusOf } from './corpus-fixture.ts';

const corpus = await tokenizeCorpus(corpusOf([['Good é 七人の侍 👍', 1], ['', 0], ['so so.', 1]], [['bad', 0]]));
const file = Buffer.concat(encodeTokenFile('key', corpus));

describe('a token file', () => {
  it('gives back the corpus it was made of', async () => {
    const texts = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.constantFrom<0 | 1>(0, 1)), { maxLength: 6 });
    await fc.assert(fc.asyncProperty(texts, texts, async (train, test) => {
      const made = await tokenizeCorpus(corpusOf(train, test));
      expect(decodeTokenFile('key', Buffer.concat(encodeTokenFile('key', made)))).toEqual(made);
    }), { numRuns: 200 });
  });

  it('keeps ids with any character', () => {
    const odd = { ...corpus, train: { ...corpus.train, ids: ['a\nb', '"\ud83d', '\0'] } };
    expect(decodeTokenFile('key', Buffer.concat(encodeTokenFile('key', odd)))).toEqual(odd);
  });

  it('is read in place', () => {
    const aligned = new Uint8Array(file);
    expect(decodeTokenFile('key', aligned).train.wordIds.buffer).toBe(aligned.buffer);
  });

  it.each([1, 2, 3])('is read %i bytes into a buffer', (shift) => {
    const shifted = new Uint8Array(file.length + shift);
    shifted.set(file, shift);
    expect(decodeTokenFile('key', shifted.subarray(shift))).toEqual(corpus);
  });

  it('is refused with any bit flipped', () => {
    for (let at = 0; at < file.length; at++) {
      const damaged = new Uint8Array(file);
      damaged[at]! ^= 1 << at % 8;
      expect(() => decodeTokenFile('key', damaged)).toThrow('its checksum does not match');
    }
  });

  it('is refused at any shorter or greater length', () => {
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeTokenFile('key', file.subarray(0, length))).toThrow(/it is cut short|its checksum does not match/);
    }
    expect(() => decodeTokenFile('key', Buffer.concat([file, Buffer.alloc(4)]))).toThrow('its checksum does not match');
  });

  it('is refused under another key', () => {
    expect(() => decodeTokenFile('other', file)).toThrow('it belongs to other data');
  });
});
