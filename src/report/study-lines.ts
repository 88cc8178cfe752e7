import { computeMeanInterval } from '../measure/statistics.ts';
import { computePeakAboveBaseline } from '../experiment/records.ts';
import type { Experiment } from '../experiment/load.ts';
import { CONFIG_AXIS } from '../study/definition.ts';
import { CHANGE_AXIS } from '../study/points.ts';
import type { StudyMeasure, StudyRecord } from '../study/record.ts';
import { formatCount, joinWords } from '../terminal/format.ts';
import { okabeIto } from './chart.ts';
import { isCounted } from './comparison-rows.ts';
import type { FigureKey } from './comparison-tables.ts';
import type { Quantity } from './estimate.ts';
import type { PointResult, StudyResult } from './study.ts';

interface MeasureView {
  readonly figure: FigureKey;
  readonly valueOf: (experiment: Experiment) => number | null;
  readonly quantity: Quantity;
  /** Of a picture, with the unit, and in a sentence. */
  readonly title: string;
  readonly name: string;
}

/** What a study may be about, as a report has it. */
export const measureViews: Readonly<Record<StudyMeasure, MeasureView>> = {
  accuracy: {
    figure: 'testAccuracyAtBestValidation', valueOf: ({ summary }) => summary.testAccuracyAtBestValidation, quantity: 'accuracy',
    title: 'test accuracy at best validation', name: 'test accuracy at best validation',
  },
  time: {
    figure: 'epochSeconds', valueOf: ({ summary }) => summary.medianEpochSeconds, quantity: 'seconds', title: 'seconds an epoch (median)',
    name: 'the time of an epoch',
  },
  memory: {
    figure: 'peakAboveBaselineBytes', valueOf: ({ summary }) => computePeakAboveBaseline(summary), quantity: 'bytes',
    title: 'peak memory above the engine’s own, MiB', name: 'peak memory above the engine’s own',
  },
};

/** A setting with numbers, which lines go along. */
export interface NumericAxis {
  readonly key: string;
  readonly values: readonly number[];
}

/** The axis with numbers that most points differ in, which lines go along; null where there is none. */
export function findNumericAxis({ axes }: StudyRecord): NumericAxis | null {
  const numeric = axes.flatMap(({ key, values }) => {
    const numbers = values.filter((value) => typeof value === 'number');
    return numbers.length === values.length && numbers.length > 1 ? [{ key, values: numbers }] : [];
  });
  return numeric.toSorted((a, b) => b.values.length - a.values.length)[0] ?? null;
}

export interface Mark {
  /** The panel that it is in; empty where there is one alone. */
  readonly panel: string;
  readonly line: string;
  readonly x: number;
  readonly mean: number;
  /** Of an accuracy the 95 % interval over seeds; of costs, and of fewer than three seeds, the lowest and the highest. */
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

function toMark(one: PointResult, measure: StudyMeasure, key: string, facet: string | null): Mark[] {
  const { point, row } = one, { figure, valueOf } = measureViews[measure];
  const x = point.values[key], { measured } = row[figure];
  const values = row.experiments.filter(isCounted).flatMap((experiment) => valueOf(experiment) ?? []);
  if (typeof x !== 'number' || measured === null) return [];
  const [low, high] = (measure === 'accuracy' ? findInterval(values) : null) ?? [Math.min(...values), Math.max(...values)];
  return [{
    panel: facet === null ? '' : partOf(one, facet), line: nameLine(one, facet === null ? [key] : [key, facet]), x, mean: measured.mean,
    low, high,
  }];
}

/** Of an accuracy, which is a share; null of too few seeds for it. */
function findInterval(values: readonly number[]): readonly [number, number] | null {
  const interval = values.length >= LEAST_SEEDS ? computeMeanInterval(values) : null;
  return interval === null ? null : [Math.max(0, interval[0]), Math.min(1, interval[1])];
}

/** A mark for each point that has such a figure, in the study's order. */
export function listMarks(result: StudyResult, axis: NumericAxis, measure: StudyMeasure): Mark[] {
  const facet = chooseFacet(result, axis.key);
  return result.points.flatMap((one) => toMark(one, measure, axis.key, facet));
}

/**
 * How much more each line takes at the highest value of the axis than at the lowest, the greatest first: of a cost in a study whose lines
 * are in one panel; null of any other.
 */
export function describeGrowth(result: StudyResult, measure: StudyMeasure): string | null {
  const axis = findNumericAxis(result.record);
  if (axis === null || measure === 'accuracy') return null;
  const marks = listMarks(result, axis, measure), first = Math.min(...axis.values), last = Math.max(...axis.values);
  if (marks.some(({ panel }) => panel !== '')) return null;
  const grown = marks.filter(({ x }) => x === last).flatMap(({ line, mean }) => {
    const from = marks.find((mark) => mark.line === line && mark.x === first);
    return from === undefined ? [] : [{ line, ratio: mean / from.mean }];
  }).sort((a, b) => b.ratio - a.ratio);
  if (grown.length === 0) return null;
  const all = joinWords(grown.map(({ line, ratio }) => `${ratio.toPrecision(2)} times in ${line}`));
  return `From ${axis.key} ${formatCount(first)} to ${formatCount(last)}, ${measureViews[measure].name} grows ${all}.`;
}
