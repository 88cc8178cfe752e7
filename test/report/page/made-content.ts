import { articleOfClaim } from '../../../src/articles/articles.ts';
import type { Experiment } from '../../../src/experiment/load.ts';
import { createSummary } from '../../../src/experiment/records.ts';
import { verdicts } from '../../../src/articles/claims/finding.ts';
import type { CheckedClaim } from '../../../src/articles/claims/finding.ts';
import { createComparisons } from '../../../src/report/comparison.ts';
import type { Comparison, Comparisons } from '../../../src/report/comparison.ts';
import { createContent } from '../../../src/report/page/content.ts';
import type { ReportContent } from '../../../src/report/page/content.ts';
import { environment, facts } from '../../experiment/examples.ts';
import { makeConfig, makeRecords, sixModels } from '../../experiment/made-runs.ts';
import type { MadeRun } from '../../experiment/made-runs.ts';

/** Runs in memory, their models in the articles' order. */
export function makeExperiments(runs: readonly MadeRun[]): Experiment[] {
  return runs.map((run, k): Experiment => {
    const epochs = makeRecords(run);
    const config = makeConfig(run);
    const made = {
      ...environment,
      ...run.environment,
      dataset: { ...environment.dataset, synthetic: run.synthetic ?? false, ...run.dataset },
    };
    return {
      name: `run-${k}`,
      path: `experiments/published/run-${k}`,
      config,
      environment: made,
      epochs,
      summary: createSummary({ ...facts, seed: config.seed }, epochs),
    };
  });
}

/** As from folders, with McNemar's counts made up: these runs have no predictions. */
export function makeComparisons(experiments: readonly Experiment[]): Comparisons {
  const [main, ...others] = createComparisons(experiments);
  return [inventTests(main), ...others.map(inventTests)];
}

function inventTests(comparison: Comparison): Comparison {
  const differences = comparison.differences.map((difference) => ({
    ...difference,
    mcnemar: Array.from({ length: difference.difference.runs }, (_, k) => ({
      seed: k + 1,
      onlyFirst: 812 + 31 * k,
      onlySecond: 790 - 211 * k,
      pValue: [0.58, 0.0123, 1e-12][k] ?? 1,
    })),
  }));
  return { ...comparison, differences };
}

export const madeClaims: readonly CheckedClaim[] = Array.from({ length: 23 }, (_, k) => ({
  id: `C${k + 1}`,
  article: articleOfClaim(`C${k + 1}`).letter,
  method: (['formula', 'measurement', 'experiment'] as const)[k % 3] ?? 'formula',
  statement: 'nn.LSTM(256, 128) has 197,632 parameters and nn.GRU(256, 128) has 148,224: two bias vectors a gate.',
  check: 'The parameters of the built models were counted, layer by layer, and set beside 4·(D·H + H² + 2H) and 3·(D·H + H² + 2H).',
  figure: k % 2 === 0 ? 'LSTM 197,632; GRU 148,224' : 'LSTM 1,145 MiB, GRU 987 MiB, RNN 812 MiB; GRU takes 0.86 of the memory of LSTM',
  verdict: verdicts[k % verdicts.length] ?? 'holds',
  reason:
    k % 4 === 0
      ? 'Both counts are exactly the articles’.'
      : 'The order is theirs, but the ratio is 0.86 and not the 0.75 that the text gives, because the embedding is in both.',
}));

/** Models with seeds, each run a little better or worse than the last. */
export function makeRuns(models: readonly MadeRun[], seeds: readonly number[]): MadeRun[] {
  return models.flatMap((run, k) =>
    seeds.map((seed) => ({ ...run, seed, better: (run.better ?? 0) + 0.004 * Math.sin(3 * k + 5 * seed) })),
  );
}

export async function makeContent(
  runs = makeRuns(sixModels, [1, 2, 3]),
  claims: readonly CheckedClaim[] | null = madeClaims,
): Promise<ReportContent> {
  return createContent(makeComparisons(makeExperiments(runs)), claims === null ? null : { runs: runs.length, claims }, [
    'experiments/published',
  ]);
}
