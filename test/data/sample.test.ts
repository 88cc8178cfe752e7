import { describe, expect, it } from 'vitest';
import type { Review } from '../../src/data/review.ts';
import { createSampleCorpus, createSampleSource } from '../../src/data/sample.ts';

const corpus = createSampleCorpus();
const all = [...corpus.train, ...corpus.test];
const tokenize = (text: string): string[] => text.toLowerCase().match(/[a-z]+|[.,]/g) ?? [];

/** Test accuracy of a logistic regression on word counts, fitted by full-batch gradient descent with momentum. */
function bagOfWordsAccuracy(train: readonly Review[], test: readonly Review[]): { train: number; test: number } {
  const vocabulary = new Map<string, number>();
  for (const { text } of train) for (const word of tokenize(text)) if (!vocabulary.has(word)) vocabulary.set(word, vocabulary.size);
  const toIds = ({ text }: Review): number[] => tokenize(text).flatMap((word) => vocabulary.get(word) ?? []);
  const rows = train.map(toIds);
  const weights = new Float64Array(vocabulary.size), velocity = new Float64Array(vocabulary.size);
  let bias = 0;
  const score = (ids: readonly number[]): number => ids.reduce((sum, id) => sum + weights[id]!, bias);
  for (let step = 0; step < 300; step++) {
    const gradient = new Float64Array(vocabulary.size);
    rows.forEach((ids, row) => {
      const error = (1 / (1 + Math.exp(-score(ids))) - train[row]!.label) / rows.length;
      bias -= error;
      for (const id of ids) gradient[id]! += error;
    });
    weights.forEach((_, id) => {
      velocity[id] = 0.9 * velocity[id]! - 0.1 * (gradient[id]! + 1e-4 * weights[id]!);
      weights[id]! += velocity[id];
    });
  }
  const accuracy = (part: readonly Review[]): number =>
    part.filter((review) => score(toIds(review)) > 0 === (review.label === 1)).length / part.length;
  return { train: accuracy(train), test: accuracy(test) };
}

describe('the synthetic sample', () => {
  it('has 2,000 reviews for training and 1,000 for test, balanced, all different', () => {
    for (const [part, count] of [[corpus.train, 2000], [corpus.test, 1000]] as const) {
      expect(part).toHaveLength(count);
      expect(part.filter(({ label }) => label === 1)).toHaveLength(count / 2);
    }
    expect(new Set(all.map(({ id }) => id)).size).toBe(3000);
    expect(new Set(all.map(({ text }) => text)).size).toBe(3000);
  });

  it('has reviews of 20 to 120 words, of a few hundred different words, without leftovers of the grammar', () => {
    const lengths = all.map(({ text }) => text.split(' ').length);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(120);
    const words = new Set(all.flatMap(({ text }) => tokenize(text)));
    expect(words.size).toBeGreaterThan(150);
    expect(words.size).toBeLessThan(400);
    expect(all.filter(({ text }) => /[{}]|undefined|\ba [aeiou]|[^.]$/.test(text))).toEqual([]);
  });

  it('is the same on every machine', async () => {
    expect(createSampleCorpus()).toEqual(corpus);
    expect(await createSampleSource().sourceHash()).toMatchInlineSnapshot(
      `"7cb7481c815cbfd9b7ccd42d36fe8247f352a2d37c48f81c25804c4f180334e4"`,
    );
    expect(corpus.train[0]).toMatchInlineSnapshot(`
      {
        "id": "sample/train/0",
        "label": 0,
        "text": "This is a noisy film. To me the cast felt bland. Then the nurse sells the map and leaves an old hotel. The driver gives the photograph to the doctor.",
      }
    `);
  });

  it('is marked synthetic', async () => {
    const source = createSampleSource();
    expect(source).toMatchObject({ kind: 'sample', synthetic: true, location: 'built-in synthetic sample' });
    expect(await source.load()).toEqual(corpus);
  });

  it('is only partly solved by counting words: about 80 %', () => {
    const accuracy = bagOfWordsAccuracy(corpus.train, corpus.test);
    expect(accuracy.train).toBeGreaterThan(0.76);
    expect(accuracy.test).toBeGreaterThan(0.74);
    expect(accuracy.test).toBeLessThan(0.86);
  });
});
