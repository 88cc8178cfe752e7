import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDataset, type Dataset } from '../../src/data/dataset.ts';
import type { EncodedPart } from '../../src/text/encode.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { UserError } from '../../src/errors.ts';
import { corpusOf, dataConfig, numberedTexts, type LabelledText } from './corpus-fixture.ts';

const corpus = await tokenizeCorpus(corpusOf(numberedTexts(200), numberedTexts(100)));
const positives = ({ labels }: EncodedPart): number => labels.reduce((sum, label) => sum + label, 0);
const decode = ({ vocabulary }: Dataset, { tokenIds, offsets, ids }: EncodedPart): string[] =>
  ids.map((_, row) => Array.from(tokenIds.subarray(offsets[row], offsets[row + 1]), (id) => vocabulary.words[id]).join(' '));

describe('createDataset', () => {
  it('holds out a balanced tenth of the training reviews and keeps the rest, in order', () => {
    const { train, validation, test } = createDataset(corpus, dataConfig());
    expect([train, validation, test].map(({ ids }) => ids.length)).toEqual([180, 20, 100]);
    expect([train, validation, test].map(positives)).toEqual([90, 10, 50]);
    expect([...train.ids, ...validation.ids].toSorted()).toEqual(corpus.train.ids.toSorted());
    const places = train.ids.map((id) => corpus.train.ids.indexOf(id));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('makes the same split from the same splitSeed, and another from another', () => {
    const idsOf = (splitSeed: number): readonly string[] => createDataset(corpus, dataConfig({ splitSeed })).validation.ids;
    expect(idsOf(7)).toEqual(idsOf(7));
    expect(idsOf(7)).not.toEqual(idsOf(8));
  });

  it('knows no word that is in held-out or test reviews only', () => {
    const dataset = createDataset(corpus, dataConfig({ validationFraction: 0.5 }));
    expect(dataset.vocabulary.size).toBe(2 + 100 + 3);
    expect(dataset.vocabulary.words.slice(2, 5)).toEqual(['and', 'on', 'so']);
    expect(dataset.train.unknownTokens).toBe(0);
    expect(dataset.validation.unknownTokens).toBe(100);
    expect(decode(dataset, dataset.validation).every((text) => text.startsWith('<unk>'))).toBe(true);
    const number = Number(dataset.train.ids[0]?.slice('train/'.length));
    expect(decode(dataset, dataset.train)[0]).toBe(`text${number}${' and so on'.repeat(number % 3)}`);
  });

  it('counts words beyond maxLength for the vocabulary', async () => {
    const long = await tokenizeCorpus(corpusOf([['first last', 0], ['first last', 1]]));
    const { vocabulary, train } = createDataset(long, dataConfig({ maxLength: 1, validationFraction: 0 }));
    expect(vocabulary.words.slice(2)).toEqual(['first', 'last']);
    expect([...train.tokenIds]).toEqual([3, 3]);
    expect(train.truncatedReviews).toBe(2);
  });

  it('has no validation part when its share is 0', () => {
    const { train, validation } = createDataset(corpus, dataConfig({ validationFraction: 0 }));
    expect(validation.ids).toEqual([]);
    expect(train.ids).toEqual(corpus.train.ids);
  });

  it('keeps an empty review', async () => {
    const { train } = createDataset(await tokenizeCorpus(corpusOf([['', 0], ['fine', 1]])), dataConfig({ validationFraction: 0 }));
    expect([...train.offsets]).toEqual([0, 0, 1]);
  });

  it('takes a balanced, seeded subset of each part, and the validation part out of it', () => {
    const { train, validation, test } = createDataset(corpus, dataConfig({ limit: 40 }));
    expect([train, validation, test].map(({ ids }) => ids.length)).toEqual([36, 4, 40]);
    expect([train, validation, test].map(positives)).toEqual([18, 2, 20]);
    expect(createDataset(corpus, dataConfig({ limit: 40 })).test.ids).toEqual(test.ids);
    expect(createDataset(corpus, dataConfig({ limit: 40, splitSeed: 1 })).test.ids).not.toEqual(test.ids);
  });

  it('gives the odd review of a limit to the negatives', () => {
    const { test } = createDataset(corpus, dataConfig({ limit: 5 }));
    expect([...test.labels].toSorted()).toEqual([0, 0, 0, 1, 1]);
  });

  it('holds out one review of each label at least', () => {
    expect(createDataset(corpus, dataConfig({ limit: 4 })).validation.ids).toHaveLength(2);
  });

  it('holds out the same share of each label when the labels are not balanced', async () => {
    const texts = numberedTexts(120).map(([text], i): LabelledText => [text, i < 90 ? 1 : 0]);
    const { validation } = createDataset(await tokenizeCorpus(corpusOf(texts)), dataConfig());
    expect([validation.ids.length, positives(validation)]).toEqual([12, 9]);
  });

  it.each([
    [{ limit: 202 }, 'data.limit: 202 wants 101 negative training reviews, and there are 100; choose at most 200, or null for all'],
    [{ limit: 150 }, 'data.limit: 150 wants 75 negative test reviews, and there are 50; choose at most 100, or null for all'],
    [{ limit: 2 }, 'data.validationFraction: 0.1 of 2 training reviews cannot be held out with reviews of each label on both sides; '
      + 'use more distinct reviews, or 0 for no validation'],
  ])('refuses %j', (settings, message) => {
    const create = (): unknown => createDataset(corpus, dataConfig(settings));
    expect(create).toThrow(new UserError(message));
  });

  it('refuses a limit where a label is missing', async () => {
    const oneSided = await tokenizeCorpus(corpusOf([['a', 1], ['b', 1]], [['c', 0]]));
    expect(() => createDataset(oneSided, dataConfig({ limit: 2 })))
      .toThrow('data.limit: 2 wants 1 negative training reviews, and there are 0; it needs reviews of both labels, so leave it null');
  });

  it('never separates reviews with the same tokens, whatever their labels', async () => {
    const text = fc.tuple(fc.constantFrom('a', 'A', 'b!', 'c c', 'd', 'e', 'f', '', '...'), fc.constantFrom<0 | 1>(0, 1));
    const rest = numberedTexts(30);
    await fc.assert(fc.asyncProperty(fc.array(text, { maxLength: 30 }), fc.nat(1000), async (texts, splitSeed) => {
      const tokenized = await tokenizeCorpus(corpusOf([...texts, ...rest]));
      const { train, validation } = createDataset(tokenized, dataConfig({ splitSeed, validationFraction: 0.4 }));
      const contentOf = (part: EncodedPart): Set<string> => new Set(part.ids.map((id) => {
        const row = tokenized.train.ids.indexOf(id);
        return tokenized.train.wordIds.subarray(tokenized.train.offsets[row], tokenized.train.offsets[row + 1]).join(' ');
      }));
      const learned = contentOf(train);
      expect([...contentOf(validation)].filter((content) => learned.has(content))).toEqual([]);
      expect(train.ids.length + validation.ids.length).toBe(texts.length + rest.length);
    }), { numRuns: 100 });
  });
});
