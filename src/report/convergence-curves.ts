import type { TopLevelSpec } from 'vega-lite';

import { epochChannel, FONT, MANY_EPOCHS, okabeIto, renderSpec, valueAxis, valueDomain } from './chart.ts';
import type { Measure } from './chart.ts';
import { describeSetting, findCommonDepartures } from './departures.ts';
import { placeLabels } from './label-places.ts';
import type { ModelSeries } from './model-series.ts';

/** Four panels of this size and their labels make 800 units, an article's width. */
const PANEL_WIDTH = 262;
const LEAST_PANEL_WIDTH = 150;
const PANEL_HEIGHT = 200;
const LABEL_GAP = 13;
const LABEL_SIZE = 11;
/** Between a panel's edge and its labels: room for the lines that lead to them. */
const GUTTER = 18;
const SHORT_LINE = 6;
/** A longer label is broken after its commas, and a longer line cut. */
const LONG_LINE = 26;
const SETTINGS_A_LINE = 4;
const dashes = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]] as const;

/** Short: Vega takes letters for wider than they are, and keeps that much room. */
const panelTitles: Readonly<Record<Measure, string>> = { accuracy: 'test accuracy', loss: 'test loss (nats)' };

export type Axis = 'epoch' | 'time';

interface Panel {
  readonly series: readonly ModelSeries[];
  /** The lines of each model's label. */
  readonly labels: readonly (readonly string[])[];
  readonly measure: Measure;
  readonly axis: Axis;
  readonly width: number;
  readonly height: number;
}

/** What the panels read: a row for each model and epoch, without losses that are not a number. */
interface Row {
  /** Its label, which screen readers say. */
  readonly model: string;
  /** Place in the list of models. */
  readonly index: number;
  readonly epoch: number;
  /** In the unit of the axis. */
  readonly time: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

function collectRows({ label, points }: ModelSeries, index: number, measure: Measure, unit: TimeUnit): Row[] {
  return points.flatMap(({ epoch, seconds, values: { [measure]: { mean, low, high } } }) =>
    (Number.isFinite(mean) ? [{ model: label, index, epoch, time: seconds / unit.seconds, value: mean, low, high }] : []));
}

interface TimeUnit {
  readonly name: string;
  readonly seconds: number;
}

/** The largest unit of which the longest run has at least three. */
function chooseUnit(series: readonly ModelSeries[]): TimeUnit {
  const longest = Math.max(...series.map(({ points }) => points.at(-1)?.seconds ?? 0));
  const units = [{ name: 'hours', seconds: 3600 }, { name: 'minutes', seconds: 60 }];
  return units.find(({ seconds }) => longest >= 3 * seconds) ?? { name: 'seconds', seconds: 1 };
}

function xChannel({ series, axis }: Panel, unit: TimeUnit): object {
  const last = Math.max(...series.map(({ points }) => points.length));
  if (axis === 'epoch') return epochChannel(last);
  const longest = Math.max(...series.map(({ points }) => points.at(-1)?.seconds ?? 0)) / unit.seconds;
  return {
    field: 'time', type: 'quantitative', title: `training time (${unit.name})`,
    scale: { domain: [0, longest > 0 ? longest : 1], nice: false, padding: 12 }, axis: { tickCount: 5, format: '~r', grid: false },
  };
}

/** One layer draws all models, told apart by this channel: a layer for each would take Vega-Lite seconds. */
function byModel(series: readonly ModelSeries[], styles: readonly unknown[], repeat = 1): object {
  const range = series.map((_, k) => styles[Math.floor(k / repeat) % styles.length]);
  return { field: 'model', type: 'nominal', scale: { domain: series.map(({ label }) => label), range }, legend: null };
}

/** Colours in turn, then the same colours dashed. */
function styles(series: readonly ModelSeries[]): { colour: object; dash: object } {
  return { colour: byModel(series, okabeIto), dash: byModel(series, dashes, okabeIto.length) };
}

function curveLayers({ series }: Panel, rows: readonly Row[], y: object): object[] {
  const { colour, dash } = styles(series);
  const encoding = { y: { ...y, field: 'value' }, color: colour };
  const bands = rows.filter(({ index }) => (series[index]?.runs.length ?? 0) > 1);
  const rings = rows.filter(({ index, epoch }) => epoch === series[index]?.convergenceEpoch);
  const longest = Math.max(...series.map(({ points }) => points.length));
  return [
    { data: { values: bands }, mark: { type: 'area', opacity: 0.16 }, encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' }, color: colour } },
    { data: { values: rows }, mark: { type: 'line', strokeWidth: 1.8 }, encoding: { ...encoding, strokeDash: dash } },
    { data: { values: rows }, mark: { type: 'point', filled: true, size: longest > MANY_EPOCHS ? 0 : 9, opacity: 1 }, encoding },
    {
      data: { values: rings }, mark: { type: 'point', filled: true, fill: 'white', strokeWidth: 2, size: 55, opacity: 1 },
      encoding: { y: { ...y, field: 'value' }, stroke: colour },
    },
  ];
}

/** Names beside the panel, moved apart, each with a thin line from the end of its curve. */
function labelLayers({ series, labels, width, height }: Panel, rows: readonly Row[], [low, high]: readonly [number, number], y: object): object[] {
  const ends = labels.flatMap((label, k) => {
    const last = rows.findLast(({ index }) => index === k);
    return last === undefined ? [] : [{ ...last, label }];
  });
  const room = ends.map(({ value, label }) => ({ wanted: (height * (high - value)) / (high - low), height: label.length * LABEL_GAP }));
  const places = placeLabels(room, height + LABEL_GAP);
  const data = { values: ends.map((end, i) => ({ ...end, place: high - ((places[i] ?? 0) * (high - low)) / height })) };
  const { colour } = styles(series);
  const atPlace = { ...y, field: 'place' };
  return [
    {
      data, mark: { type: 'rule', strokeWidth: 0.8, strokeDash: [2, 2] },
      encoding: { y: { ...y, field: 'value' }, y2: { field: 'place' }, x2: { value: width + GUTTER - 6 }, color: colour },
    },
    { data, mark: { type: 'point', shape: 'square', filled: true, size: 36, opacity: 1 }, encoding: { y: atPlace, x: { value: width + GUTTER - 3 }, color: colour } },
    {
      data, mark: { type: 'text', align: 'left', baseline: 'middle', dx: 4, fontSize: LABEL_SIZE, lineHeight: LABEL_GAP, color: '#222222' },
      encoding: { y: atPlace, x: { value: width + GUTTER }, text: { field: 'label' } },
    },
  ];
}

function createPanel(panel: Panel, unit: TimeUnit): object {
  const { series, measure, width, height } = panel;
  const rows = series.flatMap((model, k) => collectRows(model, k, measure, unit));
  const domain = valueDomain(rows.flatMap(({ low, high }) => [low, high]), measure);
  const shown: [number, number] = measure === 'loss' ? [0, 1.05 * domain[1]] : domain; // not `nice`: labels are placed by it
  const y = { type: 'quantitative', title: panelTitles[measure], scale: { domain: shown, nice: false, zero: false }, axis: valueAxis(measure) };
  return {
    width, height,
    encoding: { x: xChannel(panel, unit) },
    layer: [...curveLayers(panel, rows, y), ...labelLayers(panel, rows, shown, y)],
  };
}

/** What the bands and rings of these curves are, in two lines. */
export function describeSeries(series: readonly ModelSeries[]): string[] {
  const counts = [...new Set(series.map(({ runs }) => runs.length))].sort((a, b) => a - b);
  const most = counts.at(-1) ?? 1;
  const range = counts.length === 1 ? `${most}` : `${counts[0] ?? 1} to ${most}`;
  const seeds = most === 1 ? `one seed${series.length > 1 ? ' each' : ''}` : `means over ${range} seeds; bands from the lowest to the highest of them`;
  return [seeds, 'ring: convergence, the first epoch within 0.5 points of the best test accuracy'];
}

/** `with headDropoutRate 0.5`: what all models have and the articles' do not; labels say the rest. In lines no wider than the picture. */
function describeSettings(series: readonly ModelSeries[]): string[] {
  const settings = findCommonDepartures(series.flatMap(({ runs: [run] }) => run?.config ?? [])).map(describeSetting);
  const lines = Array.from({ length: Math.ceil(settings.length / SETTINGS_A_LINE) }, (_, k) => settings.slice(k * SETTINGS_A_LINE, (k + 1) * SETTINGS_A_LINE));
  return lines.map((line, k) => `${k === 0 ? 'with ' : ''}${line.join(', ')}${k === lines.length - 1 ? '' : ','}`);
}

function breakLabel(label: string): string[] {
  const lines = label.length <= LONG_LINE ? [label] : label.split(', ');
  return lines.map((line) => (line.length <= LONG_LINE ? line : `${line.slice(0, LONG_LINE - 1)}…`));
}

/** Draws any panel of these models, all of one size. */
function createPanels(series: readonly ModelSeries[]): (measure: Measure, axis: Axis) => object {
  const labels = series.map(({ label }) => breakLabel(label));
  const longest = Math.max(...labels.flat().map((line) => line.length));
  const width = Math.max(LEAST_PANEL_WIDTH, PANEL_WIDTH - Math.max(0, longest - SHORT_LINE) * 0.8 * LABEL_SIZE);
  const height = Math.max(PANEL_HEIGHT, labels.flat().length * LABEL_GAP);
  const unit = chooseUnit(series);
  return (measure, axis) => createPanel({ series, labels, measure, axis, width, height }, unit);
}

const schema = 'https://vega.github.io/schema/vega-lite/v5.json';
const config = { font: FONT, view: { stroke: '#cccccc' }, axis: { labelFontSize: 10, titleFontSize: 11, titleFontWeight: 'normal' } } as const;

function createSpec(series: readonly ModelSeries[], title: string): TopLevelSpec {
  const panel = createPanels(series);
  const row = (measure: Measure): object => ({ spacing: 14, hconcat: [panel(measure, 'epoch'), panel(measure, 'time')] });
  return {
    $schema: schema,
    title: { text: title, subtitle: [...describeSettings(series), ...describeSeries(series)], anchor: 'start', fontSize: 14, subtitleFontSize: 11, subtitlePadding: 5, offset: 12, limit: 1400 },
    background: 'white', padding: 10, spacing: 16,
    vconcat: [row('accuracy'), row('loss')],
    config,
  } as TopLevelSpec;
}

/**
 * Test accuracy and loss of several models by epoch and by training time, as SVG: a line for each model, a band over its seeds.
 * @param title says what data it is
 */
export async function renderConvergence(series: readonly ModelSeries[], title: string): Promise<string> {
  if (series.length === 0) throw new RangeError('renderConvergence: there is no model to draw');
  return renderSpec(createSpec(series, title));
}

/** One panel as a picture of its own, for pages that place and title them themselves. Its background is the page's. */
export interface ConvergencePanel {
  readonly measure: Measure;
  readonly axis: Axis;
  readonly svg: string;
}

/** The four panels of `renderConvergence`, in its order. */
export async function renderConvergencePanels(series: readonly ModelSeries[]): Promise<ConvergencePanel[]> {
  const panel = createPanels(series);
  const places = (['accuracy', 'loss'] as const).flatMap((measure) => (['epoch', 'time'] as const).map((axis) => ({ measure, axis })));
  return Promise.all(places.map(async ({ measure, axis }) => {
    const spec = { $schema: schema, background: 'transparent', padding: 2, hconcat: [panel(measure, axis)], config };
    return { measure, axis, svg: await renderSpec(spec as TopLevelSpec) };
  }));
}
