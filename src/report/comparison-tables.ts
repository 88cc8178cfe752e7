import type { Comparison, ComparisonRow, Estimate, Figure, PairedDifference } from './comparison.ts';
import { isBaseline, isCounted } from './comparison-rows.ts';
import { formatEstimate, formatPoints, formatPrinted, formatPValue, formatRatio } from './format-estimate.ts';
import type { Quantity } from './format-estimate.ts';

/** Plain texts in rows and columns, to be escaped by whoever shows them. */
export interface TextTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly align: readonly ('left' | 'right')[];
}

/** The comparison as tables: how good, at what cost, and which differences are more than chance. */
export function layOutComparison({ rows, differences }: Comparison): TextTable[] {
  const tables = [layOutQuality(rows), layOutCost(rows)];
  return differences.length === 0 ? tables : [...tables, layOutDifferences(differences)];
}

/** `With headDropoutRate 0.5 for all models`; null of the main table. */
export function describeSettings({ settings }: Comparison): string | null {
  return settings === null ? null : `With ${settings} for all models`;
}

export type FigureKey = { [Key in keyof ComparisonRow]: ComparisonRow[Key] extends Figure ? Key : never }[keyof ComparisonRow];

interface FigureColumn {
  readonly title: string;
  readonly key: FigureKey;
  readonly quantity: Quantity;
}

function layOutQuality(rows: readonly ComparisonRow[]): TextTable {
  return layOut('Accuracy and convergence (mean ± standard deviation over seeds)', rows, [
    { title: 'test accuracy at best validation', key: 'testAccuracyAtBestValidation', quantity: 'accuracy' },
    { title: 'best test accuracy', key: 'bestTestAccuracy', quantity: 'accuracy' },
    { title: 'convergence epoch', key: 'convergenceEpoch', quantity: 'epoch' },
  ], { title: 'seeds', describe: describeSeeds });
}

function layOutCost(rows: readonly ComparisonRow[]): TextTable {
  return layOut('Size, time and memory', rows, [
    { title: 'parameters', key: 'parameters', quantity: 'count' },
    { title: 'without embedding', key: 'parametersWithoutEmbedding', quantity: 'count' },
    { title: 'seconds an epoch (median)', key: 'epochSeconds', quantity: 'seconds' },
    { title: 'peak memory', key: 'peakRssBytes', quantity: 'bytes' },
    { title: 'above the engine\'s own', key: 'peakAboveBaselineBytes', quantity: 'bytes' },
  ]);
}

interface RowColumn {
  readonly title: string;
  readonly describe: (row: ComparisonRow) => string;
}

/** A column for each figure, and where the articles have one in any row, theirs and the ratio to it. */
function layOut(title: string, rows: readonly ComparisonRow[], figures: readonly FigureColumn[], more?: RowColumn): TextTable {
  const columns: RowColumn[] = [
    { title: 'model', describe: ({ label }) => label },
    ...(more === undefined ? [] : [more]),
    ...figures.flatMap((figure) => layOutFigure(rows, figure)),
  ];
  const texts = more === undefined ? 1 : 2;
  return {
    title, head: columns.map((column) => column.title), align: columns.map((_, k) => (k < texts ? 'left' : 'right')),
    rows: rows.map((row) => columns.map(({ describe }) => describe(row))),
  };
}

function layOutFigure(rows: readonly ComparisonRow[], { title, key, quantity }: FigureColumn): RowColumn[] {
  const measured: RowColumn = { title, describe: (row) => describeMeasured(row, row[key].measured, quantity) };
  if (rows.every((row) => row[key].articles === null)) return [measured];
  return [
    measured,
    { title: 'articles', describe: ({ [key]: { articles } }) => (articles === null ? '–' : formatPrinted(articles, quantity)) },
    { title: 'ratio', describe: ({ [key]: { articles, ratio } }) => (articles === null ? '–' : formatRatio(ratio)) },
  ];
}

function describeMeasured(row: ComparisonRow, measured: Estimate | null, quantity: Quantity): string {
  return measured === null ? describeMissing(row) : formatEstimate(measured, quantity);
}

/** What became of the runs stands where their figure would: never a blank, never a 0. A baseline has no epochs to converge at. */
export function describeMissing({ experiments, seeds }: ComparisonRow): string {
  if (seeds.length === 0) return [...new Set(experiments.map(({ summary }) => summary.status))].join(', ');
  return isBaseline({ experiments }) ? '–' : 'not measured';
}

/** `1, 3 (diverged: 2)` */
export function describeSeeds({ seeds, experiments }: ComparisonRow): string {
  const others = experiments.filter((run) => !isCounted(run));
  const left = [...new Set(others.map(({ summary }) => summary.status))].map((status) =>
    `(${status}: ${others.filter(({ summary }) => summary.status === status).map(({ config }) => config.seed).join(', ')})`);
  return [...(seeds.length === 0 ? [] : [seeds.join(', ')]), ...left].join(' ');
}

/** What one pair of runs shows may be chance or not. */
export function describeOutcome({ first, second, outcome }: PairedDifference): string {
  return { first: `${first} ahead`, second: `${second} ahead`, noise: 'within the noise', open: 'one run each' }[outcome];
}

function layOutDifferences(differences: readonly PairedDifference[]): TextTable {
  return {
    title: 'Differences in test accuracy at best validation (percentage points, paired over seeds)',
    head: ['models', 'difference', '95 % interval', "McNemar's p by seed", 'verdict'],
    align: ['left', 'right', 'right', 'right', 'left'],
    rows: differences.map((difference) => [
      `${difference.first} − ${difference.second}`,
      formatPoints(difference.difference.mean),
      difference.interval === null ? '–' : difference.interval.map(formatPoints).join(' to '),
      difference.mcnemar.length === 0 ? 'no predictions' : difference.mcnemar.map(({ pValue }) => formatPValue(pValue)).join(', '),
      describeOutcome(difference),
    ]),
  };
}
