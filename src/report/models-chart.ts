import type { TopLevelSpec } from 'vega-lite';

import { computeMeanInterval } from '../measure/statistics.ts';
import { FONT, okabeIto, renderSpec } from './chart.ts';
import { isBaseline, isCounted } from './comparison-rows.ts';
import { formatQuantity } from './estimate.ts';
import type { ComparisonRow } from './comparison-rows.ts';

/** An article's width. */
export const MODELS_WIDTH = 800;
/** Of a model, and what each line of settings below its name adds. */
const ROW_HEIGHT = 31;
const SETTINGS_GAP = 12;
const LABEL_SIZE = 13;
const SETTINGS_SIZE = 10;
/** Of DejaVu Sans, the average letter, in its size. */
const LETTER_WIDTH = 0.63;
/** Between the plot and the texts beside it. */
const GAP = 14;
/** Right of the plot: the figure and the number of seeds. */
const FIGURE_WIDTH = 138;
/** Around the picture. */
const EDGE = 10;
const AXIS_HEIGHT = 44;
const TITLE_HEIGHT = 30;
const LINE_HEIGHT = 18;
/** A longer line of settings is cut. */
const LONG_LINE = 30;
/** Two runs leave an interval so wide that it says nothing. */
const LEAST_SEEDS = 3;
const [RECURRENT, LINEAR] = okabeIto;
const ARTICLES = '#000000';

/** What the chart reads: a model, accuracies as fractions. */
interface Row {
  readonly model: string;
  /** What sets it apart from its namesakes, in lines. */
  readonly settings: readonly string[];
  /** Its middle, in pixels from the top. */
  readonly place: number;
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly values: readonly number[];
  readonly articles: number | null;
  readonly colour: string;
  readonly fill: string;
  readonly shape: string;
  readonly figure: string;
  readonly note: string;
}

function createRow(row: ComparisonRow): Omit<Row, 'place'> | null {
  const { measured, articles } = row.testAccuracyAtBestValidation;
  if (measured === null) return null;
  const values = row.experiments.filter(isCounted).flatMap(({ summary }) => summary.testAccuracyAtBestValidation ?? []);
  const linear = isBaseline(row);
  const [low, high] = (!linear && values.length >= LEAST_SEEDS ? computeMeanInterval(values) : null) ?? [null, null];
  const colour = linear ? LINEAR : RECURRENT;
  const [model = '', ...settings] = row.label.split(', ');
  return {
    model, settings: settings.map(cut), mean: measured.mean, low, high, values: linear ? [] : values, articles, colour,
    fill: linear || values.length > 1 ? colour : 'white', shape: linear ? 'square' : 'circle',
    figure: formatQuantity(measured.mean, 'accuracy'), note: linear ? 'linear' : `${values.length} `
      + (values.length === 1 ? 'seed' : 'seeds'),
  };
}

function cut(line: string): string {
  return line.length <= LONG_LINE ? line : `${line.slice(0, LONG_LINE - 1)}…`;
}

/** The most accurate model first. */
function createRows(comparison: readonly ComparisonRow[]): Row[] {
  let top = 0;
  return comparison.flatMap((row) => createRow(row) ?? []).sort((a, b) => b.mean - a.mean).map((row) => {
    const height = heightOf(row);
    top += height;
    return { ...row, place: top - height / 2 };
  });
}

function heightOf({ settings }: Pick<Row, 'settings'>): number {
  return ROW_HEIGHT + SETTINGS_GAP * settings.length;
}

function findDomain(rows: readonly Row[]): [number, number] {
  const shown = rows.flatMap(({ mean, low, high, values, articles }) => [mean, low ?? mean, high ?? mean, articles ?? mean, ...values]);
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  const room = Math.max(0.005, 0.04 * (most - least));
  return [Math.max(0, least - room), Math.min(1, most + room)];
}

const y = { type: 'quantitative', axis: null } as const;

function markLayers(rows: readonly Row[], x: object): object[] {
  const atRow = { field: 'place', ...y };
  const colour = { field: 'colour', type: 'nominal', scale: null };
  return [
    { mark: { type: 'rule', color: '#ededed' }, encoding: { y: atRow } },
    {
      data: { values: rows.filter(({ low }) => low !== null) },
      mark: { type: 'rule', strokeWidth: 2.5 },
      encoding: { x: { field: 'low', ...x }, x2: { field: 'high' }, y: atRow, color: colour },
    },
    {
      data: {
        values: rows.flatMap(({ values, place, colour: own }) =>
          values.length < 2 ? [] : values.map((value) => ({ value, place, colour: own })),
        ),
      },
      mark: { type: 'tick', thickness: 1.5, size: 15, opacity: 1 },
      encoding: { x: { field: 'value', ...x }, y: atRow, color: colour },
    },
    {
      mark: { type: 'point', filled: true, size: 95, strokeWidth: 2.5, opacity: 1 },
      encoding: {
        x: { field: 'mean', ...x },
        y: atRow,
        stroke: colour,
        fill: { field: 'fill', type: 'nominal', scale: null },
        shape: { field: 'shape', type: 'nominal', scale: null },
      },
    },
    {
      data: { values: rows.filter(({ articles }) => articles !== null) },
      mark: { type: 'point', shape: 'diamond', filled: false, size: 95, stroke: ARTICLES, strokeWidth: 1.8, opacity: 1 },
      encoding: { x: { field: 'articles', ...x }, y: atRow },
    },
  ];
}

function textLayers(rows: readonly Row[], width: number): object[] {
  const named = rows.map((row) => ({ ...row, shift: (-SETTINGS_GAP * row.settings.length) / 2 }));
  const text = (field: string, at: number, style: object): object => ({
    mark: { type: 'text', baseline: 'middle', fontSize: LABEL_SIZE, color: '#222222', ...style },
    encoding: { x: { value: at }, y: { field: 'place', ...y }, text: { field } },
  });
  const heights = [...new Set(named.map(({ shift }) => shift))];
  const name = (shift: number): object[] => {
    const data = { values: named.filter((row) => row.shift === shift) };
    const below = text('settings', -GAP, {
      align: 'right',
      baseline: 'top',
      dy: shift + 8,
      fontSize: SETTINGS_SIZE,
      lineHeight: SETTINGS_GAP,
    });
    return [{ data, ...text('model', -GAP, { align: 'right', dy: shift }) }, ...(shift === 0 ? [] : [{ data, ...below }])];
  };
  return [
    ...heights.flatMap(name),
    text('figure', width + GAP + 58, { align: 'right', fontWeight: 'bold' }),
    text('note', width + GAP + 68, { align: 'left', fontSize: 11 }),
  ];
}

/** What each mark is: those that there are. */
export function describeMarks(comparison: readonly ComparisonRow[]): string[] {
  const rows = createRows(comparison);
  const marks: [boolean, string][] = [
    [rows.some(({ values }) => values.length > 1), '● mean over seeds, with a tick for each'],
    [rows.some(({ low }) => low !== null), `bar: 95 % interval of the mean, from ${LEAST_SEEDS} seeds on`],
    [rows.some(({ values }) => values.length === 1), '○ one seed, so no interval'],
    [rows.some(({ shape }) => shape === 'square'), '■ linear model'],
    [rows.some(({ articles }) => articles !== null), '◇ the articles’ best accuracy'],
  ];
  return marks.filter(([used]) => used).map(([, meaning]) => meaning);
}

export interface ModelsChart {
  /** Null for a page, which says it itself. */
  readonly title: string | null;
  readonly width: number;
}

/**
 * A row for each model, the most accurate first: its test accuracy at the best validation epoch over seeds, and beside it the
 * articles' best accuracy. As SVG.
 * @param comparison of runs that can stand side by side; rows without a completed run are left out
 */
export async function renderModels(comparison: readonly ComparisonRow[], { title, width: total }: ModelsChart): Promise<string> {
  const rows = createRows(comparison);
  if (rows.length === 0) throw new RangeError('renderModels: there is no model to draw');
  const names =
    Math.max(...rows.flatMap(({ model, settings }) => [model.length * LABEL_SIZE, ...settings.map((line) => line.length * SETTINGS_SIZE)]))
    * LETTER_WIDTH;
  const marks = describeMarks(comparison);
  const lines = [marks.slice(0, 2), marks.slice(2)].filter((line) => line.length > 0).map((line) => line.join(' · '));
  const padding = {
    left: names + GAP + EDGE,
    right: FIGURE_WIDTH + EDGE,
    top: EDGE + (title === null ? 0 : TITLE_HEIGHT + lines.length * LINE_HEIGHT),
    bottom: title === null ? AXIS_HEIGHT / 2 : AXIS_HEIGHT,
  };
  const width = total - padding.left - padding.right;
  const height = rows.reduce((sum, row) => sum + heightOf(row), 0);
  const x = {
    type: 'quantitative',
    scale: { domain: findDomain(rows), nice: false, zero: false },
    title: title === null ? null : 'test accuracy at the best validation epoch',
    axis: { format: '.1~%', tickCount: Math.round(width / 60), grid: true, domain: false, ticks: false },
  };
  const heading = {
    text: title, subtitle: lines, anchor: 'start', frame: 'group', dx: EDGE - padding.left, offset: 8,
    fontSize: 16, subtitleFontSize: 12, subtitlePadding: 6, subtitleLineHeight: LINE_HEIGHT,
  };
  return renderSpec({
    ...(title === null ? {} : { title: heading }),
    background: title === null ? 'transparent' : 'white',
    padding,
    autosize: 'none',
    width,
    height,
    data: { values: rows },
    encoding: { y: { scale: { domain: [height, 0], nice: false, zero: false } } },
    layer: [...markLayers(rows, x), ...textLayers(rows, width)],
    config: {
      font: FONT,
      view: { stroke: null },
      axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal', gridColor: '#ddd' },
    },
  } as TopLevelSpec);
}
