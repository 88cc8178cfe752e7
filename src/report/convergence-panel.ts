import { epochChannel, MANY_EPOCHS, okabeIto, valueAxis, valueDomain } from './chart.ts';
import type { Measure } from './chart.ts';
import { labelLayers } from './end-labels.ts';
import type { EndLabel } from './end-labels.ts';
import type { ModelSeries, Reference } from './model-series.ts';

export type Axis = 'epoch' | 'time';

/** What a picture of convergence is drawn from. */
export interface Curves {
  /** At least one. */
  readonly series: readonly ModelSeries[];
  /** Lines across the accuracies. */
  readonly references: readonly Reference[];
}

export interface Panel {
  readonly measure: Measure;
  readonly axis: Axis;
  /** Lowest and highest value shown. */
  readonly domain: readonly [number, number];
  /** Labels of what is named beside it, and their lines. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  /** The part of the values that another panel shows larger. */
  readonly zoomed: readonly [number, number] | null;
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

interface TimeUnit {
  readonly name: string;
  readonly seconds: number;
}

const dashes = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]] as const;
const REFERENCE_COLOUR = '#5f5f5f';
const REFERENCE_DASH = [7, 3];
/** Between a panel's edges and its first and last point. */
const SIDE = 10;

function collectRows({ label, points }: ModelSeries, index: number, measure: Measure, unit: TimeUnit): Row[] {
  return points.flatMap(({ epoch, seconds, values: { [measure]: { mean, low, high } } }) =>
    (Number.isFinite(mean) ? [{ model: label, index, epoch, time: seconds / unit.seconds, value: mean, low, high }] : []));
}

function findLongest(series: readonly ModelSeries[]): { epochs: number; seconds: number } {
  const last = series.map(({ points }) => points.at(-1));
  return { epochs: Math.max(...last.map((point) => point?.epoch ?? 0)), seconds: Math.max(...last.map((point) => point?.seconds ?? 0)) };
}

/** The largest unit of which the longest run has at least three. */
function chooseUnit(series: readonly ModelSeries[]): TimeUnit {
  const { seconds: longest } = findLongest(series);
  const units = [{ name: 'hours', seconds: 3600 }, { name: 'minutes', seconds: 60 }];
  return units.find(({ seconds }) => longest >= 3 * seconds) ?? { name: 'seconds', seconds: 1 };
}

function xChannel(series: readonly ModelSeries[], axis: Axis, unit: TimeUnit): object {
  const { epochs, seconds } = findLongest(series);
  if (axis === 'epoch') return epochChannel(epochs, SIDE);
  const longest = seconds / unit.seconds;
  return {
    field: 'time', type: 'quantitative', title: `training time (${unit.name})`,
    scale: { domain: [0, longest > 0 ? longest : 1], nice: false, padding: SIDE }, axis: { tickCount: 5, format: '~r', grid: false },
  };
}

/** Colours in turn, then the same colours dashed. */
function styleOf(index: number): { colour: string; dash: readonly number[] } {
  return {
    colour: okabeIto[index % okabeIto.length] ?? '#000000',
    dash: dashes[Math.floor(index / okabeIto.length) % dashes.length] ?? [],
  };
}

/** One layer draws all models, told apart by this channel: a layer for each would take Vega-Lite seconds. */
function byModel(series: readonly ModelSeries[], key: 'colour' | 'dash'): object {
  return {
    field: 'model',
    type: 'nominal',
    scale: { domain: series.map(({ label }) => label), range: series.map((_, k) => styleOf(k)[key]) },
    legend: null,
  };
}

function curveLayers(series: readonly ModelSeries[], rows: readonly Row[], y: object): object[] {
  const colour = byModel(series, 'colour');
  const encoding = { y: { ...y, field: 'value' }, color: colour };
  const bands = rows.filter(({ index }) => (series[index]?.runs.length ?? 0) > 1);
  const rings = rows.filter(({ index, epoch }) => epoch === series[index]?.convergenceEpoch);
  return [
    {
      data: { values: bands },
      mark: { type: 'area', opacity: 0.16, clip: true },
      encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' }, color: colour },
    },
    {
      data: { values: rows },
      mark: { type: 'line', strokeWidth: 1.8, clip: true },
      encoding: { ...encoding, strokeDash: byModel(series, 'dash') },
    },
    {
      data: { values: rows },
      mark: { type: 'point', filled: true, size: findLongest(series).epochs > MANY_EPOCHS ? 0 : 9, opacity: 1, clip: true },
      encoding,
    },
    {
      data: { values: rings },
      mark: { type: 'point', filled: true, fill: 'white', strokeWidth: 2, size: 55, opacity: 1, clip: true },
      encoding: { y: { ...y, field: 'value' }, stroke: colour },
    },
  ];
}

/** From the moment that a fit is done to the edge; by epoch all across, since a fit has none. */
function referenceLayers(references: readonly Reference[], { axis, width, domain }: Panel, unit: TimeUnit, y: object): object[] {
  const values = references.map(({ label, accuracy, seconds }) => ({ model: label, value: accuracy, time: seconds / unit.seconds }))
    .filter(({ value }) => value >= domain[0] && value <= domain[1]);
  if (values.length === 0) return [];
  const from = axis === 'time' ? {} : { x: { value: 0 } };
  const at = { y: { ...y, field: 'value' }, detail: { field: 'model', type: 'nominal' } };
  const data = { values };
  const line = {
    data,
    mark: { type: 'rule', strokeWidth: 1.4, strokeDash: REFERENCE_DASH, color: REFERENCE_COLOUR, clip: true },
    encoding: { ...from, x2: { value: width }, ...at },
  };
  const start = {
    data,
    mark: { type: 'point', shape: 'square', filled: true, size: 36, color: REFERENCE_COLOUR, opacity: 1 },
    encoding: at,
  };
  return axis === 'time' ? [line, start] : [line];
}

function nameEnds({ series, references }: Curves, { axis, named, measure }: Panel, rows: readonly Row[]): EndLabel[] {
  const { epochs } = findLongest(series);
  const models = series.flatMap(({ label }, k): EndLabel[] => {
    const [lines, last] = [named.get(label), rows.findLast(({ index }) => index === k)];
    if (lines === undefined || last === undefined) return [];
    return [
      { lines, value: last.value, ...styleOf(k), shape: 'circle', hasLeader: axis === 'epoch' && epochs > 1 && last.epoch === epochs },
    ];
  });
  const lines = references.flatMap(({ label, accuracy }): EndLabel[] => {
    const text = named.get(label);
    if (text === undefined || measure === 'loss') return [];
    return [{ lines: text, value: accuracy, colour: REFERENCE_COLOUR, dash: REFERENCE_DASH, shape: null, hasLeader: true }];
  });
  return [...models, ...lines];
}

/** A band over the values that another panel shows larger. */
function zoomLayers(zoomed: Panel['zoomed'], y: object): object[] {
  if (zoomed === null) return [];
  return [{
    data: { values: [{ low: zoomed[0], high: zoomed[1] }] }, mark: { type: 'rect', color: '#e9ecef' },
    encoding: { x: { value: 0 }, x2: { value: 'width' }, y: { ...y, field: 'low' }, y2: { field: 'high' } },
  }];
}

/** One panel, as Vega-Lite has it, without a title. */
export function createPanel(curves: Curves, panel: Panel): object {
  const { series, references } = curves;
  const { measure, axis, width, height, domain } = panel;
  const unit = chooseUnit(series);
  const rows = series.flatMap((model, k) => collectRows(model, k, measure, unit));
  const ticks = Math.max(4, Math.round(height / 38));
  const y = {
    type: 'quantitative',
    title: null,
    scale: { domain, nice: false, zero: false },
    axis: { ...valueAxis(measure), tickCount: ticks, minExtent: 34 },
  }; // not `nice`: labels are placed by it
  return {
    width,
    height,
    encoding: { x: xChannel(series, axis, unit) },
    layer: [
      ...zoomLayers(panel.zoomed, y),
      ...(measure === 'accuracy' ? referenceLayers(references, panel, unit, y) : []),
      ...curveLayers(series, rows, y),
      ...labelLayers(nameEnds(curves, panel, rows), { width, height, side: SIDE, domain, y }),
    ],
  };
}

/** The lowest and the highest value there is to show, with room around them. */
export function findDomain({ series, references }: Curves, measure: Measure): readonly [number, number] {
  const ranges = series.flatMap(({ points }) => points.map(({ values }) => values[measure])).filter(({ mean }) => Number.isFinite(mean));
  const lines = measure === 'accuracy' ? references.map(({ accuracy }) => accuracy) : [];
  const [low, high] = valueDomain([...ranges.flatMap((range) => [range.low, range.high]), ...lines], measure);
  return measure === 'loss' ? [0, 1.05 * high] : [low, high];
}
