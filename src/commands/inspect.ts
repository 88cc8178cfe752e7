import { nameModel } from '../experiment-schema.ts';
import type { TrainingConfig } from '../experiment-schema.ts';
import { calculateParameters } from '../articles/formulas.ts';
import type { CalculatedParameters, ModelSizes, ModelType } from '../articles/formulas.ts';
import { computeWorkedExamples, judgeExample } from '../articles/worked-examples.ts';
import type { Agreement, WorkedExample } from '../articles/worked-examples.ts';
import { computeLayerCosts, sumCosts } from '../training/layer-costs.ts';
import type { Cost, LayerCost } from '../training/layer-costs.ts';
import { countUnread } from '../models/layer-counts.ts';
import { escapeControls } from '../files/escape-controls.js';
import { cells } from '../ops/cells.ts';
import { wrapText, renderPlainTable, readColumns } from '../terminal/plain-table.ts';
import { formatBytes, formatCount, formatLarge } from '../terminal/format.ts';
import { loadNeuralConfig } from '../experiment-config.ts';
import type { Engine } from '../engine/load.ts';
import { UsageError } from '../errors.ts';
import type { BatchShape } from '../models/module.ts';
import { readPeakRssBytes } from '../measure/memory.ts';
import { createScreen } from '../terminal/screen.ts';
import { createSyntheticBatch, measureStep } from '../training/step-cost.ts';
import type { StepCost } from '../training/step-cost.ts';
import { inspectRun, renderRunInspection } from './inspect-run.ts';
import { startEngine } from './start-engine.ts';

function formatMilliseconds(seconds: number): string {
  return `${(1000 * seconds).toFixed(seconds < 0.1 ? 1 : 0)} ms`;
}

const columns: readonly { title: string; of: (layer: LayerCost) => Cost; format: (value: number) => string }[] = [
  { title: 'parameters', of: ({ parameters }) => parameters, format: formatCount },
  { title: 'forward', of: ({ forwardMultiplyAdds }) => forwardMultiplyAdds, format: formatLarge },
  { title: 'training', of: ({ trainingMultiplyAdds }) => trainingMultiplyAdds, format: formatLarge },
  { title: 'kept bytes', of: ({ keptBytes }) => keptBytes, format: formatBytes },
];

/** A layer in two lines, by the articles' formulas and exactly, so that they can be compared and fit 80 columns. */
function renderLayers(layers: readonly LayerCost[]): string {
  const rows = layers.flatMap((layer) => [
    [layer.name, 'articles', ...columns.map(({ of, format }) => formatKnown(of(layer).articles, format))],
    ['', 'exact', ...columns.map(({ of, format }) => format(of(layer).exact))],
  ]);
  return renderPlainTable([['layer', '', ...columns.map(({ title }) => title)], ...rows], {
    align: ['left', 'left', ...columns.map(() => 'right' as const)],
  });
}

function formatKnown(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}

/** Prose is easier to read in lines no longer than this, however wide the terminal is. */
const LONGEST_LINE = 130;

function renderNote(text: string, width: number): string {
  return wrapText(text, Math.min(width, LONGEST_LINE), 2);
}

export function renderInspection({ config: { path, config }, shape, layers, total, measured }: Inspection, width: number): string {
  const tokens = `${formatCount(shape.tokens)} tokens, ${formatCount(shape.distinctTokens)} of them distinct (made up, by Zipf's law)`;
  return [
    ...renderFacts([
      ['config', `${escapeControls(path)}: ${nameModel(config)}, ${formatCount(config.data.vocabularySize)} words`],
      ['batch', `${shape.rows} × ${shape.steps} = ${tokens}`],
    ], width),
    '', renderLayers([...layers, total]), '',
    ...[...explainFigures(layers), ...explainCheckpointing(config.training)].map((note) => renderNote(note, width)),
    ...(measured === null ? [] : ['', ...renderMeasured(measured, total, width)]),
  ].join('\n');
}

const FACT_WIDTH = 10;

function renderFacts(facts: readonly (readonly [string, string])[], width: number): string[] {
  return facts.map(([name, value]) => `${name.padEnd(FACT_WIDTH)}${wrapText(value, width, FACT_WIDTH)}`);
}

const recurrentNotes = [
  'articles: one bias a gate (C11); (D + H)·H multiply-adds a gate and token (C12), training twice the forward pass (C13); '
  + "kept: input, hidden state, a GRU's z and r, an LSTM's four gates and cell state of every token (C14).",
  "exact: torch.nn's two biases a gate (C2); the first layer's input products once a distinct token, training three times the "
  + 'forward pass; kept: what the ops and tfjs hold for the backward pass. Multiply-adds and bytes are those of one batch.',
];

const attentionNotes = [
  'articles: 4d² + 4·d·ff + ff + 5d parameters a layer (C18), which counts the feed-forward part twice; of multiply-adds and memory they '
  + 'have no formula.',
  "exact: torch.nn's parameters; products of each token with each matrix, and two of width d for each pair of tokens in a row, training "
  + 'three times the forward pass; kept: what the ops and tfjs hold for the backward pass. Multiply-adds and bytes are those of one batch.',
];

/** What the figures of these layers mean. */
function explainFigures(layers: readonly LayerCost[]): string[] {
  const kinds = new Set(layers.flatMap(({ layer }) => layer?.kind ?? []));
  return [...(kinds.has('recurrent') ? recurrentNotes : []), ...(kinds.has('attention') ? attentionNotes : []), ...explainUnread(layers)];
}

function explainCheckpointing({ gradientCheckpointing: kind }: Pick<TrainingConfig, 'gradientCheckpointing'>): string[] {
  if (kind === 'none') return [];
  const kept = { layers: 'its input', time: 'its input and a state every few steps' }[kind];
  return [`training.gradientCheckpointing ${kind}: of each layer of the encoder the exact line keeps ${kept}, and training is four times `
    + 'the forward pass, since the backward pass computes the layer again.'];
}

/** Which figures of a cell that leaves parameters unread say less than they seem to. */
function explainUnread(layers: readonly LayerCost[]): string[] {
  const recurrent = layers.flatMap(({ layer }) => (layer?.kind === 'recurrent' ? [layer] : []));
  const unread = recurrent.reduce((sum, layer) => sum + layer.directions * countUnread(layer.cell, layer), 0);
  const [first] = recurrent;
  if (first === undefined || unread === 0) return [];
  return [
    `${cells[first.cell].label}: ${formatCount(unread)} of the recurrent parameters, a third, are torch.nn's rows [2H:], which it never `
    + "reads: the candidate takes the reset gate's. The articles' lines are their formulas of a GRU; exact has two input products and "
    + 'three recurrent ones a token.',
  ];
}

function renderMeasured(
  { engine, ...cost }: NonNullable<Inspection['measured']>,
  { trainingMultiplyAdds, keptBytes }: LayerCost,
  width: number,
): string[] {
  const rate = (2 * trainingMultiplyAdds.exact) / cost.stepSeconds / 1e9;
  const name = engine.kind === 'native' ? `TensorFlow ${engine.tensorflowVersion ?? ''}` : 'WebAssembly';
  const times =
    `${(cost.stepSeconds / cost.forwardSeconds).toFixed(1)} times the forward pass alone (${formatMilliseconds(cost.forwardSeconds)})`;
  const asCounted =
    cost.keptBytes === keptBytes.exact ? 'as counted' : `${formatCount(cost.keptBytes - keptBytes.exact)} bytes more than counted`;
  return renderFacts(
    [
      ['measured', `${name}, ${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}, median of ${cost.repeats}`],
      ['step', `${formatMilliseconds(cost.stepSeconds)}, ${times}; ${formatCount(rate)} GFLOP/s`],
      ['kept', `${formatBytes(cost.keptBytes)} for the backward pass, ${asCounted}`],
      [
        'tensors',
        `${formatBytes(cost.peakBytes)} at the peak of a step, in addition to ${formatBytes(cost.stateBytes)} of parameters and Adam's `
          + `moments`,
      ],
      ['resident', `${formatBytes(cost.peakRssBytes)} at the peak, ${formatBytes(engine.baselineRssBytes)} before any work`],
    ],
    width,
  );
}

type Example = WorkedExample & { readonly verdict: Agreement };

/** As a table where it fits, else one after the other. */
export function renderExamples(examples: readonly Example[], width: number): string {
  const table = renderExamplesTable(examples);
  return table.split('\n').every((line) => line.length <= width)
    ? table
    : examples.map((example) => renderExample(example, width)).join('\n\n');
}

function renderExamplesTable(examples: readonly Example[]): string {
  const rows = examples.map(({ claim, what, formula, figure, byFormula, exact, verdict, why }) => [
    claim, `${what}\n  ${formula}`, formatKnown(figure, formatCount), formatCount(byFormula), formatCount(exact), verdict, why,
  ]);
  return renderPlainTable([['claim', 'what, and the formula', 'figure', 'by formula', 'exact', 'verdict', 'why'], ...rows], {
    align: ['left', 'left', 'right', 'right', 'right', 'left', 'left'], widths: [null, 42, null, null, null, null, 42],
  });
}

function renderExample({ claim, what, formula, figure, byFormula, exact, verdict, why }: Example, width: number): string {
  const figures = `figure ${formatKnown(figure, formatCount)}, by formula ${formatCount(byFormula)}, exact ${formatCount(exact)}`;
  const lines = [`${what}: ${verdict}`, formula, figures, why].filter((line) => line !== '');
  return lines.map((line, k) => `${(k === 0 ? claim : '').padEnd(5)}${wrapText(line, width, 5)}`).join('\n');
}

export interface Calculation {
  readonly type: ModelType;
  readonly sizes: ModelSizes;
  readonly articles: CalculatedParameters;
  readonly exact: CalculatedParameters;
}

export function renderCalculated({ type, articles, exact }: Calculation): string {
  const row = (name: keyof CalculatedParameters): string[] => [name, formatCount(articles[name]), formatCount(exact[name])];
  return renderPlainTable([[type, 'articles', 'exact'], row('embedding'), row('layers'), row('total')], {
    align: ['left', 'right', 'right'],
  });
}

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
  readonly run: string | undefined;
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
 * One of four questions, as text or as JSON.
 * @param width of the lines of text
 * @throws UsageError when none or more are asked
 */
export async function inspect(options: InspectOptions, width = Infinity): Promise<string> {
  const { config, run, like, type, json } = options;
  if ([config, run, like, type].filter((asked) => asked !== undefined).length !== 1) {
    throw new UsageError('inspect takes one of --config FILE, --run FOLDER, --like articles and --type TYPE');
  }
  const show = <T,>(value: T, render: (value: T, width: number) => string): string =>
    json ? JSON.stringify(value, null, 2) : render(value, width);
  if (run !== undefined) return show(inspectRun(run, createScreen(false).onWarning), renderRunInspection);
  if (config !== undefined) return show(await inspectModel(config, options), renderInspection);
  if (type === undefined)
    return show(
      computeWorkedExamples().map((example) => ({ ...example, verdict: judgeExample(example) })),
      renderExamples,
    );
  const { embeddingSize, hiddenSize, feedForwardSize, layers, vocabularySize } = options;
  const sizes: ModelSizes = { embeddingSize, hiddenSize, feedForwardSize, layers, vocabularySize };
  return show({ type, sizes, ...calculateParameters(type, sizes) }, renderCalculated);
}

export async function runInspect(options: InspectOptions): Promise<void> {
  process.stdout.write(`${await inspect(options, readColumns(process.stdout))}\n`);
}
