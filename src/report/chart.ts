import type { TopLevelSpec } from 'vega-lite';
import { escapeControls } from '../escape-controls.ts';

export type Measure = 'loss' | 'accuracy';

/** Okabe and Ito (2008): told apart with any colour vision. Without their yellow, which is lost on white. */
export const okabeIto = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'] as const;

/** DejaVu Sans is what a PNG is drawn with (png.ts); Verdana has its widths. */
export const FONT = 'DejaVu Sans, Verdana, sans-serif';

/** Above this, points run into each other. */
export const MANY_EPOCHS = 30;

export const measureTitles: Readonly<Record<Measure, string>> = { loss: 'loss (cross-entropy, nats)', accuracy: 'accuracy' };

/** The x channel of epochs 1 to `last`. Runs of one epoch still get an axis with a width. */
export function epochChannel(last: number): object {
  const step = Math.ceil(last / 10);
  const values = Array.from({ length: Math.ceil(last / step) }, (_, i) => 1 + i * step);
  return {
    field: 'epoch', type: 'quantitative', title: 'epoch',
    scale: { domain: last === 1 ? [0.5, 1.5] : [1, last], nice: false, padding: 12 },
    axis: { values, format: 'd', grid: false },
  };
}

/** Loss from zero; accuracy no higher than 100 %, with room around what there is. */
export function valueDomain(values: readonly number[], measure: Measure): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), 1), high = values.reduce((a, b) => Math.max(a, b), 0);
  if (measure === 'loss') return [0, high > 0 ? high : 1];
  const room = Math.max(0.005, (high - low) * 0.06);
  return [Math.max(0, low - room), Math.min(1, high + room)];
}

export function valueAxis(measure: Measure): object {
  return measure === 'loss' ? { tickCount: 6 } : { tickCount: 6, format: '.1~%' };
}

/** Draws a chart as SVG. XML has no control characters: those of a title, which Vega passes on, are shown as escapes. */
export async function renderSpec(spec: TopLevelSpec): Promise<string> {
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')]); // 0.3 s, so only when needed
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  try {
    return (await view.toSVG()).split('\n').map(escapeControls).join('\n');
  } finally {
    view.finalize();
  }
}
