import type { TopLevelSpec } from 'vega-lite';
import type { StudyMeasure } from '../study/record.ts';
import { chartConfig, okabeIto, renderSpec } from './chart.ts';
import { renderDifferenceChart } from './difference-chart.ts';
import { findNumericAxis, listMarks, measureViews } from './study-lines.ts';
import type { Mark, NumericAxis } from './study-lines.ts';
import type { StudyEffect, StudyResult } from './study.ts';

const WIDTH = 480, HEIGHT = 280;
/** Of panels side by side. */
const PANEL = { width: 235, height: 170, columns: 2 } as const;
/** From where on an axis shows its values by their ratios. */
const WIDE_RANGE = 8;
const MEBI = 2 ** 20;
/** Longer names stand below each other in the legend. */
const LONG_NAME = 18;
/** Where lines lie on each other, each shows in the gaps of those above it. */
const dashes = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [4, 4], [10, 4], [1, 3]] as const;
const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right'] as const;

/**
 * What the study is about along the axis with numbers, a line with a band for whatever else there is, in panels where there are many; else
 * a point with an interval for each effect.
 */
export async function renderStudyChart(result: StudyResult): Promise<string | null> {
  const axis = findNumericAxis(result.record), { measures, name } = result.record;
  const drawn = axis === null ? []
    : measures.map((measure) => ({ measure, marks: listMarks(result, axis, measure) })).filter(({ marks }) => marks.length > 1);
  if (axis !== null && drawn.length > 0) return renderLines(axis, drawn, name);
  return result.effects.length === 0 ? null : renderDifferenceChart(result.effects.map(toDecided));
}

/** Hollow where the verdict, which is corrected for how many effects there are, decides nothing. */
function toDecided({ difference, verdict }: StudyEffect): StudyEffect['difference'] {
  return verdict === 'not decided' ? { ...difference, outcome: 'noise' } : difference;
}

/** Lines told apart by colour and shape, and by dashes where they are many: more than there are colours repeat them with other dashes. */
function lineChannels(lines: readonly string[], isMany: boolean): object {
  const scale = (range: readonly unknown[]): object => ({ domain: lines, range: lines.map((_, k) => range[k % range.length]) });
  /** Shifted from round to round, so that no two lines have both the same colour and this. */
  const shifted = (range: readonly unknown[]): object =>
    ({ domain: lines, range: lines.map((_, k) => range[(k + Math.floor(k / okabeIto.length)) % range.length]) });
  const legend = lines.length === 1 ? null : {
    orient: 'bottom', columns: lines.some((line) => line.length > LONG_NAME) ? 1 : 4, labelLimit: 0, symbolOpacity: 1, symbolSize: 60,
    symbolStrokeWidth: 0, // which would be dashed
  };
  const channel = { field: 'line', type: 'nominal', title: null, sort: lines, legend };
  return {
    color: { ...channel, scale: scale(okabeIto) }, shape: { ...channel, scale: shifted(shapes) },
    ...(isMany ? { strokeDash: { ...channel, scale: shifted(dashes) } } : {}),
  };
}

/** Whether values are shown by their ratios. */
function isWide(values: readonly number[]): boolean {
  return Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) >= WIDE_RANGE;
}

/** An axis of ratios, with 1, 2 and 5 of each power of ten. */
function logarithmic(values: readonly number[]): object {
  const low = Math.min(...values) / 1.2, high = Math.max(...values) * 1.2, first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, k) => 10 ** (first + k));
  const ticks = powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((tick) => tick >= low && tick <= high);
  return { scale: { type: 'log', domain: [low, high], nice: false }, axis: { values: ticks, format: ',~r' } };
}

/** Bytes as MiB, as their title says. */
function scaleMark({ panel, line, x, mean, low, high }: Mark, measure: StudyMeasure): Mark {
  const unit = measureViews[measure].quantity === 'bytes' ? MEBI : 1;
  return { panel, line, x, mean: mean / unit, low: low / unit, high: high / unit };
}

interface DrawnMeasure {
  readonly measure: StudyMeasure;
  readonly marks: readonly Mark[];
}

/** The lines of one measure. */
function createView({ key, values }: NumericAxis, { measure, marks }: DrawnMeasure): object {
  const lines = [...new Set(marks.map(({ line }) => line))], panels = [...new Set(marks.map(({ panel }) => panel))];
  const isFaceted = panels.length > 1, shown = marks.map((mark) => scaleMark(mark, measure));
  const x = {
    field: 'x', type: 'quantitative', title: key,
    scale: { nice: false, padding: 12, ...(isWide(values) ? { type: 'log' } : { zero: false }) },
    axis: { values: [...values], grid: false, format: '~r', labelOverlap: 'greedy' },
  };
  const limits = shown.flatMap(({ low, high }) => [low, high]), isLog = measure !== 'accuracy' && isWide(limits);
  const y = (field: string): object => ({
    field, type: 'quantitative', title: null,
    ...(isLog ? logarithmic(limits) : {
      scale: { zero: measure !== 'accuracy' }, axis: { format: measure === 'accuracy' ? '.1~%' : ',~r', tickCount: isFaceted ? 5 : 6 },
    }),
  });
  const { color, shape, strokeDash } = lineChannels(lines, isFaceted || lines.length > okabeIto.length) as Record<string, object>;
  const layer = [
    { mark: { type: 'area', opacity: 0.15 }, encoding: { x, y: y('low'), y2: { field: 'high' }, color } },
    { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y: y('mean'), color, ...(strokeDash === undefined ? {} : { strokeDash }) } },
    { mark: { type: 'point', size: 40, filled: true, opacity: 1 }, encoding: { x, y: y('mean'), color, shape } },
  ];
  const view = { width: isFaceted ? PANEL.width : WIDTH, height: isFaceted ? PANEL.height : HEIGHT, layer };
  const facet = {
    facet: { field: 'panel', type: 'nominal', title: null, sort: panels, header: { labelFontSize: 11, labelFontWeight: 'bold' } },
    columns: PANEL.columns, spacing: 18, spec: view, resolve: { axis: { x: 'independent' } },
  };
  return { data: { values: shown }, ...(isFaceted ? facet : view) };
}

function renderLines(axis: NumericAxis, drawn: readonly DrawnMeasure[], name: string): Promise<string> {
  const titleOf = ({ measure }: DrawnMeasure): string => measureViews[measure].title;
  const [first] = drawn, views = drawn.map((one) => createView(axis, one));
  const shared = { background: 'white', padding: 10, config: { ...chartConfig, legend: { labelFontSize: 11 } } };
  const spec = drawn.length === 1 && first !== undefined
    ? { ...shared, title: { text: name, subtitle: titleOf(first) }, ...views[0] }
    : {
      ...shared, title: name, vconcat: views.map((view, k) => ({ title: drawn[k] === undefined ? '' : titleOf(drawn[k]), ...view })),
      resolve: { scale: { color: 'shared', shape: 'shared' } },
    };
  return renderSpec(spec as unknown as TopLevelSpec);
}
