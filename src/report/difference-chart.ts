import type { TopLevelSpec } from 'vega-lite';

import { printable } from '../config/quote.ts';
import { FONT, okabeIto, renderSpec } from './chart.ts';
import type { PairedDifference } from './comparison.ts';

const WIDTH = 300;
const ROW_HEIGHT = 19;
const LONGEST_NAME = 60;

/** What the chart reads: a row for each pair, in percentage points. */
function toRow({ first, second, difference: { mean }, interval, withinNoise }: PairedDifference): object {
  const [low, high] = interval ?? [mean, mean];
  return { pair: printable(`${first} − ${second}`, LONGEST_NAME), mean: 100 * mean, low: 100 * low, high: 100 * high, fill: withinNoise ? 'white' : okabeIto[0] };
}

/** Pairs of models by their difference in accuracy, each with its interval: hollow where it is within the noise. As SVG. */
export async function renderDifferenceChart(differences: readonly PairedDifference[]): Promise<string> {
  if (differences.length === 0) throw new RangeError('renderDifferenceChart: there is no difference to draw');
  const x = { type: 'quantitative', title: 'percentage points, first minus second', axis: { grid: true, tickCount: 5 } };
  const y = { field: 'pair', type: 'nominal', sort: null, title: null, axis: { grid: false, ticks: false, domain: false, labelPadding: 8, labelLimit: 300 } };
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json', background: 'transparent', padding: 2, width: WIDTH, height: { step: ROW_HEIGHT },
    data: { values: differences.map(toRow) },
    layer: [
      { data: { values: [{}] }, mark: { type: 'rule', color: '#888' }, encoding: { x: { datum: 0, ...x } } },
      { mark: { type: 'rule', strokeWidth: 2, color: okabeIto[0] }, encoding: { x: { field: 'low', ...x }, x2: { field: 'high' }, y } },
      {
        mark: { type: 'point', filled: true, size: 55, strokeWidth: 2, stroke: okabeIto[0], opacity: 1 },
        encoding: { x: { field: 'mean', ...x }, y, fill: { field: 'fill', type: 'nominal', scale: null } },
      },
    ],
    config: { font: FONT, view: { stroke: null }, axis: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal' } },
  };
  return renderSpec(spec as TopLevelSpec);
}
