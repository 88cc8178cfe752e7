import { describe, expect, it } from 'vitest';

import { createRecallCorpus, createRecallSource } from '../../src/data/recall.ts';
import type { Review } from '../../src/data/review.ts';
import { loadConfig } from '../../src/experiment-config.ts';
import { isNeural } from '../../src/experiment-schema.ts';
import { createDataset } from '../../src/data/dataset.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';

const cueOf = ({ text }: Review, distance: number): string | undefined => text.split(' ').at(-1 - distance);

describe.each([0, 7, 60])('the memory task at a distance of %i', (distance) => {
  const corpus = createRecallCorpus(distance);
  const parts = [corpus.train, corpus.test];

  it('has half of each label in both parts, and ids of its own', () => {
    for (const part of parts) {
      expect(part).toHaveLength(10_000);
      expect(part.filter(({ label }) => label === 1)).toHaveLength(5000);
    }
    expect(new Set(parts.flat().map(({ id }) => id)).size).toBe(20_000);
  });

  it('is solved by the one word at that distance from the end, always', () => {
    for (const review of parts.flat()) expect(cueOf(review, distance)).toBe(corpus.classes[review.label]);
  });

  it('says nothing of the label in any other word: there is one cue, and without it the texts of both labels are alike', () => {
    const counts = [new Map<string, number>(), new Map<string, number>()];
    let words = 0;
    for (const { text, label } of parts.flat()) {
      const others = text.split(' ').filter((word) => !corpus.classes.includes(word));
      expect(text.split(' ')).toHaveLength(others.length + 1);
      for (const word of others) counts[label]!.set(word, (counts[label]!.get(word) ?? 0) + 1);
      words += others.length;
    }
    const expected = words / 2 / 64;
    expect(counts[0]!.size).toBe(64);
    // Five standard deviations of a binomial count.
    for (const side of counts) for (const count of side.values()) expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });

  it('says nothing of the label in the number of words', () => {
    const lengths = ([0, 1] as const).map((label) => {
      const histogram = new Array<number>(10).fill(0);
      for (const { text } of parts.flat().filter((review) => review.label === label)) histogram[text.split(' ').length - 1 - distance]! += 1;
      return histogram;
    });
    for (const histogram of lengths) {
      expect(histogram).toHaveLength(10); // 0 to 9 words before the cue
      for (const count of histogram) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000));
    }
  });
});

describe('the memory task', () => {
  it('is the same on every machine', async () => {
    // A change of these makes kept tokens stale: raise VERSION in src/data/recall.ts.
    const corpus = createRecallCorpus(5);
    expect(corpus.train.slice(0, 2)).toMatchInlineSnapshot(`
      [
        {
          "id": "recall/train/0",
          "label": 0,
          "text": "road left bell roof lake book path",
        },
        {
          "id": "recall/train/1",
          "label": 0,
          "text": "stone left boat rain bark pine clay",
        },
      ]
    `);
    expect((await tokenizeCorpus(corpus)).fingerprint).toMatchInlineSnapshot(`"f06fdb80f7a02d0efd9a5acd8ed48692617d501faa4c9b90848f489c73dd4198"`);
    expect(await createRecallSource({ distance: 5, maxLength: 300 }).sourceHash()).toMatchInlineSnapshot(`"4c25a5a427b9303dd6dae08c6c26a73d992382220b38987a51ab5e18b61b7cdd"`);
  });

  it('is marked synthetic, and another source at every distance', async () => {
    const [near, far] = [5, 6].map((distance) => createRecallSource({ distance, maxLength: 300 }));
    expect(near).toMatchObject({ kind: 'recall', synthetic: true, location: 'built-in memory task, the cue 5 tokens before the end' });
    expect(await near!.sourceHash()).not.toBe(await far!.sourceHash());
    expect(await near!.load()).toEqual(createRecallCorpus(5));
  });

  it('is cut by data.limit and split as any reviews are, and no text loses its cue', async () => {
    const { config } = loadConfig('sample.yaml', { set: ['data.source=recall', 'data.distance=5', 'data.maxLength=15', 'data.limit=400'] });
    expect(isNeural(config)).toBe(true);
    const { train, validation, test, vocabulary } = createDataset(await tokenizeCorpus(createRecallCorpus(5)), config.data);
    expect([train, validation, test].map(({ labels }) => labels.length)).toEqual([360, 40, 400]);
    expect(vocabulary.size).toBe(68); // two cues, 64 other words, padding and unknown
    for (const part of [train, validation, test]) {
      part.labels.forEach((label, row) => {
        expect(vocabulary.words[part.tokenIds[part.offsets[row + 1]! - 6]!]).toBe(['left', 'right'][label]);
      });
    }
  });
});
