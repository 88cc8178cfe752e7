import { escapeControls } from '../files/escape-controls.js';
import { renderMarkdownCode } from '../files/escape.ts';
import type { Spread } from '../measure/statistics.ts';
import { formatBytes } from '../terminal/format.ts';
import type { Compared, CompetitorId } from './competitors.ts';
import type { Circumstances } from './result.ts';

/** A result laid out, before it is drawn on the screen, in Markdown or as CSV. */
export interface Page {
  readonly title: string;
  /** Circumstances, a line each. */
  readonly lines: readonly string[];
  readonly tables: readonly ReportTable[];
  readonly figures: readonly Figure[];
}

export interface ReportTable {
  readonly title: string;
  /** What the figures are, in a sentence or two. */
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Times of competitors in one measurement: lines of a CSV file. */
export interface Figure {
  /** `step`, `epoch`, `evaluation`, `answers`, or `step by length` and its like. */
  readonly measure: string;
  readonly model: string;
  readonly threads: number;
  /** Texts of a batch, or the value of what a step grows with; null where nothing varies. */
  readonly size: number | null;
  readonly compared: readonly Compared[];
}

export interface ComparedRow {
  readonly label: string;
  readonly compared: readonly Compared[];
  /** Competitors that lack the model. */
  readonly absent: readonly CompetitorId[];
}

/** What a cell says where a competitor lacks the model. */
const ABSENT = 'lacks it';

/** A time as a cell shows it: its middle, the whole with its range, and what stands between the middle and a ratio of times. */
export interface Shown {
  readonly middle: string;
  readonly whole: string;
  readonly relation: string;
}

interface ComparisonTable extends Pick<ReportTable, 'title' | 'note'> {
  readonly rows: readonly ComparedRow[];
  readonly titles: Circumstances['titles'];
  /** Of the first column. */
  readonly head?: string;
  /** How a time is shown. */
  readonly show?: (seconds: Spread, row: number) => Shown;
}

const showTime = (seconds: Spread): Shown =>
  ({ middle: formatTime(seconds.middle), whole: withRange(seconds, formatTime), relation: ' =' });

/** A column a competitor that was measured, gatelab's time and of the others time and ratio. */
export function comparisonTable({ title, note, rows, titles, head = 'model', show = showTime }: ComparisonTable): ReportTable {
  const ids = (Object.keys(titles) as CompetitorId[]).filter((id) => rows.some(({ compared }) => compared.some((one) => one.id === id)));
  const cell = ({ compared, absent }: ComparedRow, id: CompetitorId, row: number): string => {
    const found = compared.find((one) => one.id === id);
    if (found === undefined) return absent.includes(id) ? ABSENT : '–';
    const { middle, whole, relation } = show(found.seconds, row);
    return found.ratio === null ? whole : `${middle}${relation} ${withRange(found.ratio, formatRatio)} ×`;
  };
  return {
    title, note,
    head: [head, ...ids.map((id) => titles[id] ?? id)],
    rows: rows.map((one, row) => [one.label, ...ids.map((id) => cell(one, id, row))]),
  };
}

/** @param data what was read @param more what else the reader should know, before what the competitors do */
export function describeCircumstances(
  { measuredAt, command, machine, versions, titles, words, modelWords, leftOut }: Circumstances, threads: string, data: string,
  more: readonly string[],
): string[] {
  const load = machine.loadBefore === null ? '' : `; load before the run ${machine.loadBefore.toFixed(2)} a core`;
  return [
    `Measured ${measuredAt.slice(0, 16).replace('T', ' ')} UTC by ${renderMarkdownCode(command)}`,
    `CPU: ${machine.cpu}, ${machine.cores} cores, ${formatBytes(machine.memoryBytes)}, ${machine.system}; threads of each: `
      + `${threads}${load}`,
    `Versions: ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}`,
    `Data: ${data}`,
    ...more,
    ...Object.entries(modelWords).map(([name, what]) => `Model ${name}: ${what}`),
    ...(Object.keys(titles) as CompetitorId[]).map((id) => `${titles[id] ?? id}: ${words[id] ?? ''}`),
    'Ratios are the time of the other over the time of gatelab',
    ...leftOut.map((line) => `Left out: ${escapeControls(line)}`),
  ];
}

/** A line for each competitor that lacks some of the models. */
export function describeAbsent(
  models: readonly { readonly name: string; readonly absent: readonly CompetitorId[] }[], titles: Circumstances['titles'],
): string[] {
  return (Object.keys(titles) as CompetitorId[]).flatMap((id) => {
    const lacking = [...new Set(models.filter(({ absent }) => absent.includes(id)).map(({ name }) => name))];
    return lacking.length === 0 ? [] : [`Sits out ${lacking.join(', ')}: ${titles[id] ?? id}, whose script `
      + 'in scripts/peers has the articles\' models alone'];
  });
}

export function withRange({ middle, low, high }: Spread, show: (value: number) => string): string {
  return `${show(middle)} (${show(low)}–${show(high)})`;
}

const formatRatio = (ratio: number): string => ratio.toFixed(ratio < 10 ? 2 : 1);

function formatTime(seconds: number): string {
  if (seconds < 1) return `${(1000 * seconds).toFixed(seconds < 0.01 ? 2 : seconds < 0.1 ? 1 : 0)} ms`;
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

export const count = (value: number): string => value.toLocaleString('en-US');
