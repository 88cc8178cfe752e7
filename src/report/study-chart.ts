import type { TopLevelSpec } from 'vega-lite';
import { computeMeanInterval } from '../measure/statistics.ts';
import { CONFIG_AXIS } from '../study/definition.ts';
import { CHANGE_AXIS } from '../study/points.ts';
import type { StudyRecord } from '../study/record.ts';
import { chartConfig, okabeIto, renderSpec } from './chart.ts';
import { renderDifferenceChart } from './difference-chart.ts';
import type { PointResult, StudyEffect, StudyResult } from './study.ts';

const WIDTH = 480, HEIGHT = 280;
/** Of panels side by side. */
const PANEL = { width: 235, height: 170, columns: 2 } as const;
/** From where on an axis shows its values by their ratios. */
const WIDE_RANGE = 8;
/** Longer names stand below each other in the legend. */
const LONG_NAME = 18;
/** Where lines lie on each other, each shows in the gaps of those above it. */
const dashes = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [4, 4], [10, 4], [1, 3]] as const;
const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right'] as const;

/** The axis with numbers that most points differ in, which lines go along; null where there is none. */
function findNumericAxis({ axes }: StudyRecord): { readonly key: string; readonly values: readonly number[] } | null {
  const numeric = axes.flatMap(({ key, values }) => {
    const numbers = values.filter((value) => typeof value === 'number');
    return numbers.length === values.length && numbers.length > 1 ? [{ key, values: numbers }] : [];
  });
  return numeric.toSorted((a, b) => b.values.length - a.values.length)[0] ?? null;
}

interface Mark {
  /** The panel that it is in; empty where there is one alone. */
  readonly panel: string;
  readonly line: string;
  readonly x: number;
  readonly mean: number;
  /** The 95 % interval over seeds; of fewer than three the lowest and the highest. */
  readonly low: number;
  readonly high: number;
}

const LEAST_SEEDS = 3;

/** What an axis adds to a point's label. */
function partOf({ point, row }: PointResult, key: string): string {
  if (key === CONFIG_AXIS) return row.label.split(', ')[0] ?? '';
  const value = point.values[key];
  return key === CHANGE_AXIS ? String(value ?? '') : `${key.slice(key.lastIndexOf('.') + 1)} ${String(value ?? 'none')}`;
}

/** What is left of its label. */
function nameLine(one: PointResult, keys: readonly string[]): string {
  const out = keys.map((key) => partOf(one, key));
  return one.row.label.split(', ').filter((part) => !out.includes(part)).join(', ');
}

const countDistinct = (names: readonly string[]): number => new Set(names).size;

/**
 * The axis that has a panel for each of its values: none of a few lines, which one panel holds, nor of lines that differ in one thing
 * alone. The model, if that leaves no more lines in a panel than there are colours; else the first axis that does.
 */
function chooseFacet({ record: { axes }, points }: StudyResult, along: string): string | null {
  const others = axes.filter(({ key, values }) => key !== along && values.length > 1).map(({ key }) => key);
  if (others.length < 2 || countDistinct(points.map((one) => nameLine(one, [along]))) <= okabeIto.length) return null;
  const ordered = [...others.filter((key) => key === CONFIG_AXIS), ...others.filter((key) => key !== CONFIG_AXIS)];
  return ordered.find((key) => countDistinct(points.map((one) => nameLine(one, [along, key]))) <= okabeIto.length) ?? ordered[0] ?? null;
}

function toMark(one: PointResult, key: string, facet: string | null): Mark[] {
  const { point, row } = one;
  const x = point.values[key], values = row.experiments.flatMap(({ summary }) => summary.testAccuracyAtBestValidation ?? []);
  const { measured } = row.testAccuracyAtBestValidation;
  if (typeof x !== 'number' || measured === null) return [];
  const interval = values.length >= LEAST_SEEDS ? computeMeanInterval(values) : null;
  const [low, high] = interval ?? [Math.min(...values), Math.max(...values)];
  return [{
    panel: facet === null ? '' : partOf(one, facet), line: nameLine(one, facet === null ? [key] : [key, facet]),
    x, mean: measured.mean, low: Math.max(0, low), high: Math.min(1, high),
  }];
}

/**
 * Accuracy along the axis with numbers, a line with a band for whatever else there is, in panels where there are many; else a point with
 * an interval for each effect.
 */
export async function renderStudyChart(result: StudyResult): Promise<string | null> {
  const axis = findNumericAxis(result.record), facet = axis === null ? null : chooseFacet(result, axis.key);
  const marks = axis === null ? [] : result.points.flatMap((one) => toMark(one, axis.key, facet));
  if (axis !== null && marks.length > 1) return renderLines(axis, marks, result.record.name);
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

function renderLines({ key, values }: { readonly key: string; readonly values: readonly number[] }, marks: readonly Mark[], name: string) {
  const lines = [...new Set(marks.map(({ line }) => line))], panels = [...new Set(marks.map(({ panel }) => panel))];
  const isWide = Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) >= WIDE_RANGE, isFaceted = panels.length > 1;
  const x = {
    field: 'x', type: 'quantitative', title: key,
    scale: { nice: false, padding: 12, ...(isWide ? { type: 'log' } : { zero: false }) },
    axis: { values: [...values], grid: false, format: '~r', labelOverlap: 'greedy' },
  };
  const y = (field: string): object => ({
    field, type: 'quantitative', title: null, scale: { zero: false }, axis: { format: '.1~%', tickCount: isFaceted ? 5 : 6 },
  });
  const { color, shape, strokeDash } = lineChannels(lines, isFaceted || lines.length > okabeIto.length) as Record<string, object>;
  const layer = [
    { mark: { type: 'area', opacity: 0.15 }, encoding: { x, y: y('low'), y2: { field: 'high' }, color } },
    { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y: y('mean'), color, ...(strokeDash === undefined ? {} : { strokeDash }) } },
    { mark: { type: 'point', size: 40, filled: true, opacity: 1 }, encoding: { x, y: y('mean'), color, shape } },
  ];
  const view = { width: isFaceted ? PANEL.width : WIDTH, height: isFaceted ? PANEL.height : HEIGHT, layer };
  const spec = {
    background: 'white', padding: 10, data: { values: marks },
    title: { text: name, subtitle: 'test accuracy at best validation' },
    ...(isFaceted ? {
      facet: { field: 'panel', type: 'nominal', title: null, sort: panels, header: { labelFontSize: 11, labelFontWeight: 'bold' } },
      columns: PANEL.columns, spacing: 18, spec: view, resolve: { axis: { x: 'independent' } },
    } : view),
    config: { ...chartConfig, legend: { labelFontSize: 11 } },
  };
  return renderSpec(spec as unknown as TopLevelSpec);
}
