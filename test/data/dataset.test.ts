import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createDataset } from '../../src/data/dataset.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import type { EncodedPart } from '../../src/text/encode.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { UserError } from '../../src/errors.ts';
import { corpusOf, dataConfig, numberedTexts, encodedPart } from './corpus-fixture.ts';
import type { LabelledText } from './corpus-fixture.ts';
import { createBatchPacker, evaluationBatches, planEpoch } from '../../src/data/batches.ts';
import type { EpochOrder, PackedBatch } from '../../src/data/batches.ts';
import { countSeenInTraining, findDataWarnings, shareOfUnknown } from '../../src/data/findings.ts';
import { ignoreProgress } from '../../src/progress.ts';

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

  it('takes fewer training reviews by trainLimit, some of those that a larger one takes, and leaves the test part as it was', () => {
    const [few, more] = [10, 40].map((trainLimit) => createDataset(corpus, dataConfig({ limit: 60, trainLimit, validationFraction: 0 })));
    expect([few!.train, more!.train, few!.test].map(({ ids }) => ids.length)).toEqual([10, 40, 60]);
    expect(more!.train.ids).toEqual(expect.arrayContaining([...few!.train.ids]));
    expect(few!.test.ids).toEqual(more!.test.ids);
    expect(few!.test.ids).toEqual(createDataset(corpus, dataConfig({ limit: 60 })).test.ids);
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
    [{ trainLimit: 202 },
      'data.trainLimit: 202 wants 101 negative training reviews, and there are 100; choose at most 200, or null for data.limit'],
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

const VOCABULARY = 12;
const anyRows = fc.array(fc.array(fc.integer({ min: 1, max: VOCABULARY - 1 }), { maxLength: 9 }), { maxLength: 40 });

/** The tokens of each row, read back from the packed layout. */
function unpack({ lengths, batchSizes, tokenIds }: PackedBatch): number[][] {
  const rows: number[][] = Array.from(lengths, () => []);
  let offset = 0;
  for (const active of batchSizes) {
    for (let row = 0; row < active; row++) rows[row]!.push(tokenIds[offset + row]!);
    offset += active;
  }
  expect(offset).toBe(tokenIds.length);
  return rows;
}

function expectPacked(batch: PackedBatch, rows: readonly (readonly number[])[]): void {
  const { lengths, batchSizes, tokenIds, distinctIds, distinctIndex } = batch;
  expect(unpack(batch)).toEqual(Array.from(batch.rows, (row) => rows[row]));
  expect([...lengths]).toEqual(Array.from(batch.rows, (row) => rows[row]!.length));
  expect([...lengths]).toEqual([...lengths].toSorted((a, b) => b - a));
  expect([...batchSizes]).toEqual(Array.from({ length: lengths[0] ?? 0 }, (_, step) => lengths.filter((length) => length > step).length));
  expect(Array.from(distinctIndex, (place) => distinctIds[place])).toEqual([...tokenIds]);
  expect(new Set(distinctIds).size).toBe(distinctIds.length);
  expect(new Set(distinctIds)).toEqual(new Set(tokenIds));
  expect([...batch.labels]).toEqual(Array.from(batch.rows, (row) => row % 2));
}

const trainingBatches = (part: EncodedPart, order: EpochOrder): PackedBatch[] => planEpoch(part, order).map(createBatchPacker(part));
const rowsOf = (batches: Iterable<PackedBatch>): number[] => [...batches].flatMap(({ rows }) => [...rows]);

describe('createBatchPacker', () => {
  it('packs time-major, longest row first, rows of one length in the given order', () => {
    const packBatch = createBatchPacker(encodedPart([[5, 6], [7], [2, 3, 2], [4, 7], []], 8));
    expect(packBatch(Int32Array.of(4, 3, 0, 2, 1))).toEqual({
      rows: Int32Array.of(2, 3, 0, 1, 4),
      lengths: Int32Array.of(3, 2, 2, 1, 0),
      batchSizes: Int32Array.of(4, 3, 1),
      tokenIds: Int32Array.of(2, 4, 5, 7, /* step 1 */ 3, 7, 6, /* step 2 */ 2),
      distinctIds: Int32Array.of(2, 4, 5, 7, 3, 6),
      distinctIndex: Int32Array.of(0, 1, 2, 3, 4, 3, 5, 0),
      labels: Int32Array.of(0, 1, 0, 1, 0),
    });
  });

  it('packs empty reviews alone into no steps', () => {
    const batch = createBatchPacker(encodedPart([[], []], 3))(Int32Array.of(1, 0));
    expect([batch.batchSizes.length, batch.tokenIds.length, batch.distinctIds.length]).toEqual([0, 0, 0]);
    expect([...batch.rows]).toEqual([1, 0]);
    expect([...batch.lengths]).toEqual([0, 0]);
  });

  it('keeps every invariant of a packed batch, batch after batch, and leaves its argument alone', () => {
    fc.assert(fc.property(anyRows.filter((rows) => rows.length > 0), fc.array(fc.nat(), { maxLength: 20 }), (rows, picks) => {
      const packBatch = createBatchPacker(encodedPart(rows, VOCABULARY));
      const picked = Int32Array.from(picks, (pick) => pick % rows.length);
      const before = [...picked];
      expectPacked(packBatch(picked), rows);
      expectPacked(packBatch(picked), rows);
      expect([...picked]).toEqual(before);
    }), { numRuns: 500 });
  });
});

describe('planEpoch', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => Array.from({ length: (i * 37) % 101 }, () => 2 + (i % 9)));
  const part = encodedPart(rows, VOCABULARY);
  const order = { batchSize: 16, bucketBatches: 20, seed: 1, epoch: 0 };
  const paddedShare = (bucketBatches: number): number => {
    const batches = trainingBatches(part, { ...order, bucketBatches });
    const cells = batches.reduce((sum, { rows: { length }, batchSizes }) => sum + length * batchSizes.length, 0);
    return 1 - part.tokenIds.length / cells;
  };

  it('gives every review exactly once, in full batches but one', () => {
    fc.assert(
      fc.property(
        anyRows,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(99),
        (some, batchSize, bucketBatches, epoch) => {
          const batches = trainingBatches(encodedPart(some, VOCABULARY), { batchSize, bucketBatches, seed: 3, epoch });
          expect(rowsOf(batches).toSorted((a, b) => a - b)).toEqual([...some.keys()]);
          expect(batches).toHaveLength(Math.ceil(some.length / batchSize));
          expect(batches.filter((batch) => batch.rows.length < batchSize).length).toBeLessThanOrEqual(1);
          for (const batch of batches) expectPacked(batch, some);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('orders an epoch by its seed and number alone', () => {
    const first = rowsOf(trainingBatches(part, order));
    expect(rowsOf(trainingBatches(part, order))).toEqual(first);
    expect(rowsOf(trainingBatches(part, { ...order, epoch: 1 }))).not.toEqual(first);
    expect(rowsOf(trainingBatches(part, { ...order, seed: 2 }))).not.toEqual(first);
  });

  it('pins the order, so that a resumed run of a later version goes on as it began', () => {
    const small = encodedPart([[1], [1, 1], [1, 1, 1], [], [1, 1], [1]], VOCABULARY);
    const plan = planEpoch(small, { batchSize: 2, bucketBatches: 2, seed: 1, epoch: 0 });
    expect(plan.map((batch) => [...batch])).toEqual([[5, 3], [2, 0], [1, 4]]);
  });

  it('puts reviews of like length together, and not when bucketing is off', () => {
    expect(paddedShare(20)).toBeLessThan(0.1);
    expect(paddedShare(1)).toBeGreaterThan(0.4);
  });

  it('does not go from long batches to short ones', () => {
    const lengths = trainingBatches(part, { ...order, bucketBatches: 1000 }).map(({ batchSizes }) => batchSizes.length);
    const falls = lengths.filter((length, i) => i > 0 && length < lengths[i - 1]!).length;
    expect(falls / lengths.length).toBeGreaterThan(0.3);
    expect(falls / lengths.length).toBeLessThan(0.7);
  });
});

describe('evaluationBatches', () => {
  it('gives every review exactly once, the longest first', () => {
    fc.assert(fc.property(anyRows, fc.integer({ min: 1, max: 9 }), (rows, batchSize) => {
      const batches = [...evaluationBatches(encodedPart(rows, VOCABULARY), batchSize)];
      expect(rowsOf(batches).toSorted((a, b) => a - b)).toEqual([...rows.keys()]);
      const lengths = batches.flatMap((batch) => [...batch.lengths]);
      expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
      for (const batch of batches) expectPacked(batch, rows);
    }), { numRuns: 200 });
  });
});

/** Sentences of a few common words, as text without spaces is: no two alike, each word in many. */
const words = ['电影', '非常', '好看', '难看', '故事', '演员', '我们', '喜欢', '没有', '时间', '音乐', '导演'];
function sentences(first: number, count: number): LabelledText[] {
  return Array.from({ length: count }, (_, i) => {
    const at = first + i;
    return [
      `${[1, 5, 7, 11].map((step) => words[(at * step + Math.floor(at / 12)) % words.length] ?? '').join('')}${at}。`,
      at % 2 === 0 ? 0 : 1,
    ];
  });
}

describe('what is wrong with reviews as they are read', () => {
  it('is that text without spaces is taken for one word a phrase, and unknown in the test part', async () => {
    const corpus = corpusOf(sentences(0, 60), sentences(60, 40));
    const dataset = createDataset(await tokenizeCorpus(corpus), dataConfig());
    expect(shareOfUnknown(dataset.train)).toBe(0);
    expect(findDataWarnings(dataset, 'words')).toEqual([
      expect.stringMatching(/^most of the text is written without spaces .*--set data\.tokenizer=segments$/),
      expect.stringMatching(/^50\.0 % of the tokens of the test reviews are unknown/),
    ]);
    const segmented = createDataset(await tokenizeCorpus(corpus, ignoreProgress, 'segments'), dataConfig({ tokenizer: 'segments' }));
    expect(shareOfUnknown(segmented.test)).toBeLessThan(0.3);
    expect(findDataWarnings(segmented, 'segments')).toEqual([]);
  });

  it('is nothing of ordinary text, a foreign word in it or not', async () => {
    const texts = numberedTexts(60).map(([text, label]): LabelledText => [`${text} 七人の侍`, label]);
    expect(findDataWarnings(createDataset(await tokenizeCorpus(corpusOf(texts, texts)), dataConfig()), 'words')).toEqual([]);
  });
});

it('test reviews that training has too are counted by their tokens', async () => {
  const corpus = corpusOf(
    [
      ['Good film.', 1],
      ['Bad', 0],
      ['', 0],
    ],
    [
      ['good  film .', 0],
      ['bad film', 0],
      ['', 1],
      ['Bad', 0],
      ['Bad', 0],
    ],
  );
  expect(countSeenInTraining(await tokenizeCorpus(corpus))).toBe(4);
});
