import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { loadExperiment } from '../../../src/experiment/load.ts';
import { checkClaims } from '../../../src/articles/claims/check-claims.ts';
import type { CheckedClaim } from '../../../src/articles/claims/finding.ts';
import { createComparisons, createEvidence } from '../../../src/report/comparison.ts';
import { writeMadeRun } from '../../experiment/made-runs.ts';
import type { MadeRun } from '../../experiment/made-runs.ts';
import { makeTemporaryFolder } from '../../experiment/temporary-folder.ts';
import { makeMeasurements } from './made-evidence.ts';

const root = makeTemporaryFolder();
let made = 0;

/** Three seeds of a model whose accuracy is about this. */
const seedsOf = (model: NonNullable<MadeRun['model']>, accuracy: number, more: MadeRun = {}): MadeRun[] =>
  [1, 2, 3].map((seed) => ({ model, seed, epochs: 3, given: () => ({ testAccuracy: accuracy + seed / 1000 }), ...more }));

async function check(id: string, runs: readonly MadeRun[]): Promise<CheckedClaim> {
  const folder = join(root, String(made++));
  mkdirSync(folder);
  const experiments = runs.map((run, k) => loadExperiment(writeMadeRun(join(folder, String(k)), run)));
  const context = { comparison: createEvidence(experiments), studies: new Map(), measurements: makeMeasurements() };
  for await (const claim of checkClaims(context, [id])) return claim;
  throw new Error(`${id} was not checked`);
}

describe('claims look at all runs', () => {
  const lstm = seedsOf({ cell: 'lstm' }, 0.87), shallow = { layers: 1 };
  const both = [...lstm, ...seedsOf({ cell: 'lstm', ...shallow }, 0.85), ...seedsOf({ cell: 'gru', ...shallow }, 0.84)];

  it('those too that make a table of their own, since two models share their settings', async () => {
    const experiments = both.map((run, k) => loadExperiment(writeMadeRun(join(root, `both-${k}`), run)));
    expect(createComparisons(experiments).map(({ settings }) => settings)).toEqual([null, 'layers 1']);
    const { figure, reason } = await check('C21', both);
    expect(figure).toContain('1 layer 85.20 ± 0.10 %, 3 seeds; 2 layers 87.20 ± 0.10 %, 3 seeds');
    expect(reason).toContain('Holds: 2 layers gain over 1 (+2.00 points');
  });

  it('whatever says only how a run is kept', async () => {
    const kept = seedsOf({ cell: 'lstm', ...shallow }, 0.85, { training: { checkpointSeconds: 600 } });
    expect((await check('C21', [...lstm, ...kept])).reason).toContain('Holds: 2 layers gain over 1');
  });

  it('those too whose label names a setting that the articles say nothing of', async () => {
    const [clipped, unclipped] = [
      seedsOf({ cell: 'lstm' }, 0.9, { training: { clipNorm: 5 } }),
      seedsOf({ cell: 'lstm' }, 0.9, { training: { clipNorm: null } }),
    ];
    expect((await check('C4', [...clipped, ...unclipped])).reason).toContain('Holds: LSTM reaches 87.2 %');
  });

  it('but not at those of other data, which are no evidence on the articles\' figures', async () => {
    const part = seedsOf({ cell: 'lstm' }, 0.9, { data: { limit: 200 }, dataset: { counts: { train: 180, validation: 20, test: 200 } } });
    expect((await check('C4', part)).verdict).toBe('not checkable here');
    expect(
      (
        await check('C21', [
          ...part,
          ...seedsOf({ cell: 'lstm', layers: 1 }, 0.8, {
            data: { limit: 200 },
            dataset: { counts: { train: 180, validation: 20, test: 200 } },
          }),
        ])
      ).verdict,
    ).toBe('not checkable here');
  });
});
