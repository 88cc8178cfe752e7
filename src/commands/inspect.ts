import { loadNeuralConfig } from '../config/load.ts';
import type { Engine } from '../engine/load.ts';
import { UsageError } from '../errors.ts';
import { calculateParameters } from '../measure/calculate-parameters.ts';
import type { ModelSizes, ModelType } from '../measure/calculate-parameters.ts';
import { computeWorkedExamples, judgeExample } from '../measure/articles-examples.ts';
import type { BatchShape } from '../models/module.ts';
import { computeLayerCosts, sumCosts } from '../training/layer-costs.ts';
import type { LayerCost } from '../training/layer-costs.ts';
import { readPeakRssBytes } from '../measure/memory.ts';
import { readColumns } from '../terminal/columns.ts';
import { createScreen } from '../terminal/screen.ts';
import { createSyntheticBatch, measureStep } from '../training/step-cost.ts';
import type { StepCost } from '../training/step-cost.ts';
import { renderCalculated, renderExamples, renderInspection } from './inspect-view.ts';
import { startEngine } from './start-engine.ts';

/** What a model costs, by formula, by count, and measured. */
export interface Inspection {
  readonly config: ReturnType<typeof loadNeuralConfig>;
  readonly shape: BatchShape & { readonly steps: number };
  readonly layers: readonly LayerCost[];
  readonly total: LayerCost;
  /** Null when nothing was run. */
  readonly measured: (StepCost & { readonly engine: Engine; readonly peakRssBytes: number }) | null;
}

export interface InspectOptions {
  readonly config: string | undefined;
  readonly set: readonly string[];
  readonly like: 'articles' | undefined;
  readonly type: ModelType | undefined;
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  readonly feedForwardSize: number;
  readonly layers: number;
  readonly vocabularySize: number;
  readonly measure: boolean;
  readonly json: boolean;
}

/** Takes the config's batch size, length and vocabulary size: 64 × 300 in the articles' configs. */
export async function inspectModel(name: string, { set, measure }: Pick<InspectOptions, 'set' | 'measure'>): Promise<Inspection> {
  const loaded = loadNeuralConfig(name, { set });
  const { data: { vocabularySize, maxLength }, training: { batchSize } } = loaded.config;
  const batch = createSyntheticBatch(batchSize, maxLength, vocabularySize);
  const shape = { rows: batchSize, steps: maxLength, tokens: batchSize * maxLength, distinctTokens: batch.distinctIds.length };
  const layers = computeLayerCosts(loaded.config, vocabularySize, shape);
  const described = { config: loaded, shape, layers, total: sumCosts(layers) };
  if (!measure) return { ...described, measured: null };
  const screen = createScreen(false);
  const engine = await startEngine({}, screen);
  screen.onProgress({ label: 'Timing training steps', done: 0 });
  const cost = measureStep(loaded.config, vocabularySize, batch);
  screen.bar.clear();
  return { ...described, measured: { ...cost, engine, peakRssBytes: readPeakRssBytes() } };
}

/**
 * One of three questions, as text or as JSON.
 * @param width of the lines of text
 * @throws UsageError when none or more are asked
 */
export async function inspect(options: InspectOptions, width = Infinity): Promise<string> {
  const { config, like, type, json } = options;
  if ([config, like, type].filter((asked) => asked !== undefined).length !== 1) {
    throw new UsageError('inspect takes one of --config FILE, --like articles and --type TYPE');
  }
  const show = <T>(value: T, render: (value: T, width: number) => string): string => (json ? JSON.stringify(value, null, 2) : render(value, width));
  if (config !== undefined) return show(await inspectModel(config, options), renderInspection);
  if (type === undefined) return show(computeWorkedExamples().map((example) => ({ ...example, verdict: judgeExample(example) })), renderExamples);
  const { embeddingSize, hiddenSize, feedForwardSize, layers, vocabularySize } = options;
  const sizes: ModelSizes = { embeddingSize, hiddenSize, feedForwardSize, layers, vocabularySize };
  return show({ type, sizes, ...calculateParameters(type, sizes) }, renderCalculated);
}

export async function runInspect(options: InspectOptions): Promise<void> {
  process.stdout.write(`${await inspect(options, readColumns(process.stdout))}\n`);
}
