import { availableParallelism } from 'node:os';
import { readRssBytes } from '../measure/memory.ts';
import { isNeural } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { formatBytes } from '../terminal/format.ts';
import { computeLayerCosts, sumCosts } from '../training/layer-costs.ts';
import { isSettled } from './plan.ts';
import type { PlannedRun } from './plan.ts';
import { countTokens, DISTINCT_SHARE } from './progress.ts';

/** Threads of each of some trainings side by side: those asked for, else its share of the cores; undefined for all of them. */
export function divideThreads(threads: number | undefined, jobs: number): number | undefined {
  return threads ?? (jobs === 1 ? undefined : Math.max(1, Math.floor(availableParallelism() / jobs)));
}

const FLOAT_BYTES = 4;
/** A parameter, its gradient and Adam's two moments. */
const PARAMETER_COPIES = 4;

/** Tensors of a training step with reviews of the greatest length: what it keeps for the backward pass, and the parameters. */
function countStepBytes(config: AnyConfig): number {
  if (!isNeural(config)) return 0;
  const { batchSize } = config.training, tokens = batchSize * countTokens(config);
  const shape = { rows: batchSize, tokens, distinctTokens: DISTINCT_SHARE * tokens };
  const { keptBytes, parameters } = sumCosts(computeLayerCosts(config, config.data.vocabularySize, shape));
  return keptBytes.exact + PARAMETER_COPIES * FLOAT_BYTES * parameters.exact;
}

/**
 * Memory of those runs side by side that take most: what a run of the same config took, else what this process takes, which has read the
 * reviews too, and the tensors that the model declares. The engine takes some besides.
 * @param base bytes that a process has before it trains
 */
export function estimateMemory(plan: readonly PlannedRun[], jobs: number, base = readRssBytes()): number {
  const peakOf = (config: string): number[] =>
    plan.filter(({ name }) => name === config).flatMap(({ stored }) => stored?.summary?.peakRssBytes ?? []);
  return plan.filter((run) => !isSettled(run))
    .map(({ name, config }) => [...peakOf(name).sort((a, b) => b - a), base + countStepBytes(config)][0] ?? base)
    .sort((a, b) => b - a).slice(0, jobs).reduce((sum, bytes) => sum + bytes, 0);
}

/** A line where runs side by side take more memory than is free, as far as the system and a control group tell; else null. */
export function describeExcess(plan: readonly PlannedRun[], jobs: number, free = process.availableMemory()): string | null {
  const bytes = estimateMemory(plan, jobs);
  if (jobs === 1 || bytes <= free) return null;
  return `${jobs} runs side by side take about ${formatBytes(bytes)} of memory, and ${formatBytes(free)} is free; give fewer --jobs, `
    + 'or the system may end some of them';
}
