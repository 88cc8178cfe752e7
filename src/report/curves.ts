import type { TopLevelSpec } from 'vega-lite';

import type { EpochRecord } from '../experiment/records.ts';
import { summarizeEpochs } from '../experiment/summary.ts';
import { epochChannel, MANY_EPOCHS, measureTitles, okabeIto, renderSpec, valueAxis, valueDomain } from './chart.ts';
import type { Measure } from './chart.ts';

const PANEL_WIDTH = 340;
const PANEL_HEIGHT = 240;
/** In vega's estimate, which takes a letter for wider than it is: some 75 letters. */
const TITLE_LIMIT = 900;
/** Shapes and dashes tell them apart without colour. */
const parts = [
  { part: 'training', colour: okabeIto[0], dash: [6, 3], shape: 'circle', accuracy: 'trainAccuracy', loss: 'trainLoss' },
  { part: 'validation', colour: okabeIto[4], dash: [2, 2], shape: 'square', accuracy: 'validationAccuracy', loss: 'validationLoss' },
  { part: 'test', colour: okabeIto[2], dash: [1, 0], shape: 'triangle-up', accuracy: 'testAccuracy', loss: 'testLoss' },
] as const;

interface Point {
  readonly epoch: number;
  readonly part: string;
  readonly value: number;
}

/** Finite values only: a gap shows where a loss was not a number. */
function collectPoints(records: readonly EpochRecord[], measure: Measure): Point[] {
  return parts.flatMap(({ part, [measure]: column }) => records.flatMap((record) => {
    const value = record[column];
    return value !== null && Number.isFinite(value) ? [{ epoch: record.epoch, part, value }] : [];
  }));
}

interface Mark {
  readonly epoch: number;
  readonly meaning: string;
  readonly line: 'solid' | 'dashed';
}

function collectMarks(records: readonly EpochRecord[]): Mark[] {
  const { bestEpoch, bestTestEpoch, convergenceEpoch } = summarizeEpochs(records);
  const best = bestEpoch ?? bestTestEpoch;
  const bestOn = bestEpoch === null ? 'test' : 'validation';
  return [
    ...(best === null ? [] : [{ epoch: best, meaning: `best on ${bestOn}`, line: 'solid' } as const]),
    ...(convergenceEpoch === null ? [] : [{ epoch: convergenceEpoch, meaning: 'test accuracy within 0.5 points of its best', line: 'dashed' } as const]),
  ];
}

function describeMarks(marks: readonly Mark[]): string[] {
  return marks.map(({ epoch, meaning, line }) => `${line} line: epoch ${epoch}, ${meaning}`);
}

const bottomLegend = { legend: { orient: 'bottom', direction: 'horizontal', title: null, labelLimit: 0 } } as const;

function valueEncoding(points: readonly Point[], measure: Measure): object {
  const domain = valueDomain(points.map(({ value }) => value), measure);
  return { field: 'value', type: 'quantitative', title: measureTitles[measure], scale: { domain, nice: measure === 'loss' }, axis: valueAxis(measure) };
}

/** Lines, and over them the points: only the points make the legend, which shows colour and shape. */
function curveLayers(records: readonly EpochRecord[], measure: Measure): object[] {
  const used = parts.filter((part) => records.some((record) => record[part.accuracy] !== null));
  const domain = used.map(({ part }) => part);
  const byPart = (range: readonly unknown[]): object => ({ field: 'part', type: 'nominal', scale: { domain, range }, ...bottomLegend });
  const y = valueEncoding(collectPoints(records, measure), measure);
  const lines = used.map(({ part, dash, colour }) => ({
    transform: [{ filter: { field: 'part', equal: part } }],
    mark: { type: 'line', strokeWidth: 2, strokeDash: dash, color: colour },
    encoding: { y },
  }));
  const points = {
    mark: { type: 'point', filled: true, size: records.length > MANY_EPOCHS ? 12 : 45, opacity: 1 },
    encoding: { y, color: byPart(used.map(({ colour }) => colour)), shape: byPart(used.map(({ shape }) => shape)) },
  };
  return [...lines, points];
}

/** Dashes over a solid line, so that both are seen where they share an epoch. */
function markLayer({ epoch, line }: Mark): object {
  const style = line === 'solid' ? { color: '#aaaaaa' } : { color: '#000000', strokeDash: [5, 5] };
  return { data: { values: [{ epoch }] }, mark: { type: 'rule', strokeWidth: 1.5, ...style } };
}

function createPanel(records: readonly EpochRecord[], measure: Measure): object {
  return {
    width: PANEL_WIDTH,
    height: PANEL_HEIGHT,
    data: { values: collectPoints(records, measure) },
    encoding: { x: epochChannel(records.length) },
    layer: [...collectMarks(records).map(markLayer), ...curveLayers(records, measure)],
  };
}

function createSpec(records: readonly EpochRecord[], title: string): TopLevelSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: {
      text: title, subtitle: describeMarks(collectMarks(records)),
      anchor: 'start', fontSize: 15, limit: TITLE_LIMIT, subtitlePadding: 6, offset: 14,
    },
    background: 'white',
    padding: 12,
    spacing: 40,
    hconcat: [createPanel(records, 'loss'), createPanel(records, 'accuracy')],
    config: { view: { stroke: '#cccccc' } },
  } as TopLevelSpec;
}

/**
 * One run's loss and accuracy by epoch, as SVG, with its best and its convergence epoch marked.
 * @param records at least one epoch
 * @param title the run's name; that of a synthetic run says so
 */
export async function renderCurves(records: readonly EpochRecord[], title: string): Promise<string> {
  if (records.length === 0) throw new RangeError('renderCurves: there is no epoch to draw');
  return renderSpec(createSpec(records, title));
}
