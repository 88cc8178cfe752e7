import { createHash } from 'node:crypto';

import type { Experiment } from '../../experiment/load.ts';
import type { CheckedClaims } from './claim.ts';

/**
 * SHA-256 of what claims read of runs, whatever their order and wherever they lie. It is of records alone, which no later version of
 * this project changes.
 */
export function fingerprintRuns(experiments: readonly Experiment[]): string {
  const lines = experiments.map(({ config: { seed }, environment: { startedAt }, summary: { status, parameters }, epochs }) => JSON.stringify([
    startedAt, seed, status, parameters.total, epochs.map(({ validationAccuracy, testAccuracy, epochSeconds }) => [validationAccuracy, testAccuracy, epochSeconds]),
  ]));
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

/** That verdicts rest on other runs than are shown; null where they do not. Verdicts of before 0.2.0 know the number of their runs alone. */
export function describeStale({ runs, runsFingerprint }: Omit<CheckedClaims, 'claims'>, shown: readonly Experiment[]): string | null {
  const isSame = runsFingerprint === undefined ? runs === shown.length : runsFingerprint === fingerprintRuns(shown);
  if (isSame) return null;
  if (runs === shown.length) return `the verdicts rest on other ${runs === 1 ? 'results' : 'runs'} than the report shows`;
  return `the verdicts rest on ${runs} published ${runs === 1 ? 'run' : 'runs'}, and the report shows ${shown.length}`;
}
