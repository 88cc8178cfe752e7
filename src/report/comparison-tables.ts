import type { Figure, Comparison, Estimate } from './comparison.ts';
import { formatEstimate, formatEstimateNumber, formatPrinted, formatRatio } from './estimate.ts';
import type { Quantity } from './estimate.ts';
import { layOutAgainstBest, layOutDifferences } from './difference-tables.ts';
import { have, isCounted } from './comparison-rows.ts';
import type { TextTable } from '../terminal/plain-table.ts';
import type { ComparisonRow } from './comparison-rows.ts';

export type FigureKey = { [Key in keyof ComparisonRow]: ComparisonRow[Key] extends Figure ? Key : never }[keyof ComparisonRow];

/** A figure of every model, as a column of whatever shows a comparison. */
export interface FigureColumn {
  readonly key: FigureKey;
  readonly title: string;
  readonly quantity: Quantity;
  /** Whether it says how good a model is, or what it takes. */
  readonly says: 'quality' | 'cost';
  /** The heading it shares with its neighbours where columns are grouped, and its title below that or a table's. */
  readonly group: FigureGroup;
  readonly short: string;
}

/** The honest accuracy first, since a phone shows it without scrolling. */
export const figureGroups = ['Test accuracy', 'Training', 'Parameters', 'Peak memory'] as const;
export type FigureGroup = (typeof figureGroups)[number];

/** All figures there are, in order. */
export const figureColumns: readonly FigureColumn[] = [
  { key: 'parameters', title: 'parameters', quantity: 'count', says: 'cost', group: 'Parameters', short: 'total' },
  {
    key: 'parametersWithoutEmbedding',
    title: 'without embedding',
    quantity: 'count',
    says: 'cost',
    group: 'Parameters',
    short: 'without embedding',
  },
  {
    key: 'epochSeconds',
    title: 'seconds an epoch (median)',
    quantity: 'seconds',
    says: 'cost',
    group: 'Training',
    short: 'seconds an epoch',
  },
  {
    key: 'testAccuracyAtBestValidation',
    title: 'test accuracy at best validation',
    quantity: 'accuracy',
    says: 'quality',
    group: 'Test accuracy',
    short: 'at best validation',
  },
  {
    key: 'bestTestAccuracy',
    title: 'best test accuracy',
    quantity: 'accuracy',
    says: 'quality',
    group: 'Test accuracy',
    short: 'best of any epoch',
  },
  {
    key: 'convergenceEpoch',
    title: 'convergence epoch',
    quantity: 'epoch',
    says: 'quality',
    group: 'Training',
    short: 'converges at epoch',
  },
  { key: 'peakRssBytes', title: 'peak memory', quantity: 'bytes', says: 'cost', group: 'Peak memory', short: 'whole process' },
  {
    key: 'peakAboveBaselineBytes',
    title: "above the engine's own",
    quantity: 'bytes',
    says: 'cost',
    group: 'Peak memory',
    short: 'above the engine’s',
  },
];

export interface Extent {
  /** Every figure and the ratios to the articles', not those alone that matter most. */
  readonly wide: boolean;
  /** Every pair of models, not the best with each other alone. */
  readonly all: boolean;
}

/** The comparison as tables: how good, at what cost, and which differences are more than chance. */
export function layOutComparison(comparison: Comparison, { wide, all }: Extent): TextTable[] {
  const { rows, differences } = comparison;
  const tables = wide ? [layOutQuality(rows), layOutCost(rows)] : [layOutBrief(rows)];
  if (differences.length === 0) return tables;
  return [...tables, ...(all ? [layOutDifferences(differences)] : layOutAgainstBest(comparison))];
}

/** `With headDropoutRate 0.5 for all models`; null of the main table. */
export function describeSettings({ settings }: Comparison): string | null {
  return settings === null ? null : `With ${settings} for all models`;
}

interface RowColumn {
  readonly title: string;
  readonly describe: (row: ComparisonRow) => string;
}

/** @param texts columns at the left that hold texts, the others being figures */
function layOut(title: string, rows: readonly ComparisonRow[], texts: readonly RowColumn[], figures: readonly RowColumn[]): TextTable {
  const columns = [{ title: 'model', describe: ({ label }: ComparisonRow) => label }, ...texts, ...figures];
  return {
    title, head: columns.map((column) => column.title), align: columns.map((_, k) => (k <= texts.length ? 'left' : 'right')),
    rows: rows.map((row) => columns.map(({ describe }) => describe(row))),
  };
}

function layOutQuality(rows: readonly ComparisonRow[]): TextTable {
  const figures = figureColumns.filter(({ says }) => says === 'quality').flatMap((figure) => layOutFigure(rows, figure));
  return layOut(
    'Accuracy and convergence (mean ± standard deviation over seeds)',
    rows,
    [{ title: 'seeds', describe: describeSeeds }],
    figures,
  );
}

function layOutCost(rows: readonly ComparisonRow[]): TextTable {
  const figures = figureColumns.filter(({ says }) => says === 'cost').flatMap((figure) => layOutFigure(rows, figure));
  return layOut('Size, time and memory', rows, [], figures);
}

/** A figure, and where the articles have it of any row, theirs and the ratio to it. */
function layOutFigure(rows: readonly ComparisonRow[], figure: FigureColumn): RowColumn[] {
  const { title, key, quantity } = figure;
  const measured: RowColumn = {
    title,
    describe: (row) => describeMeasured(row, row[key].measured, (estimate) => formatEstimate(estimate, quantity)),
  };
  if (!hasArticles(rows, figure)) return [measured];
  return [
    measured, layOutArticles(figure),
    { title: 'ratio', describe: ({ [key]: { articles, ratio } }) => (articles === null ? '–' : formatRatio(ratio)) },
  ];
}

function hasArticles(rows: readonly ComparisonRow[], { key }: FigureColumn): boolean {
  return rows.some((row) => row[key].articles !== null);
}

/** @param unit what becomes of a percent sign */
function layOutArticles({ key, quantity }: FigureColumn, unit = ' %'): RowColumn {
  return {
    title: 'articles',
    describe: ({ [key]: { articles } }) => (articles === null ? '–' : formatPrinted(articles, quantity).replace(' %', unit)),
  };
}

/** What fits a terminal of 80 columns: the two accuracies, the articles' and what a model takes to get there. */
function layOutBrief(rows: readonly ComparisonRow[]): TextTable {
  const figures = briefOrder.flatMap((key) => figureColumns.filter((figure) => figure.key === key)).flatMap((figure): RowColumn[] => {
    const measured = { title: figure.short, describe: (row: ComparisonRow) => describeBriefly(row, figure) };
    return figure.key === 'bestTestAccuracy' && hasArticles(rows, figure) ? [measured, layOutArticles(figure, '')] : [measured];
  });
  return layOut(
    'Test accuracy in % (mean ± standard deviation over seeds)',
    rows,
    [{ title: 'seeds', describe: describeSeedRanges }],
    figures,
  );
}

/** The columns of the brief table. */
const briefOrder = ['testAccuracyAtBestValidation', 'bestTestAccuracy', 'convergenceEpoch', 'epochSeconds'] as const;

/** Times without their spread, which matters least. */
function describeBriefly(row: ComparisonRow, { key, quantity }: FigureColumn): string {
  const { measured } = row[key];
  return describeMeasured(row, measured, (estimate) =>
    formatEstimateNumber(quantity === 'seconds' ? { ...estimate, deviation: null } : estimate, quantity),
  );
}

function describeMeasured(row: ComparisonRow, measured: Estimate | null, format: (estimate: Estimate) => string): string {
  return measured === null ? describeMissing(row) : format(measured);
}

/** What became of the runs stands where their figure would: never a blank, never a 0. A baseline has no epochs to converge at. */
export function describeMissing({ experiments, seeds }: ComparisonRow): string {
  if (seeds.length === 0) return [...new Set(experiments.map(({ summary }) => summary.status))].join(', ');
  return have('hasEpochs', experiments) ? 'not measured' : '–';
}

/** `1, 3 (diverged: 2)` */
export function describeSeeds(row: ComparisonRow): string {
  return listSeeds(row, (seeds) => seeds.join(', '));
}

/** `1–3, 5 (diverged: 4)` */
function describeSeedRanges(row: ComparisonRow): string {
  return listSeeds(row, joinRanges);
}

function listSeeds({ seeds, experiments }: ComparisonRow, join: (seeds: readonly number[]) => string): string {
  const others = experiments.filter((run) => !isCounted(run));
  const left = [...new Set(others.map(({ summary }) => summary.status))].map((status) =>
    `(${status}: ${join(others.filter(({ summary }) => summary.status === status).map(({ config }) => config.seed))})`);
  return [...(seeds.length === 0 ? [] : [join(seeds)]), ...left].join(' ');
}

/** Three in a row or more as a range. @param numbers ascending */
function joinRanges(numbers: readonly number[]): string {
  const ranges: number[][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.at(-1) === number - 1) last.push(number);
    else ranges.push([number]);
  }
  return ranges.map((range) => (range.length < 3 ? range.join(', ') : `${range[0] ?? ''}–${range.at(-1) ?? ''}`)).join(', ');
}
