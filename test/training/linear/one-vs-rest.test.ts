import { describe, expect, it } from 'vitest';

import { createDataset } from '../../../src/data/dataset.ts';
import { tokenizeCorpus } from '../../../src/data/tokenized-corpus.ts';
import { indexOfLargest } from '../../../src/measure/classification.ts';
import { toLabel } from '../../../src/measure/statistics.ts';
import { linearModels } from '../../../src/training/linear/settings.ts';
import { createSigns, judgeClasses, toProbabilities } from '../../../src/training/linear/one-vs-rest.ts';
import { trainLinear } from '../../../src/training/linear/train-linear.ts';
import type { LinearEvent } from '../../../src/training/linear/train-linear.ts';
import { experimentSchemas } from '../../../src/experiment-schema.ts';
import { namesOf } from '../../../src/registry.ts';
import { dataConfig } from '../../data/corpus-fixture.ts';

describe('one class against the others', () => {
  it('is one problem of two classes, the second\'s, and one for each class of more', () => {
    expect(createSigns(Uint8Array.of(0, 1, 1), 2).map((signs) => [...signs])).toEqual([[-1, 1, 1]]);
    expect(createSigns(Uint8Array.of(0, 2, 1), 3).map((signs) => [...signs])).toEqual([[1, -1, -1], [-1, -1, 1], [-1, 1, -1]]);
  });

  it('gives probabilities that sum to 1 and have their scores\' order', () => {
    const scores = [Float64Array.of(0, -900), Float64Array.of(2, -900), Float64Array.of(-1, -900)];
    const [first, second] = toProbabilities(scores);
    const sigmoid = [0, 2, -1].map((score) => 1 / (1 + Math.exp(-score))), sum = sigmoid.reduce((total, value) => total + value, 0);
    expect(first).toEqual(sigmoid.map((value) => value / sum));
    expect(second).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(judgeClasses(scores, Uint8Array.of(1, 0))).toEqual({
      lossSum: expect.closeTo(-Math.log((sigmoid[1] ?? 0) / sum) + Math.log(3), 12) as number, correct: 2, examples: 2,
    });
  });

  it.each([
    [0, 0], [1e-18, 0], [1e-16, 0], [-1e-16, 0], [3e-16, 1], [40, 1], [-40, 0], [700, 1],
  ])('a score of %d is class %i, by its probability and by its pair, and both keep their digits', (score, label) => {
    const [[first = Number.NaN, second = Number.NaN] = []] = toProbabilities([Float64Array.of(score)]);
    expect([indexOfLargest([first, second]), toLabel(second)]).toEqual([label, label]);
    expect(Math.log(second) - Math.log(first)).toBeCloseTo(score, 9);
  });
});

const topics = ['sport', 'food', 'tech'];
/** A word of the review's topic among two of others, so that only the three together tell it. */
const reviews = (part: string, count: number): { id: string; text: string; label: number }[] => Array.from({ length: count }, (_, i) => {
  const label = i % 3, words = [topics[label], topics[label], topics[(label + 1 + Math.floor(i / 3) % 2) % 3]];
  return { id: `${part}/${i}`, text: `${words.join(' ')} filler ${i % 7}`, label };
});

it.each(namesOf(linearModels))('%s learns three classes, keeps a weight of each feature for each, and the probabilities of each', async (type) => {
  const corpus = { classes: topics, train: reviews('train', 120), validation: [], test: reviews('test', 30), notes: [] };
  const dataset = createDataset(await tokenizeCorpus(corpus), dataConfig());
  const config = experimentSchemas[type].parse({ model: { type, ...(type === 'bag-of-words' ? { values: 'counts' } : {}) } });
  const events: LinearEvent[] = [...trainLinear(config, dataset)];
  const features = events.find((event) => event.kind === 'features'), end = events.find((event) => event.kind === 'epoch');
  expect((features?.parameters ?? 1) % 3).toBe(0);
  expect(end?.record.testAccuracy).toBeGreaterThan(0.9);
  const rows = end?.testProbabilities ?? [];
  expect(rows).toHaveLength(30);
  for (const row of rows) expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  const right = rows.filter((row, k) => row.indexOf(Math.max(...row)) === dataset.test.labels[k]).length;
  expect(right / 30).toBe(end?.record.testAccuracy);
});
