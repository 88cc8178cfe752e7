import { createRequire } from 'node:module';
import type { TopLevelSpec } from 'vega-lite';

import { escapeControls } from '../files/escape-controls.js';

/** Pixels for each unit of the SVG: sharp on a dense screen. */
const ZOOM = 2;

const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => `dejavu-fonts-ttf/ttf/${file}`);

/** Draws an SVG as PNG, with letters of the project's own font and none of the machine's. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const { resolve } = createRequire(import.meta.url);
  const font = { fontFiles: fontFiles.map((file) => resolve(file)), loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' };
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: ZOOM }, font }).render().asPng();
}

export type Measure = 'loss' | 'accuracy';

/** Okabe and Ito (2008): told apart with any colour vision. Without their yellow, which is lost on white. */
export const okabeIto = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'] as const;

/** DejaVu Sans is what a PNG is drawn with (png.ts); Verdana has its widths. */
export const FONT = 'DejaVu Sans, Verdana, sans-serif';

/** Above this, points run into each other. */
export const MANY_EPOCHS = 30;

export const measureTitles: Readonly<Record<Measure, string>> = { loss: 'Loss (cross-entropy, nats)', accuracy: 'Accuracy' };

/** Of charts with axes: titles over the panels, in place of turned ones beside them. */
export const chartConfig = {
  font: FONT, view: { stroke: '#cccccc' }, axis: { labelFontSize: 10, titleFontSize: 11, titleFontWeight: 'normal' },
  title: { anchor: 'start', frame: 'group', fontSize: 12, subtitleFontSize: 11, offset: 7, limit: 808 },
} as const;

/**
 * The x channel of epochs 1 to `last`. Runs of one epoch still get an axis with a width.
 * @param side pixels between the panel's edges and the first and last epoch
 */
export function epochChannel(last: number, side: number): object {
  const step = Math.ceil(last / 10);
  const values = Array.from({ length: Math.ceil(last / step) }, (_, i) => 1 + i * step);
  return {
    field: 'epoch', type: 'quantitative', title: 'epoch',
    scale: { domain: last === 1 ? [0.5, 1.5] : [1, last], nice: false, padding: side },
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

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v5.json';

/** Draws a chart as SVG. XML has no control characters: those of a title, which Vega passes on, are shown as escapes. */
export async function renderSpec(spec: TopLevelSpec): Promise<string> {
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')]); // 0.3 s, so only when needed
  const view = new vega.View(vega.parse(compile({ $schema: SCHEMA, ...spec }).spec), { renderer: 'none' });
  try {
    return renumberClips((await view.toSVG()).split('\n').map(escapeControls).join('\n'));
  } finally {
    view.finalize();
  }
}

/** Vega counts clips through the whole process: from 1 in each picture, the same content gives the same bytes. */
function renumberClips(svg: string): string {
  const known = [...new Set([...svg.matchAll(/ id="(clip\d+)"/g)].map(([, id]) => id))];
  return svg.replace(/(?<= id="|url\(#)clip\d+/g, (id) => `clip-${known.indexOf(id) + 1}`);
}
