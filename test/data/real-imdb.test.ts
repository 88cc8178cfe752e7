import { describe, expect, it } from 'vitest';
import { countSeenInTraining } from '../../src/data/findings.ts';
import { openCorpus } from '../../src/data/open-corpus.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { readVariable } from '../../src/files/user-environment.ts';
import { sentiments } from '../../src/data/review.ts';

const dataPath = readVariable('IMDB_DATA');

describe.skipIf(dataPath === undefined)('the real IMDB archive (set IMDB_DATA to its path to run this)', () => {
  it('has 12,500 reviews in each labelled folder and 123 test reviews that training has too', async () => {
    const source = await openCorpus({ source: 'imdb', dataPath, allowSampleFallback: false });
    const { train, test } = await source.load();
    for (const part of [train, test]) {
      expect(part.filter(({ label }) => label === 0)).toHaveLength(12_500);
      expect(part.filter(({ label }) => label === 1)).toHaveLength(12_500);
    }
    expect([train[0]?.id, train[12_500]?.id, test[0]?.id, test.at(-1)?.id]).toEqual([
      'train/neg/0_3',
      'train/pos/0_9',
      'test/neg/0_2',
      'test/pos/12499_10',
    ]);
    expect(new Set(train.map(({ text }) => text)).size).toBe(24_904);
    expect(new Set(test.map(({ text }) => text)).size).toBe(24_801);
    expect(countSeenInTraining(await tokenizeCorpus({ classes: sentiments, train, validation: [], test, notes: [] }))).toBe(123);
  });
});
