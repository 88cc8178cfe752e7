import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { officialArchiveHashes, officialFingerprint } from '../../src/data/imdb-layout.ts';
import { loadExperiment } from '../../src/experiment/load.ts';
import { checkSameReviews } from '../../src/report/choose-runs.ts';
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
