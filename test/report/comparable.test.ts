import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { officialArchiveHashes, officialFingerprint } from '../../src/data/imdb-layout.ts';
import { loadExperiment } from '../../src/experiment/load.ts';
import { checkSameReviews } from '../../src/report/choose-runs.ts';
import { findDepartures } from '../../src/report/departures.ts';
import { createComparisons } from '../../src/report/comparison.ts';
import { writeMadeRun } from '../experiment/made-runs.ts';
import type { MadeRun } from '../experiment/made-runs.ts';
import { createWorkFolder } from '../support/cli.ts';

const folder = createWorkFolder();
let runs = 0;
const load = (dataset: NonNullable<MadeRun['dataset']>): ReturnType<typeof loadExperiment> =>
  loadExperiment(writeMadeRun(join(folder, `run-${++runs}`), { dataset, seed: runs }));

describe('runs stand side by side', () => {
  it('a published one beside one on the unpacked folder today', () => {
    const published = load({ fingerprint: officialArchiveHashes[1]! });
    const today = load({ fingerprint: officialFingerprint, sourceHash: 'of-the-folder' });
    expect(() => { checkSameReviews([published, today]); }).not.toThrow();
    expect(() => { checkSameReviews([published, load({ fingerprint: 'others', sourceHash: 'x' })]); }).toThrow('different data sets');
  });

  it('one of version 0.1 on a table beside one of today, as one model', () => {
    const before = load({ kind: 'csv', fingerprint: 'file' }), today = load({ kind: 'file', fingerprint: 'reviews', sourceHash: 'file' });
    expect([before, today].map(({ config }) => config.data.source)).toEqual(['file', 'file']);
    const [{ rows, notes }] = createComparisons([before, today]);
    expect(rows).toHaveLength(1);
    expect(notes.join('\n')).not.toContain('data.source');
  });

  it('a Transformer beside the articles\' models where it was trained as they were, whatever its size', () => {
    const model = { type: 'transformer', embeddingSize: 64, dropoutRate: 0.1 } as const;
    const settings = { kind: 'imdb', fingerprint: 'f' } as const;
    const run = (training: object): ReturnType<typeof loadExperiment> =>
      loadExperiment(writeMadeRun(join(folder, `run-${++runs}`), { dataset: settings, seed: runs, model, training }));
    expect(findDepartures(run({}).config)).toEqual([]);
    expect(findDepartures(run({ epochs: 3 }).config)).toEqual([{ key: 'training.epochs', value: 3, articles: 20 }]);
    const [{ rows, notes }, ...others] = createComparisons([load(settings), run({})]);
    expect(rows.map(({ label }) => label)).toEqual(['LSTM', 'Transformer']);
    expect(notes.join('\n')).not.toMatch(/settings, Transformer/);
    expect(others).toEqual([]);
  });

  it('with a word on uneven labels and few test reviews', () => {
    const uneven = {
      fingerprint: 'f',
      sourceHash: 's',
      counts: { train: 180, validation: 20, test: 200 },
      positives: { train: 9, validation: 1, test: 10 },
    };
    const [{ notes }] = createComparisons([load(uneven), load(uneven)]);
    expect(notes).toContain('the labels are uneven: always answering negative gives 95.00 %');
    expect(notes).toContain('only 200 test reviews: chance alone moves an accuracy by up to ±6.9 points (95 %)');
    const [{ notes: others }] = createComparisons([load({ fingerprint: 'f' })]);
    expect(others.join('\n')).not.toMatch(/uneven|only/);
  });
});
