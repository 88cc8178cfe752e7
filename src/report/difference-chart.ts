import type { TopLevelSpec } from 'vega-lite';
import wrapAnsi from 'wrap-ansi';

import { printable } from '../files/escape.ts';
import { FONT, okabeIto, renderSpec } from './chart.ts';
import type { PairedDifference } from './comparison-differences.ts';

const WIDTH = 300;
const LINE_HEIGHT = 14;
const ROW_GAP = 5;
/** Longer names of a pair stand on two lines, and one that is longer by itself on more. */
const LONG_PAIR = 34;

/** What the chart reads, in percentage points. */
interface Row {
  /** Its names, on one line or more. */
  readonly pair: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly fill: string;
}

function toRow({ first, second, difference: { mean }, interval, outcome }: PairedDifference): Row {
  const [low, high] = interval ?? [mean, mean];
  const [one = '', other = ''] = [first, second].map((name) => wrapAnsi(printable(name, Infinity), LONG_PAIR, { hard: true }));
  const pair = `${one} −${first.length + second.length > LONG_PAIR ? LINE_BREAK : ' '}${other}`;
  return {
    pair,
    mean: 100 * mean,
    low: 100 * low,
    high: 100 * high,
    fill: outcome === 'first' || outcome === 'second' ? okabeIto[0] : 'white',
  };
}

/** In no name: `printable` shows it as text. */
const LINE_BREAK = '\n';

/**
 * The pairs that several seeds tell something of, to be drawn, and those that share one seed alone; these are drawn where there are no
 * others.
 */
export function splitByEvidence(differences: readonly PairedDifference[]): {
  drawn: readonly PairedDifference[];
  folded: readonly PairedDifference[];
} {
  const told = differences.filter(({ interval }) => interval !== null);
  return told.length === 0
    ? { drawn: differences, folded: [] }
    : { drawn: told, folded: differences.filter(({ interval }) => interval === null) };
}

/** Pairs of models by their difference in accuracy, each with its interval: hollow where it is within the noise. As SVG. */
export async function renderDifferenceChart(differences: readonly PairedDifference[]): Promise<string> {
  if (differences.length === 0) throw new RangeError('renderDifferenceChart: there is no difference to draw');
  const x = { type: 'quantitative', title: 'percentage points, first minus second', axis: { grid: true, tickCount: 5 } };
  const y = {
    field: 'pair',
    type: 'nominal',
    sort: null,
    title: null,
    axis: {
      grid: false,
      ticks: false,
      domain: false,
      labelPadding: 8,
      labelLimit: 0,
      labelExpr: "split(datum.label, '\\n')",
      labelLineHeight: LINE_HEIGHT,
    },
  };
  const rows = differences.map(toRow);
  const lines = Math.max(...rows.map(({ pair }) => pair.split(LINE_BREAK).length));
  const spec = {
    background: 'transparent', padding: 2, width: WIDTH, height: { step: lines * LINE_HEIGHT + ROW_GAP },
    data: { values: rows },
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
