import { computeCentralQuantile, computeDeviation } from '../measure/statistics.ts';
import type { StudyMeasure } from '../study/record.ts';
import { capitalize, formatPercent } from '../terminal/format.ts';
import type { TextTable } from '../terminal/plain-table.ts';
import { isCounted } from './comparison-rows.ts';
import { formatEstimate, formatPoints, formatPValue } from './estimate.ts';
import type { Figure } from './comparison.ts';
import type { Quantity } from './estimate.ts';
import { describeGrowth, measureViews } from './study-lines.ts';
import type { PointResult, StudyEffect, StudyResult } from './study.ts';

const none = '–';

function format({ measured }: Figure, quantity: Quantity): string {
  return measured === null ? none : formatEstimate(measured, quantity);
}

/** What each point reaches and takes; in a study of costs alone, what it takes. */
export function layOutPoints({ record: { measures }, points }: Pick<StudyResult, 'record' | 'points'>): TextTable {
  const counts = new Set(points.map(({ row }) => row.seeds.length)), [count = 0] = counts, isAccurate = measures.includes('accuracy');
  const over = counts.size === 1 ? [`over ${count === 1 ? 'one seed' : `${count} seeds`}`] : [];
  const front = isAccurate ? ['* where nothing else here is as accurate and takes less of it'] : [], notes = [...over, ...front].join('; ');
  return {
    title: `${isAccurate ? 'Accuracy at best validation, and cost' : 'Cost'}${notes === '' ? '' : ` (${notes})`}`,
    head: ['point', ...(counts.size === 1 ? [] : ['seeds']), ...(isAccurate ? ['test accuracy'] : []), 'an epoch', 'memory', 'parameters'],
    align: ['left', ...(counts.size === 1 ? [] : ['right' as const]), ...(isAccurate ? ['right' as const] : []), 'right', 'right', 'right'],
    rows: points.map(({ row, isFront }) => [
      row.label, ...(counts.size === 1 ? [] : [String(row.seeds.length)]),
      ...(isAccurate ? [format(row.testAccuracyAtBestValidation, 'accuracy')] : []),
      mark(format(row.epochSeconds, 'seconds'), isAccurate && isFront.time === true),
      mark(format(row.peakAboveBaselineBytes, 'bytes'), isAccurate && isFront.memory === true), format(row.parameters, 'count'),
    ]),
  };
}

function mark(figure: string, isFront: boolean): string {
  return `${figure}${isFront ? ' *' : '  '}`;
}

/** What sets a reference apart from the point: `GRU` of `LSTM, maxLength 100`. */
function nameReference({ point, reference }: Pick<StudyEffect, 'point' | 'reference'>): string {
  const own = point.label.split(', ');
  return reference.label.split(', ').filter((part) => !own.includes(part)).join(', ') || 'no change';
}

/** Each point against the one that it is compared with; none of a study that is not about accuracy, or compares nothing. */
export function listEffects({ record: { measures }, effects }: Pick<StudyResult, 'record' | 'effects'>): TextTable[] {
  if (effects.length === 0 || !measures.includes('accuracy')) return [];
  return [{
    title: 'Effects in test accuracy at best validation (percentage points, paired over seeds; p by Holm over '
      + `${effects.length === 1 ? 'the one comparison' : `all ${effects.length} comparisons`})`,
    head: ['point', 'against', 'difference', '95 % interval', 'p', 'verdict'], align: ['left', 'left', 'right', 'right', 'right', 'left'],
    rows: effects.map(({ point, reference, difference: { difference, interval }, adjusted, verdict }) => [
      point.label, nameReference({ point, reference }), formatPoints(difference.mean),
      interval === null ? none : interval.map(formatPoints).join(' to '),
      Number.isNaN(adjusted) ? none : formatPValue(adjusted), verdict,
    ]),
  }];
}

/** More columns than these do not fit on a page. */
const MANY_COLUMNS = 8;

/** Of a grid of two axes a table of each measure, the axis with numbers across unless there are too many of it; of any other, none. */
export function layOutGrids({ record, points }: Pick<StudyResult, 'record' | 'points'>): TextTable[] {
  const axes = record.axes.filter(({ values }) => values.length > 1);
  const numbers = axes.findLast(({ values }) => values.every((value) => typeof value === 'number'));
  const across = numbers ?? axes.findLast(({ values }) => values.length <= MANY_COLUMNS) ?? axes.at(-1);
  const down = axes.find((axis) => axis !== across);
  if (axes.length !== 2 || across === undefined || down === undefined) return [];
  const cell = (measure: StudyMeasure, row: unknown, column: unknown): string => {
    const { figure, quantity } = measureViews[measure];
    const found = points.find(({ point: { values } }) => values[down.key] === row && values[across.key] === column);
    return found === undefined ? none : format(found.row[figure], quantity);
  };
  const nameOf = ({ key }: typeof down, value: unknown): string => {
    const found = points.find(({ point: { values } }) => values[key] === value);
    if (found !== undefined && key === 'config') return found.row.label.split(', ')[0] ?? '';
    if (value === null) return 'none';
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const columns = numbers === undefined ? across.values : across.values.toSorted((a, b) => Number(a) - Number(b));
  return record.measures.map((measure) => ({
    title: `${capitalize(measureViews[measure].name)} by ${down.key} and ${across.key}`,
    head: [down.key, ...columns.map((column) => nameOf(across, column))], align: ['left', ...columns.map(() => 'right' as const)],
    rows: down.values.map((row) => [nameOf(down, row), ...columns.map((column) => cell(measure, row, column))]),
  }));
}

/** Seeds of each model in a comparison, of which a study of seeds alone says what they tell apart. */
const COMPARED_SEEDS = [3, 5, 10];

/**
 * How far one config's runs lie apart, and how wide the interval of a difference between two such models is (Student 1908, unpaired);
 * null of fewer than two runs.
 */
function describeNoise({ row }: PointResult): string | null {
  const accuracies = row.experiments.filter(isCounted).flatMap(({ summary }) => summary.testAccuracyAtBestValidation ?? []);
  if (accuracies.length < 2) return null;
  const deviation = computeDeviation(accuracies);
  const told = COMPARED_SEEDS.map((seeds, k) => {
    const half = computeCentralQuantile(0.95, 2 * seeds - 2) * deviation * Math.sqrt(2 / seeds);
    return `±${(100 * half).toFixed(1)} ${k === 0 ? `points with ${seeds} seeds of each model` : `with ${seeds}`}`;
  });
  const [least, most] = [Math.min(...accuracies), Math.max(...accuracies)].map((accuracy) => formatPercent(accuracy));
  const spread = `${(100 * deviation).toFixed(2)} points`;
  return `${accuracies.length} seeds lie between ${least} and ${most}, with a standard deviation of ${spread}. At this noise`
    + ` the 95 % interval of a difference is ${told.join(', ')}.`;
}

/** What follows, in a sentence or two: from the effects, of a single point from its seeds, of costs from how they grow. */
export function concludeStudy(result: StudyResult): string {
  const { measures } = result.record;
  const growth = measures.flatMap((measure) => describeGrowth(result, measure) ?? []);
  return [...(measures.includes('accuracy') || growth.length === 0 ? [concludeEffects(result)] : []), ...growth].join(' ');
}

function concludeEffects({ points, effects }: StudyResult): string {
  const [alone] = points, noise = points.length === 1 && alone !== undefined ? describeNoise(alone) : null;
  if (effects.length === 0) return noise ?? 'It compares nothing yet: more of its runs must be complete.';
  const named = (verdict: StudyEffect['verdict']): string[] => effects.filter((one) => one.verdict === verdict)
    .toSorted((a, b) => Math.abs(b.difference.difference.mean) - Math.abs(a.difference.difference.mean))
    .map(({ point, reference, difference: { difference } }) =>
      `${point.label} against ${nameReference({ point, reference })} (${formatPoints(difference.mean)})`);
  const better = named('better'), worse = named('worse'), open = named('not decided').length, single = named('one seed').length;
  const list = (all: readonly string[]): string => [...all.slice(0, 3), ...(all.length > 3 ? [`${all.length - 3} more`] : [])].join('; ');
  const parts = [
    ...(better.length === 0 ? [] : [`better: ${list(better)}`]), ...(worse.length === 0 ? [] : [`worse: ${list(worse)}`]),
    ...(open === 0 ? [] : [open === effects.length ? 'no difference is beyond the noise' : `${open} of ${effects.length} not decided`]),
    ...(single === 0 ? [] : [`${single} from one seed, which decides nothing`]),
  ];
  return `${capitalize(parts.join('. '))}.`;
}
