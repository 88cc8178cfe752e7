import type { TopLevelSpec } from 'vega-lite';
import { isLogarithmic } from '../study/search-space.ts';
import type { Dimension } from '../study/search-space.ts';
import { chartConfig, renderSpec } from './chart.ts';
import type { Importance, SearchResult } from './search.ts';

const WIDTH = 220, HEIGHT = 170, COLUMNS = 3;
/** Darker the further; without the yellow, which is lost on white. */
const RAMP = [0.8, 0.05];

/** Of each trial: its validation accuracy, and how far it went. */
function listMarks({ trials, record }: SearchResult): object[] {
  return trials.flatMap(({ values, validationAccuracy, scores, name }) => {
    const epochs = record.rungs[scores.length - 1];
    const drawn = Object.fromEntries(Object.entries(values).map(([key, value]) => [idOf(key), value]));
    const reached = { epochs: String(epochs), rung: scores.length, name };
    return validationAccuracy === null ? [] : [{ ...drawn, ...reached, accuracy: validationAccuracy }];
  });
}

/** Vega reads a dot as a path. */
const idOf = (key: string): string => key.replaceAll('.', '_');

function describeStrength({ strength, statistic }: Importance): string {
  return Number.isNaN(strength) ? '' : `${statistic} = ${strength < 0 ? '−' : ''}${Math.abs(strength).toFixed(2)}`;
}

function drawPanel(importance: Importance, dimension: Dimension, { record }: SearchResult, isFirst: boolean): object {
  const { key } = importance, isContinuous = 'scale' in dimension;
  const rungs = record.rungs.map(String);
  const x = isContinuous
    ? {
      field: idOf(key), type: 'quantitative',
      scale: { type: isLogarithmic(dimension) ? 'log' : 'linear', domain: [dimension.min, dimension.max], nice: false, padding: 8 },
      axis: { grid: false, tickCount: 4, format: '~g' },
    }
    : { field: idOf(key), type: 'ordinal', sort: [...dimension], axis: { labelAngle: 0, grid: false } };
  return {
    width: WIDTH, height: HEIGHT, title: { text: key, subtitle: describeStrength(importance) },
    mark: { type: 'point', filled: true, size: 60, opacity: 0.85, stroke: 'white', strokeWidth: 0.7 },
    encoding: {
      x: { ...x, title: null },
      y: { field: 'accuracy', type: 'quantitative', title: isFirst ? 'validation accuracy' : null, scale: { zero: false },
        axis: { format: '.1~%', tickCount: 5 } },
      color: {
        field: 'epochs', type: 'ordinal', title: 'epochs', sort: rungs, scale: { domain: rungs, scheme: { name: 'viridis', extent: RAMP } },
        legend: rungs.length < 2 ? null : { symbolOpacity: 1, orient: 'right' },
      },
      order: { field: 'rung', type: 'quantitative' },
    },
  };
}

/**
 * Each key against validation accuracy, the one that mattered most first; a point a trial, coloured by how far it went. As SVG; null where
 * no trial has an accuracy.
 */
export async function renderSearchChart(result: SearchResult): Promise<string | null> {
  const marks = listMarks(result), { record: { space } } = result;
  if (marks.length === 0) return null;
  const panels = result.importances.flatMap((importance, k) => {
    const dimension = space[importance.key];
    return dimension === undefined ? [] : [drawPanel(importance, dimension, result, k % COLUMNS === 0)];
  });
  const spec = {
    background: 'white', padding: 10, data: { values: marks }, concat: panels, columns: COLUMNS, spacing: 28,
    config: { ...chartConfig, legend: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal' } },
  };
  return renderSpec(spec as unknown as TopLevelSpec);
}
