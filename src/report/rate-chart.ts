import type { TopLevelSpec } from 'vega-lite';
import { chartConfig, okabeIto, renderSpec } from './chart.ts';

const WIDTH = 420;
const HEIGHT = 260;

/** A step of the test: its rate, its loss in nats, and the average up to it. */
export interface RateLoss {
  readonly rate: number;
  readonly loss: number;
  readonly smoothed: number;
}

/** The loss of a learning-rate range test over the rate, on a logarithmic axis: each step, their average, the suggestion. As SVG. */
export async function renderRateChart(points: readonly RateLoss[], steepest: number | null, title: string): Promise<string> {
  const axis = { format: '~e', grid: false };
  const x = { field: 'rate', type: 'quantitative', title: 'learning rate', scale: { type: 'log', nice: false }, axis };
  const domain = [
    Math.min(...points.map(({ smoothed }) => smoothed)) * 0.95, Math.max(...points.map(({ smoothed }) => smoothed)) * 1.05,
  ];
  const y = { type: 'quantitative', title: 'loss of a batch (nats)', scale: { domain, clamp: true, nice: false } };
  const marked = steepest === null ? [] : [{ rate: steepest, text: `steepest: ${steepest.toPrecision(2)}` }];
  const spec = {
    title, width: WIDTH, height: HEIGHT, background: 'white', padding: 10, data: { values: points },
    layer: [
      { mark: { type: 'point', filled: true, size: 14, color: okabeIto[5], opacity: 1 }, encoding: { x, y: { ...y, field: 'loss' } } },
      { mark: { type: 'line', strokeWidth: 2, color: okabeIto[0] }, encoding: { x, y: { ...y, field: 'smoothed' } } },
      { data: { values: marked }, mark: { type: 'rule', strokeDash: [5, 4] }, encoding: { x } },
      {
        data: { values: marked }, mark: { type: 'text', align: 'right', dx: -4, baseline: 'top' },
        encoding: { x, y: { value: 2 }, text: { field: 'text' } },
      },
    ],
    config: chartConfig,
  };
  return renderSpec(spec as TopLevelSpec);
}
