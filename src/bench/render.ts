import Table from 'cli-table3';

import { renderMarkdownCode, renderMarkdownRows } from '../files/escape.ts';
import { escapeControls } from '../files/escape-controls.js';
import { formatBytes } from '../terminal/format.ts';
import { paddingWords } from './competitors.ts';
import type { CompetitorId, Compared } from './competitors.ts';
import { axes } from './result.ts';
import type { BenchResult, Axis, ModelResult } from './result.ts';
import type { Spread } from '../measure/statistics.ts';

export function renderScreen(result: BenchResult): string {
  return [describe(result).join('\n'), ...createTables(result).map(drawTable)].join('\n\n');
}

function drawTable({ title, note, head, rows }: ReportTable): string {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  return `${title}\n${note}\n${table.toString()}`;
}

/** docs/performance.md */
export function renderMarkdown(result: BenchResult): string {
  const tables = createTables(result).map(({ title, note, head, rows }) =>
    [`## ${title}`, '', note, '', renderMarkdownRows(head, rows)].join('\n'));
  return `${['# Performance', describe(result).map((line) => `- ${line}`).join('\n'), ...tables].join('\n\n')}\n`;
}

function describe({ measuredAt, command, machine, threads, versions, titles, data, leftOut }: BenchResult): string[] {
  const load = machine.loadBefore === null ? '' : `; load before the run ${machine.loadBefore.toFixed(2)} a core`;
  return [
    `Measured ${measuredAt.slice(0, 16).replace('T', ' ')} UTC by ${renderMarkdownCode(command)}`,
    `CPU: ${machine.cpu}, ${machine.cores} cores, ${formatBytes(machine.memoryBytes)}, ${machine.system}; threads of each: `
      + `${threads}${load}`,
    `Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `Data: ${data.reviews} training and ${data.testReviews} test reviews, cut at ${data.maxLength} tokens, ${data.meanLength.toFixed(1)} `
      + `on average; padded steps are cut from the same text at random places`,
    "Model: the articles' two layers, 256 → 128, 20,000 words, dropout 0.5 between them; Adam 1e-3, clipped at 1; a step is everything "
      + "from token ids to new parameters and the loss",
    ...(Object.keys(titles) as CompetitorId[]).map((id) => `${titles[id] ?? id}: ${paddingWords[id]}`),
    'Ratios are the time of the other over the time of gatelab',
    ...leftOut.map((line) => `Left out: ${escapeControls(line)}`),
  ];
}

/** A table before it is drawn on the screen or in Markdown. */
export interface ReportTable {
  readonly title: string;
  /** What the figures are, in a sentence or two. */
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface ComparedRow {
  readonly label: string;
  readonly compared: readonly Compared[];
}

const axisNames: Readonly<Record<Axis, string>> = {
  length: 'length',
  batch: 'batch size',
  hidden: 'hidden size',
  vocabulary: 'vocabulary',
};

/** All tables of a result, in order. */
export function createTables(result: BenchResult): ReportTable[] {
  const { models, titles, settings: { rounds, batchSize, evaluationBatchSize, epochBatches, evaluationBatches }, data } = result;
  const compared = (pick: (model: ModelResult) => readonly Compared[]): ComparedRow[] =>
    models.map((model) => ({ label: model.name, compared: pick(model) })).filter((row) => row.compared.length > 0);
  const sampled = ({ measured, all }: { measured: number; all: number }, size: number): string =>
    `The figures are estimated from ${measured} of ${round(all)} batches of `
      + `${size}${measured < Math.floor(all) ? ', a random sample with the same mix of long and short ones as the whole' : ''}`;
  const interval = 'brackets hold the 95 % interval of a bootstrap over the batches';
  return [
    comparisonTable(`A padded training step, ${batchSize} × ${data.maxLength}`, `The figures are medians of ${rounds} turns, with `
      + `quartiles in brackets; ratios are formed turn by turn.`, compared(({ step }) => step), titles),
    comparisonTable(`An epoch of ${count(data.reviews)} reviews`, `${sampled(epochBatches, batchSize)}; `
      + `${interval}.`, compared(({ epoch }) => epoch), titles),
    comparisonTable(`Evaluation of ${count(data.testReviews)} reviews`, `${sampled(evaluationBatches, evaluationBatchSize)}; `
      + `${interval}.`, compared(({ evaluation }) => evaluation), titles),
    recurrentTable(models),
    memoryTable(result),
    ...growthTables(result),
  ].filter(({ rows }) => rows.length > 0);
}

function comparisonTable(
  title: string,
  note: string,
  rows: readonly ComparedRow[],
  titles: BenchResult['titles'],
  head = 'model',
): ReportTable {
  const ids = (Object.keys(titles) as CompetitorId[]).filter((id) => rows.some(({ compared }) => compared.some((one) => one.id === id)));
  return {
    title,
    note,
    head: [head, ...ids.map((id) => titles[id] ?? id)],
    rows: rows.map(({ label, compared }) => [label, ...ids.map((id) => comparedCell(compared.find((one) => one.id === id)))]),
  };
}

function comparedCell(compared: Compared | undefined): string {
  if (compared === undefined) return '–';
  const { seconds, ratio } = compared;
  const time = withRange(seconds, formatTime);
  return ratio === null ? time : `${formatTime(seconds.middle)} = ${withRange(ratio, formatRatio)} ×`;
}

function recurrentTable(models: readonly ModelResult[]): ReportTable {
  const gflops = (spread: Spread): string => withRange(spread, (rate) => (rate / 1e9).toFixed(0));
  const percent = (spread: Spread): string => `${withRange(spread, (share) => (100 * share).toFixed(0))} %`;
  return {
    title: 'The recurrent kernels against a matMul, GFLOP/s',
    note: 'The products in the kernels count as work, 2·N·G·H² of each layer and 2·N·G·H·D of those above the first, backward twice '
      + 'that; gates, copies and '
      + 'the sums of the gradients are in the time. The figures are medians, with quartiles in brackets.',
    head: ['model', 'matMul', 'forward', 'backward', 'both', 'share of matMul', 'part of the step'],
    rows: models.map(({ name, recurrent: { matMul, forward, backward, both, share, partOfStep } }) =>
      [name, gflops(matMul), gflops(forward), gflops(backward), gflops(both), percent(share), percent(partOfStep)]),
  };
}

function memoryTable({ models, titles }: BenchResult): ReportTable {
  const cell = ({ memory }: ModelResult, id: CompetitorId): string => {
    const found = memory.find((one) => one.id === id);
    if (found === undefined || found.trainingBytes === null) return '–';
    return `${mebibytes(found.trainingBytes)} / ${mebibytes(found.evaluationBytes)} (${mebibytes(found.baselineBytes)})`;
  };
  const ids = Object.keys(titles) as CompetitorId[];
  return {
    title: 'Peak memory above the libraries\' own, MiB',
    note: 'The figures are the peaks after training / after evaluation too, in a process of its own for each model; brackets hold what '
      + 'was resident before any model.',
    head: ['model', ...ids.map((id) => titles[id] ?? id)],
    rows: models.map((model) => [model.name, ...ids.map((id) => cell(model, id))]),
  };
}

function growthTables({ growth, titles, settings: { batchSize }, data }: BenchResult): ReportTable[] {
  return axes.map((axis) =>
    comparisonTable(
      `A padded LSTM step by ${axisNames[axis]}`,
      `All else is ${batchSize} × ${data.maxLength} and the articles' sizes. The figures are medians, with quartiles in brackets.`,
      growth.filter((point) => point.axis === axis).map(({ value, compared }) => ({ label: count(value), compared })),
      titles,
      axisNames[axis],
    ),
  );
}

function withRange({ middle, low, high }: Spread, show: (value: number) => string): string {
  return `${show(middle)} (${show(low)}–${show(high)})`;
}

const formatRatio = (ratio: number): string => ratio.toFixed(ratio < 10 ? 2 : 1);

function formatTime(seconds: number): string {
  if (seconds < 1) return `${(1000 * seconds).toFixed(seconds < 0.01 ? 2 : seconds < 0.1 ? 1 : 0)} ms`;
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

const mebibytes = (bytes: number | null): string => (bytes === null ? '–' : (bytes / 2 ** 20).toFixed(0));
const count = (value: number): string => value.toLocaleString('en-US');
const round = (value: number): number => Number(value.toFixed(1));
