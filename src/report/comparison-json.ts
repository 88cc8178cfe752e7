import type { Experiment } from '../experiment/load.ts';
import { convergenceDefinition } from '../experiment/summary.ts';
import { listExperiments } from './comparison.ts';
import type { ComparisonRow, Comparisons } from './comparison.ts';

function describeRun({ name, config, environment, summary: { status, epochs, failure, divergence } }: Experiment): object {
  return { name, seed: config.seed, status, epochs, commit: environment.git?.commit ?? null, ...(failure === undefined ? {} : { failure }), ...(divergence === undefined ? {} : { divergence }) };
}

function describeRow({ label, seeds, experiments, ...figures }: ComparisonRow): object {
  return { model: label, seeds, runs: experiments.map(describeRun), ...figures };
}

/** All there is to know, for programs; accuracies and differences as fractions. */
export function renderComparisonJson(comparisons: Comparisons): string {
  const [first] = comparisons.flatMap(listExperiments);
  const { kind, fingerprint, synthetic, counts } = first?.environment.dataset ?? {};
  const tables = comparisons.map(({ settings, rows, differences, notes }) => ({ settings, rows: rows.map(describeRow), differences, notes }));
  return `${JSON.stringify({ dataset: { kind, synthetic, fingerprint, counts }, convergenceDefinition, tables }, null, 2)}\n`;
}
