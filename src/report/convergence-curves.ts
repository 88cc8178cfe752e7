import type { TopLevelSpec } from 'vega-lite';

import { valueDomain, chartConfig, renderSpec } from './chart.ts';
import type { Measure } from './chart.ts';
import type { ModelSeries, Reference } from './model-series.ts';
import { createPanel, findDomain } from './convergence-panel.ts';
import type { Axis, Curves, Panel } from './convergence-panel.ts';
import { describeSetting, findCommonDepartures } from './departures.ts';
import { LABEL_GAP, measureLabels } from './end-labels.ts';

/** Models within this of the best one, as a fraction, are those that a zoomed panel tells apart. */
const NEAR = 0.04;
/** The whole range is at least so many times what is zoomed into; otherwise one panel shows it all. */
const LEAST_FACTOR = 2;
/** On average from convergence on: fewer make no curve to look at. */
const LEAST_POINTS = 4;

export interface Zoom {
  /** Accuracies from the lowest to the highest shown. */
  readonly domain: readonly [number, number];
  /** What the zoomed panel shows, by its label. */
  readonly shown: ReadonlySet<string>;
}

/**
 * The range of accuracies in which the best models move once they have converged, if it is small beside the range of all.
 * @returns null where one panel shows it all
 */
export function findZoom(series: readonly ModelSeries[], references: readonly Reference[], whole: readonly [number, number]): Zoom | null {
  const bestOf = ({ points }: ModelSeries): number => Math.max(...points.map(({ values }) => values.accuracy.mean));
  const best = Math.max(...series.map(bestOf));
  const near = series.filter((one) => bestOf(one) >= best - NEAR);
  const converged = near.flatMap(({ points, convergenceEpoch }) => points.slice(convergenceEpoch - 1));
  const lines = references.filter(({ accuracy }) => Math.abs(accuracy - best) <= NEAR);
  const domain = valueDomain(
    [
      ...converged.flatMap(
        ({
          values: {
            accuracy: { low, high },
          },
        }) => [low, high],
      ),
      ...lines.map(({ accuracy }) => accuracy),
    ],
    'accuracy',
  );
  if (converged.length < LEAST_POINTS * near.length || whole[1] - whole[0] < LEAST_FACTOR * (domain[1] - domain[0])) return null;
  return { domain, shown: new Set([...near, ...lines].map(({ label }) => label)) };
}

/** Two columns of panels with one of labels between them make an article's width. */
const PICTURE_WIDTH = 808;
/** Of a picture that is one panel with its labels. */
const LONE_WIDTH = 430;
const LEAST_PANEL_WIDTH = 150;
/** Left of a panel: the numbers of its axis. */
const AXIS_WIDTH = 44;
/** Below a panel: the numbers and the name of its axis. */
const AXIS_HEIGHT = 38;
/** Between rows of panels: an axis below and a title above. */
const ROW_SPACE = 78;
/** A longer label is broken after its commas, and a longer line cut. */
const LONG_LINE = 26;
const SETTINGS_A_LINE = 4;
const heights = { zoom: 270, whole: 200, wholeBelowZoom: 92, loss: 150 };

interface Row extends Pick<Panel, 'measure' | 'domain' | 'named' | 'zoomed' | 'height'> {
  readonly title: string;
  /** What must be known to read it. */
  readonly note: string | null;
}

/**
 * The rows of panels, the best models larger where they would be squeezed. Each model is named once for the accuracy, once for the
 * loss.
 */
function createRows(curves: Curves): Row[] {
  const { series, references } = curves;
  const lines = nameLines(curves);
  const only = (isNamed: (label: string) => boolean): Panel['named'] => new Map([...lines].filter(([label]) => isNamed(label)));
  const ring = '○ converged: the first epoch within 0.5 points of the model’s best';
  const whole = { measure: 'accuracy', domain: findDomain(curves, 'accuracy') } as const;
  const zoom = findZoom(series, references, whole.domain);
  const models = only((label) => series.some((one) => one.label === label));
  const loss = {
    title: 'Test loss (nats)',
    note: null,
    measure: 'loss',
    domain: findDomain(curves, 'loss'),
    named: models,
    zoomed: null,
    height: heights.loss,
  } as const;
  if (zoom === null)
    return [{ ...whole, title: 'Test accuracy', note: ring, named: lines, zoomed: null, height: heights.whole }, loss].map(makeRoom);
  const isAll = series.every(({ label }) => zoom.shown.has(label));
  return [
    {
      title: `Test accuracy${isAll ? '' : ' of the best models'}, enlarged`, note: ring,
      measure: 'accuracy', domain: zoom.domain, named: only((label) => zoom.shown.has(label)), zoomed: null, height: heights.zoom,
    } as const,
    {
      ...whole, title: `Test accuracy${isAll ? '' : ' of all models'}, whole range`, note: 'shaded: the range enlarged above',
      named: only((label) => !zoom.shown.has(label)), zoomed: zoom.domain, height: heights.wholeBelowZoom,
    },
    loss,
  ].map(makeRoom);
}

/** A row is as high as its labels at least. */
function makeRoom(row: Row): Row {
  return { ...row, height: Math.max(row.height, measureLabels([...row.named.values()]).height) };
}

/** What is written beside a line, by its label. */
function nameLines({ series, references }: Curves): Map<string, readonly string[]> {
  return new Map([
    ...series.map(({ label }) => [label, breakLabel(label)] as const),
    ...references.map(({ label }) => [label, breakLabel(`${label} (linear)`)] as const),
  ]);
}

function breakLabel(label: string): string[] {
  const lines = label.length <= LONG_LINE ? [label] : label.split(', ');
  return lines.map((line) => (line.length <= LONG_LINE ? line : `${line.slice(0, LONG_LINE - 1)}…`));
}

/** What the bands are. */
export function describeSeeds(series: readonly ModelSeries[]): string {
  const counts = [...new Set(series.map(({ runs }) => runs.length))].sort((a, b) => a - b);
  const most = counts.at(-1) ?? 1;
  const range = counts.length === 1 ? `${most}` : `${counts[0] ?? 1} to ${most}`;
  if (most === 1) return `one seed${series.length > 1 ? ' each' : ''}`;
  return `means over ${range} seeds; bands from the lowest to the highest seed`;
}

/** `with headDropoutRate 0.5`: what all models have and the articles' do not; labels say the rest. In lines no wider than the picture. */
function describeSettings(series: readonly ModelSeries[]): string[] {
  const settings = findCommonDepartures(series.flatMap(({ runs: [run] }) => run?.config ?? [])).map(describeSetting);
  const lines = Array.from({ length: Math.ceil(settings.length / SETTINGS_A_LINE) }, (_, k) =>
    settings.slice(k * SETTINGS_A_LINE, (k + 1) * SETTINGS_A_LINE),
  );
  return lines.map((line, k) => `${k === 0 ? 'with ' : ''}${line.join(', ')}${k === lines.length - 1 ? '' : ','}`);
}

/** Labels stand between the columns, for both; what must be known stands over the panel. */
function createSpec(curves: Curves, title: string): TopLevelSpec {
  const rows = createRows(curves);
  const labels = Math.max(...rows.map(({ named }) => measureLabels([...named.values()]).width));
  const width = Math.max(LEAST_PANEL_WIDTH, (PICTURE_WIDTH - labels - 2 * AXIS_WIDTH) / 2);
  const panels = rows.flatMap((row) => [
    {
      ...createPanel(curves, { ...row, axis: 'epoch', width }),
      title: { text: row.title, ...(row.note === null ? {} : { subtitle: row.note }), subtitlePadding: 4 },
    },
    createPanel(curves, { ...row, axis: 'time', width, named: new Map() }),
  ]);
  return {
    title: {
      text: title,
      subtitle: [...describeSettings(curves.series), describeSeeds(curves.series)],
      fontSize: 14,
      subtitlePadding: 5,
      offset: 14,
      limit: 1400,
    },
    background: 'white',
    padding: 10,
    bounds: 'flush',
    align: 'each',
    columns: 2,
    spacing: { row: ROW_SPACE, column: labels + AXIS_WIDTH },
    concat: panels,
    config: chartConfig,
  } as TopLevelSpec;
}

/**
 * Test accuracy and loss of several models by epoch and by training time, as SVG: a line for each model, a band over its seeds, and a
 * line across for each linear model. Where some models are far behind the best, those have a larger panel of their own.
 * @param title says what data it is
 */
export async function renderConvergence(curves: Curves, title: string): Promise<string> {
  if (curves.series.length === 0) throw new RangeError('renderConvergence: there is no model to draw');
  return renderSpec(createSpec(curves, title));
}

/** One panel as a picture of its own, for pages that place and title them themselves. Its background is the page's. */
export interface ConvergencePanel {
  /** `Test accuracy` */
  readonly title: string;
  /** What must be known to read it; null where that is plain. */
  readonly note: string | null;
  readonly measure: Measure;
  readonly axis: Axis;
  readonly svg: string;
}

/** The panels of `renderConvergence`, in its order, each with the names of its own lines. */
export async function renderConvergencePanels(curves: Curves): Promise<ConvergencePanel[]> {
  const rows = createRows(curves);
  const labels = Math.max(...rows.map(({ named }) => measureLabels([...named.values()]).width));
  const width = Math.max(LEAST_PANEL_WIDTH, LONE_WIDTH - AXIS_WIDTH - labels);
  const places = rows.flatMap((row) => (['epoch', 'time'] as const).map((axis) => ({ ...row, axis })));
  const padding = { left: AXIS_WIDTH, right: LONE_WIDTH - AXIS_WIDTH - width, top: LABEL_GAP / 2, bottom: AXIS_HEIGHT };
  return Promise.all(places.map(async ({ axis, ...row }) => {
    const spec = {
      background: 'transparent',
      padding,
      autosize: 'none',
      ...createPanel(curves, { ...row, axis, width }),
      config: chartConfig,
    };
    return { title: row.title, note: row.note, measure: row.measure, axis, svg: await renderSpec(spec as TopLevelSpec) };
  }));
}
