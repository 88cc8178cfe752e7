import { computeMean, computeMedian } from '../measure/averages.ts';
import type { EpochRecord, EpochSummary, RunFacts, Summary } from './records.ts';

/** Half a percentage point, and what decimal fractions lose in binary. */
const CONVERGENCE_MARGIN = 0.005 + 1e-9;

/** Shown wherever a convergence epoch is shown. The articles do not give theirs. */
export const convergenceDefinition =
  'first epoch whose test accuracy is within 0.5 percentage points of the best test accuracy of the run';

/** The record with the largest value, the first of equals; records without a value do not count. */
function firstBest(records: readonly EpochRecord[], valueOf: (record: EpochRecord) => number | null): EpochRecord | null {
  let best: EpochRecord | null = null;
  for (const record of records) {
    const value = valueOf(record);
    if (value !== null && (best === null || value > (valueOf(best) ?? -Infinity))) best = record;
  }
  return best;
}

export function summarizeEpochs(records: readonly EpochRecord[]): EpochSummary {
  const best = firstBest(records, (record) => record.validationAccuracy);
  const bestTest = firstBest(records, (record) => record.testAccuracy);
  const seconds = records.map((record) => record.epochSeconds);
  const converged = records.find((record) => bestTest !== null && record.testAccuracy >= bestTest.testAccuracy - CONVERGENCE_MARGIN);
  return {
    epochs: records.length,
    bestEpoch: best?.epoch ?? null,
    bestTestAccuracy: bestTest?.testAccuracy ?? null,
    bestTestEpoch: bestTest?.epoch ?? null,
    testAccuracyAtBestValidation: best?.testAccuracy ?? null,
    convergenceEpoch: converged?.epoch ?? null,
    convergenceDefinition,
    meanEpochSeconds: seconds.length === 0 ? null : computeMean(seconds),
    medianEpochSeconds: seconds.length === 0 ? null : computeMedian(seconds),
  };
}

export function createSummary(facts: RunFacts, records: readonly EpochRecord[]): Summary {
  return { ...facts, ...summarizeEpochs(records) };
}

/** Peak resident memory less what the engine alone takes, in bytes; null where that was not measured. */
export function computePeakAboveBaseline({ peakRssBytes, baselineRssBytes }: Pick<RunFacts, 'peakRssBytes' | 'baselineRssBytes'>): number | null {
  return baselineRssBytes === null ? null : Math.max(0, peakRssBytes - baselineRssBytes);
}
