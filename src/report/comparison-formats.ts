import { listExperiments } from './comparison.ts';
import type { Comparison, Comparisons, Figure } from './comparison.ts';
import { figureColumns, describeSeeds, describeSettings, layOutComparison } from './comparison-tables.ts';
import type { Extent } from './comparison-tables.ts';
import { escapeMarkdown, printable, renderCsv, renderMarkdownRows } from '../files/escape.ts';
import type { Experiment } from '../experiment/load.ts';
import { convergenceDefinition } from '../experiment/records.ts';
import { describeData } from './departures.ts';
import { wrapText, renderPlainTable } from '../terminal/plain-table.ts';
import type { TextTable } from '../terminal/plain-table.ts';
import type { ComparisonRow } from './comparison-rows.ts';
import type { OutputFormat } from './output-format.ts';

const parts = ['', 'Deviation', 'Articles', 'Ratio'] as const;

function listFigure({ measured, articles, ratio }: Figure, otherwise: string): unknown[] {
  return [measured?.mean ?? otherwise, measured?.deviation, articles, ratio];
}

function listRow(settings: Comparison['settings'], row: ComparisonRow): unknown[] {
  const statuses = [...new Set(row.experiments.map(({ summary }) => summary.status))].join(' ');
  const cells = figureColumns.flatMap(({ key }) => listFigure(row[key], row.seeds.length > 0 ? '' : statuses));
  const synthetic = row.experiments[0]?.environment.dataset.synthetic ?? false;
  return [row.label, settings, describeSeeds(row), row.seeds.length, statuses, synthetic, ...cells];
}

/**
 * A line a model: means over seeds, with their standard deviation, the articles' figure and the ratio to it; accuracies as
 * fractions. A model without a completed run has its status in place of a mean. Settings that all models of a table share and the
 * articles' do not have a column; it is empty in the main table.
 */
export function renderComparisonCsv(comparisons: Comparisons): string {
  const head = [
    'model',
    'settings',
    'seeds',
    'runs',
    'status',
    'synthetic',
    ...figureColumns.flatMap(({ key }) => parts.map((part) => `${key}${part}`)),
  ];
  return renderCsv([head, ...comparisons.flatMap(({ settings, rows }) => rows.map((row) => listRow(settings, row)))]);
}

function describeRun({ name, config, environment, summary: { status, epochs, failure, divergence } }: Experiment): object {
  return {
    name,
    seed: config.seed,
    status,
    epochs,
    commit: environment.git?.commit ?? null,
    ...(failure === undefined ? {} : { failure }),
    ...(divergence === undefined ? {} : { divergence }),
  };
}

function describeRow({ label, seeds, experiments, ...figures }: ComparisonRow): object {
  return { model: label, seeds, runs: experiments.map(describeRun), ...figures };
}

/** All there is to know, for programs; accuracies and differences as fractions. */
export function renderComparisonJson(comparisons: Comparisons): string {
  const [first] = comparisons.flatMap(listExperiments);
  const { kind, fingerprint, synthetic, counts } = first?.environment.dataset ?? {};
  const tables = comparisons.map(({ settings, rows, differences, notes }) => ({
    settings,
    rows: rows.map(describeRow),
    differences,
    notes,
  }));
  return `${JSON.stringify({ dataset: { kind, synthetic, fingerprint, counts }, convergenceDefinition, tables }, null, 2)}\n`;
}

export function renderMarkdownTable({ title, head, rows, align }: TextTable): string {
  const table = renderMarkdownRows(head.map(escapeMarkdown), rows.map((row) => row.map(escapeMarkdown)), align);
  return `**${escapeMarkdown(title)}**\n\n${table}`;
}

function renderMarkdownComparison(comparison: Comparison): string[] {
  const heading = describeSettings(comparison);
  const notes = comparison.notes.map((note) => `- ${escapeMarkdown(note)}`);
  return [
    ...(heading === null ? [] : [`### ${escapeMarkdown(heading)}`]),
    ...layOutComparison(comparison, { wide: true, all: true }).map(renderMarkdownTable), ...(notes.length === 0 ? [] : [notes.join('\n')]),
  ];
}

/** GitHub's Markdown. */
export function renderComparisonMarkdown(comparisons: Comparisons): string {
  const data = describeData(comparisons.flatMap(listExperiments));
  return `${[escapeMarkdown(data), ...comparisons.flatMap(renderMarkdownComparison)].join('\n\n')}\n`;
}

export interface TextOptions extends Extent {
  /** How wide the terminal is. */
  readonly columns: number;
}

/** Titles of columns are folded to the width of what stands below them, but not below this. */
const LEAST_HEAD_WIDTH = 9;
const LEAST_TEXT_WIDTH = 9;
const GAP = 2;

const shown = (text: string): string => printable(text, Infinity);

function widthOf(texts: readonly string[]): number {
  return Math.max(...texts.flatMap((text) => text.split('\n')).map((line) => line.length));
}

/** Column titles in several short lines, so that the figures decide the width; then the models' names too, where the table is too wide. */
export function renderTextTable({ title, head, rows, align }: TextTable, columns: number): string {
  const body = rows.map((row) => row.map(shown));
  const cells = [
    head.map((text, k) => wrapText(shown(text), Math.max(LEAST_HEAD_WIDTH, widthOf(body.map((row) => row[k] ?? ''))))),
    ...body,
  ];
  const texts = align.flatMap((side, k) => (side === 'left' ? [k] : [])).reverse(); // seeds and verdicts give way before names
  const fitted = texts.reduce<Cells>((table, k) => foldColumn(table, k, columns), cells);
  return `${wrapText(shown(title), columns)}\n\n${renderPlainTable(fitted, { align: [...align] })}`;
}

type Cells = readonly (readonly string[])[];

/** Folds the texts of one column as far as the table is too wide, and as far as they bear it. */
function foldColumn(table: Cells, column: number, columns: number): Cells {
  const widths = (table[0] ?? []).map((_, k) => widthOf(table.map((row) => row[k] ?? '')));
  const over = widths.reduce((sum, width) => sum + GAP + width, -GAP) - columns;
  if (over <= 0) return table;
  const width = Math.max((widths[column] ?? 0) - over, LEAST_TEXT_WIDTH);
  return table.map((row) => row.map((text, k) => (k === column ? foldWords(text, width) : text)));
}

/** Between words, and the long names of settings between their parts: `embedding`, `DropoutRate`. */
function foldWords(text: string, width: number): string {
  const parted = text.split(' ').map((word) => (word.length > width ? word.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '\n') : word));
  return wrapText(parted.join(' '), width);
}

function renderTextComparison(comparison: Comparison, options: TextOptions): string[] {
  const heading = describeSettings(comparison);
  const notes = comparison.notes.map((note) => `· ${wrapText(shown(note), options.columns, GAP)}`);
  return [
    ...(heading === null ? [] : [wrapText(shown(`${heading}:`), options.columns)]),
    ...layOutComparison(comparison, options).map((table) => renderTextTable(table, options.wide ? Infinity : options.columns)),
    ...(notes.length === 0 ? [] : [notes.join('\n')]),
  ];
}

/** How to see what is left out. */
function describeMore({ wide, all }: Extent): string[] {
  const more = [
    ...(wide ? [] : ["--wide shows parameters, memory and the ratios to the articles' figures"]),
    ...(all ? [] : ['--all shows every pair of models']),
  ];
  return more.length === 0 ? [] : [more.join('; ')];
}

/** For a terminal: whatever names and reasons hold, nothing in it is obeyed. */
export function renderComparisonText(comparisons: Comparisons, options: TextOptions): string {
  const data = describeData(comparisons.flatMap(listExperiments));
  const more = describeMore(options).map((line) => wrapText(line, options.columns));
  const parts = [shown(data), ...comparisons.flatMap((comparison) => renderTextComparison(comparison, options)), ...more];
  return `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`;
}

const renderers = {
  terminal: renderComparisonText, markdown: renderComparisonMarkdown, csv: renderComparisonCsv, json: renderComparisonJson,
} as const satisfies Record<OutputFormat, (comparisons: Comparisons, options: TextOptions) => string>;

export const comparisonFormats = Object.keys(renderers) as OutputFormat[];

/** @param options of the terminal's format; the others hold everything */
export function renderComparison(comparisons: Comparisons, format: OutputFormat, options: TextOptions): string {
  return renderers[format](comparisons, options);
}

