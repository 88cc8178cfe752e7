import type { Spread } from '../measure/statistics.ts';
import type { CompetitorId, Compared } from './competitors.ts';
import { comparisonTable, count, describeAbsent, describeCircumstances, withRange } from './page.ts';
import type { ComparedRow, Figure, Page, ReportTable } from './page.ts';
import { axes } from './result.ts';
import type { BenchResult, Axis, ModelResult } from './result.ts';

export function trainingPage(result: BenchResult): Page {
  const { data, models, titles, threads } = result;
  const lines = [
    'Training: Adam 1e-3, clipped at 1; a step is everything from token ids to new parameters and the loss',
    ...describeAbsent(models, titles),
  ];
  return {
    title: `Training: ${models.map(({ name }) => name).join(', ')}`,
    lines: describeCircumstances(result, String(threads), `${data.reviews} training and ${data.testReviews} test reviews, cut at `
      + `${data.maxLength} tokens, ${data.meanLength.toFixed(1)} on average; padded steps are cut from the same text at random places; `
      + '20,000 words', lines),
    tables: createTables(result), figures: listFigures(result),
  };
}

function listFigures({ models, growth, threads }: BenchResult): Figure[] {
  const measures = ['step', 'epoch', 'evaluation'] as const;
  return [
    ...models.flatMap((model) => measures.map((measure) =>
      ({ measure, model: model.name, threads, size: null, compared: model[measure] }))),
    ...growth.map(({ axis, value, compared }) =>
      ({ measure: `step by ${axisNames[axis]}`, model: 'LSTM', threads, size: value, compared })),
  ];
}

const axisNames: Readonly<Record<Axis, string>> = {
  length: 'length',
  batch: 'batch size',
  hidden: 'hidden size',
  vocabulary: 'vocabulary',
};

/** All tables of a result, in order. */
function createTables(result: BenchResult): ReportTable[] {
  const { models, titles, settings: { rounds, batchSize, evaluationBatchSize, epochBatches, evaluationBatches }, data } = result;
  const compared = (pick: (model: ModelResult) => readonly Compared[]): ComparedRow[] =>
    models.map((model) => ({ label: model.name, compared: pick(model), absent: model.absent })).filter((row) => row.compared.length > 0);
  const sampled = ({ measured, all }: { measured: number; all: number }, size: number): string =>
    `The figures are estimated from ${measured} of ${round(all)} batches of `
      + `${size}${measured < Math.floor(all) ? ', a random sample with the same mix of long and short ones as the whole' : ''}`;
  const interval = 'brackets hold the 95 % interval of a bootstrap over the batches';
  return [
    comparisonTable({
      title: `A padded training step, ${batchSize} × ${data.maxLength}`, rows: compared(({ step }) => step), titles,
      note: `The figures are medians of ${rounds} turns, with quartiles in brackets; ratios are formed turn by turn.`,
    }),
    comparisonTable({
      title: `An epoch of ${count(data.reviews)} reviews`, rows: compared(({ epoch }) => epoch), titles,
      note: `${sampled(epochBatches, batchSize)}; ${interval}.`,
    }),
    comparisonTable({
      title: `Evaluation of ${count(data.testReviews)} reviews`, rows: compared(({ evaluation }) => evaluation), titles,
      note: `${sampled(evaluationBatches, evaluationBatchSize)}; ${interval}.`,
    }),
    recurrentTable(models),
    memoryTable(result),
    ...growthTables(result),
  ].filter(({ rows }) => rows.length > 0);
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
    rows: models.flatMap(({ name, recurrent }) => {
      if (recurrent === null) return [];
      const { matMul, forward, backward, both, share, partOfStep } = recurrent;
      return [[name, gflops(matMul), gflops(forward), gflops(backward), gflops(both), percent(share), percent(partOfStep)]];
    }),
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
  return axes.map((axis) => comparisonTable({
    title: `A padded LSTM step by ${axisNames[axis]}`, head: axisNames[axis], titles,
    note: `All else is ${batchSize} × ${data.maxLength} and the articles' sizes. The figures are medians, with quartiles in brackets.`,
    rows: growth.filter((point) => point.axis === axis).map(({ value, compared }) => ({ label: count(value), compared, absent: [] })),
  }));
}

const mebibytes = (bytes: number | null): string => (bytes === null ? '–' : (bytes / 2 ** 20).toFixed(0));
const round = (value: number): number => Number(value.toFixed(1));
