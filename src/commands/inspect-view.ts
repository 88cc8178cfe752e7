import { nameCell } from '../config/model-name.ts';
import type { ModelConfig } from '../config/schema.ts';
import type { CalculatedParameters, ModelSizes, ModelType } from '../measure/calculate-parameters.ts';
import type { Agreement, WorkedExample } from '../measure/articles-examples.ts';
import type { Cost, LayerCost } from '../measure/layer-costs.ts';
import { countUnread } from '../measure/recurrent-parameters.ts';
import { escapeControls } from '../escape-controls.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { renderPlainTable } from '../terminal/plain-table.ts';
import type { Inspection } from './inspect.ts';

/** Multiply-adds, in thousand millions. */
function formatGiga(count: number): string {
  return `${(count / 1e9).toFixed(3)} G`;
}

function formatMilliseconds(seconds: number): string {
  return `${(1000 * seconds).toFixed(seconds < 0.1 ? 1 : 0)} ms`;
}

const columns: readonly { title: string; of: (layer: LayerCost) => Cost; format: (value: number) => string }[] = [
  { title: 'parameters', of: ({ parameters }) => parameters, format: formatCount },
  { title: 'forward', of: ({ forwardMultiplyAdds }) => forwardMultiplyAdds, format: formatGiga },
  { title: 'training', of: ({ trainingMultiplyAdds }) => trainingMultiplyAdds, format: formatGiga },
  { title: 'kept bytes', of: ({ keptBytes }) => keptBytes, format: formatBytes },
];

export function renderInspection({ config: { path, config }, shape, layers, total, measured }: Inspection): string {
  const header = ['', ...columns.flatMap(({ title }) => [title, ''])];
  const subheader = ['layer', ...columns.flatMap(() => ['articles', 'exact'])];
  const rows = [...layers, total].map((layer) => [layer.name, ...columns.flatMap(({ of, format }) => {
    const { articles, exact } = of(layer);
    return [articles === null ? '–' : format(articles), format(exact)];
  })]);
  return [
    `config    ${escapeControls(path)}: ${nameCell(config.model.cell)}, ${config.data.vocabularySize} words`,
    `batch     ${shape.rows} × ${shape.steps} = ${formatCount(shape.tokens)} tokens, ${formatCount(shape.distinctTokens)} of them distinct (made up, by Zipf's law)`,
    '', renderPlainTable([header, subheader, ...rows], { align: ['left', ...columns.flatMap(() => ['right', 'right'] as const)] }), '',
    ...notes, ...unreadNote(config.model), ...(measured === null ? [] : ['', renderMeasured(measured, total)]),
  ].join('\n');
}

const notes = [
  'articles: one bias a gate (C11); (D + H)·H multiply-adds a gate and token (C12), training twice the forward pass (C13); kept: input,',
  "  hidden state, a GRU's z and r, an LSTM's four gates and cell state of every token (C14).",
  "exact: torch.nn's two biases a gate (C2); the first layer's input products once a distinct token, training three times the forward",
  '  pass; kept: what the ops and tfjs hold for the backward pass. Multiply-adds and bytes are those of one batch.',
];

/** Which figures of a cell that leaves parameters unread say less than they seem to. */
function unreadNote({ cell, embeddingSize, hiddenSize, layers, bidirectional }: ModelConfig): string[] {
  const directions = bidirectional ? 2 : 1;
  const unread = Array.from({ length: layers }, (_, layer) =>
    directions * countUnread(cell, { inputSize: layer === 0 ? embeddingSize : directions * hiddenSize, hiddenSize })).reduce((sum, count) => sum + count, 0);
  if (unread === 0) return [];
  return [
    `${nameCell(cell)}: ${formatCount(unread)} of the recurrent parameters, a third, are torch.nn's rows [2H:], which it never reads: the candidate takes the reset`,
    "  gate's. The articles' columns are their formulas of a GRU; exact has two input products and three recurrent ones a token.",
  ];
}

function renderMeasured({ engine, ...cost }: NonNullable<Inspection['measured']>, { trainingMultiplyAdds, keptBytes }: LayerCost): string {
  const rate = (2 * trainingMultiplyAdds.exact) / cost.stepSeconds / 1e9;
  const rows = [
    ['measured', `${engine.kind === 'native' ? `TensorFlow ${engine.tensorflowVersion ?? ''}` : 'WebAssembly'}, ${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}, median of ${cost.repeats}`],
    ['step', `${formatMilliseconds(cost.stepSeconds)}, ${(cost.stepSeconds / cost.forwardSeconds).toFixed(1)} times the forward pass alone (${formatMilliseconds(cost.forwardSeconds)}); ${formatCount(rate)} GFLOP/s`],
    ['kept', `${formatBytes(cost.keptBytes)} for the backward pass, ${cost.keptBytes === keptBytes.exact ? 'as counted' : `${formatCount(cost.keptBytes - keptBytes.exact)} bytes more than counted`}`],
    ['tensors', `${formatBytes(cost.peakBytes)} at the peak of a step, beside ${formatBytes(cost.stateBytes)} of parameters and Adam's moments`],
    ['resident', `${formatBytes(cost.peakRssBytes)} at the peak, ${formatBytes(engine.baselineRssBytes)} before any work`],
  ];
  return rows.map(([name = '', value = '']) => `${name.padEnd(10)}${value}`).join('\n');
}

export function renderExamples(examples: readonly (WorkedExample & { readonly verdict: Agreement })[]): string {
  const rows = examples.map(({ claim, what, formula, figure, byFormula, exact, verdict, why }) => [
    claim, `${what}\n  ${formula}`, figure === null ? '–' : formatCount(figure), formatCount(byFormula), formatCount(exact), verdict, why,
  ]);
  return renderPlainTable([['claim', 'what, and the formula', 'figure', 'by formula', 'exact', 'verdict', 'why'], ...rows], {
    align: ['left', 'left', 'right', 'right', 'right', 'left', 'left'], widths: [null, 42, null, null, null, null, 42],
  });
}

export interface Calculation {
  readonly type: ModelType;
  readonly sizes: ModelSizes;
  readonly articles: CalculatedParameters;
  readonly exact: CalculatedParameters;
}

export function renderCalculated({ type, articles, exact }: Calculation): string {
  const row = (name: keyof CalculatedParameters): string[] => [name, formatCount(articles[name]), formatCount(exact[name])];
  return renderPlainTable([[type, 'articles', 'exact'], row('embedding'), row('layers'), row('total')], { align: ['left', 'right', 'right'] });
}
