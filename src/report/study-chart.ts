import type { TopLevelSpec } from 'vega-lite';
import { computeMeanInterval } from '../measure/statistics.ts';
import type { StudyRecord } from '../study/record.ts';
import { chartConfig, okabeIto, renderSpec } from './chart.ts';
import { renderDifferenceChart } from './difference-chart.ts';
import type { PointResult, StudyResult } from './study.ts';

const WIDTH = 520, HEIGHT = 300;
/** From where on an axis shows its values by their ratios. */
const WIDE_RANGE = 8;

/** The axis with numbers that most points differ in, which lines go along; null where there is none. */
function findNumericAxis({ axes }: StudyRecord): { readonly key: string; readonly values: readonly number[] } | null {
  const numeric = axes.flatMap(({ key, values }) => {
    const numbers = values.filter((value) => typeof value === 'number');
    return numbers.length === values.length && numbers.length > 1 ? [{ key, values: numbers }] : [];
  });
  return numeric.toSorted((a, b) => b.values.length - a.values.length)[0] ?? null;
}

interface Mark {
  readonly line: string;
  readonly x: number;
  readonly mean: number;
  /** The 95 % interval over seeds; of fewer than three the lowest and the highest. */
  readonly low: number;
  readonly high: number;
}

const LEAST_SEEDS = 3;

function toMark({ point, row }: PointResult, key: string): Mark[] {
  const x = point.values[key], values = row.experiments.flatMap(({ summary }) => summary.testAccuracyAtBestValidation ?? []);
  const { measured } = row.testAccuracyAtBestValidation;
  if (typeof x !== 'number' || measured === null) return [];
  const interval = values.length >= LEAST_SEEDS ? computeMeanInterval(values) : null;
  const [low, high] = interval ?? [Math.min(...values), Math.max(...values)];
  const last = key.slice(key.lastIndexOf('.') + 1);
  const line = row.label.split(', ').filter((part) => part !== `${last} ${x}`).join(', ');
  return [{ line, x, mean: measured.mean, low: Math.max(0, low), high: Math.min(1, high) }];
}

/** Accuracy along the axis with numbers, a line with a band for whatever else there is; else a point with an interval for each effect. */
export async function renderStudyChart(result: StudyResult): Promise<string | null> {
  const axis = findNumericAxis(result.record);
  const marks = axis === null ? [] : result.points.flatMap((one) => toMark(one, axis.key));
  if (axis !== null && marks.length > 1) return renderLines(axis, marks, result.record.name);
  return result.effects.length === 0 ? null : renderDifferenceChart(result.effects.map(({ difference }) => difference));
}

function renderLines({ key, values }: { readonly key: string; readonly values: readonly number[] }, marks: readonly Mark[], name: string) {
  const lines = [...new Set(marks.map(({ line }) => line))];
  const isWide = Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) >= WIDE_RANGE;
  const x = {
    field: 'x', type: 'quantitative', title: key,
    scale: { nice: false, padding: 12, ...(isWide ? { type: 'log' } : { zero: false }) },
    axis: { values: [...values], grid: false, format: '~r' },
  };
  const y = (field: string): object => ({
    field, type: 'quantitative', title: 'test accuracy at best validation', scale: { zero: false }, axis: { format: '.1~%', tickCount: 6 },
  });
  const color = {
    field: 'line', type: 'nominal', title: null, sort: lines,
    legend: lines.length === 1 ? null : { labelLimit: 0, symbolOpacity: 1 },
    scale: { domain: lines, range: lines.map((_, k) => okabeIto[k % okabeIto.length]) },
  };
  const spec = {
    background: 'white', padding: 10, width: WIDTH, height: HEIGHT, data: { values: marks }, title: name,
    layer: [
      { mark: { type: 'area', opacity: 0.15 }, encoding: { x, y: y('low'), y2: { field: 'high' }, color } },
      { mark: { type: 'line', strokeWidth: 2, point: { size: 45, filled: true } }, encoding: { x, y: y('mean'), color } },
    ],
    config: { ...chartConfig, legend: { labelFontSize: 11 } },
  };
  return renderSpec(spec as TopLevelSpec);
}
