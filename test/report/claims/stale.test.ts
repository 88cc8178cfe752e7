import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { loadExperiment } from '../../../src/experiment/load.ts';
import { describeStale, fingerprintRuns } from '../../../src/articles/claims/read-claims.ts';
import { writeMadeRun } from '../../experiment/made-runs.ts';
import { makeTemporaryFolder } from '../../experiment/temporary-folder.ts';

const root = makeTemporaryFolder();
const [a, b, other, moved] = ([['a', 1, 0], ['b', 2, 0], ['other', 2, 0.01], ['moved', 1, 0]] as const)
  .map(([name, seed, better]) => loadExperiment(writeMadeRun(join(root, name), { seed, better, epochs: 2 })));
const runs = [a!, b!], runsFingerprint = fingerprintRuns(runs);

describe('verdicts are of the runs that are shown', () => {
  it('whatever their order and place', () => {
    expect(describeStale({ runs: 2, runsFingerprint }, [b!, moved!])).toBeNull();
  });

  it('and not where there are as many others', () => {
    expect(describeStale({ runs: 2, runsFingerprint }, [a!, other!])).toBe('the verdicts rest on other runs than the report shows');
  });

  it('or more, or fewer', () => {
    expect(describeStale({ runs: 2, runsFingerprint }, [a!])).toBe('the verdicts rest on 2 published runs, and the report shows 1');
  });

  it('which older verdicts know by their number alone', () => {
    expect(describeStale({ runs: 2 }, [a!, other!])).toBeNull();
    expect(describeStale({ runs: 3 }, runs)).toBe('the verdicts rest on 3 published runs, and the report shows 2');
  });
});
