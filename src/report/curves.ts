import type { TopLevelSpec } from 'vega-lite';

import { nameModel } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import { summarizeEpochs } from '../experiment/records.ts';
import type { Environment, EpochRecord } from '../experiment/records.ts';
import { formatCount } from '../terminal/format.ts';
import { chartConfig, epochChannel, MANY_EPOCHS, measureTitles, okabeIto, renderSpec, valueAxis, valueDomain } from './chart.ts';
import type { Measure } from './chart.ts';
import { nameData } from './departures.ts';
import { labelLayers, measureLabels } from './end-labels.ts';
import type { EndLabel } from './end-labels.ts';

const PANEL_WIDTH = 246;
const PANEL_HEIGHT = 240;
/** Between a panel's edges and its first and last point. */
const SIDE = 10;
/** Left of a panel: the numbers of its axis. */
const AXIS_WIDTH = 44;
/** Above a panel: what its upright lines mean, a line of text each. */
const MARK_GAP = 14;
const MARK_SIZE = 10;
/** Beyond this part of the panel the text of a mark stands left of it. */
const RIGHT = 0.7;
/** In vega's estimate, which takes a letter for wider than it is: as wide as the picture. */
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
  readonly colour: string;
  readonly dash: readonly number[];
}

/** The dashes are drawn over the solid line, so that both are seen where they share an epoch. */
function collectMarks(records: readonly EpochRecord[]): Mark[] {
  const { bestEpoch, bestTestEpoch, convergenceEpoch } = summarizeEpochs(records);
  const best = bestEpoch ?? bestTestEpoch;
  const bestOn = bestEpoch === null ? 'test' : 'validation';
  return [
    ...(best === null ? [] : [{ epoch: best, meaning: `best on ${bestOn}`, colour: '#8a8a8a', dash: [1, 0] }]),
    ...(convergenceEpoch === null ? [] : [{ epoch: convergenceEpoch, meaning: 'converged', colour: '#000000', dash: [5, 4] }]),
  ];
}

/** An upright line for each mark, and over it what it means, on the side where there is room. */
function markLayers(marks: readonly Mark[], records: readonly EpochRecord[]): object[] {
  return marks.flatMap(({ epoch, meaning, colour, dash }, k) => {
    const isRight = (epoch - 1) / (records.length - 1) > RIGHT;
    const data = { values: [{ epoch, text: `epoch ${epoch}: ${meaning}` }] };
    const text = {
      type: 'text',
      align: isRight ? 'right' : 'left',
      dx: isRight ? -4 : 4,
      baseline: 'bottom',
      fontSize: MARK_SIZE,
      color: '#222222',
    };
    return [
      {
        data,
        mark: { type: 'rule', strokeWidth: 1.5, color: colour, strokeDash: dash },
        encoding: { y: { value: -3 - MARK_GAP * k }, y2: { value: PANEL_HEIGHT } },
      },
      { data, mark: text, encoding: { y: { value: -4 - MARK_GAP * k }, text: { field: 'text' } } },
    ];
  });
}

function listUsed(records: readonly EpochRecord[]): (typeof parts)[number][] {
  return parts.filter((part) => records.some((record) => record[part.accuracy] !== null));
}

/** Dashed lines with a point for each epoch. */
function curveLayers(records: readonly EpochRecord[], points: readonly Point[], y: object): object[] {
  const used = listUsed(records);
  const byPart = (range: readonly unknown[]): object => ({
    field: 'part',
    type: 'nominal',
    scale: { domain: used.map(({ part }) => part), range },
    legend: null,
  });
  const encoding = { y: { ...y, field: 'value' }, color: byPart(used.map(({ colour }) => colour)) };
  const data = { values: points };
  return [
    { data, mark: { type: 'line', strokeWidth: 2 }, encoding: { ...encoding, strokeDash: byPart(used.map(({ dash }) => dash)) } },
    {
      data,
      mark: { type: 'point', filled: true, size: records.length > MANY_EPOCHS ? 12 : 40, opacity: 1 },
      encoding: { ...encoding, shape: byPart(used.map(({ shape }) => shape)) },
    },
  ];
}

function nameEnds(records: readonly EpochRecord[], points: readonly Point[]): EndLabel[] {
  return listUsed(records).flatMap(({ part, colour, dash, shape }): EndLabel[] => {
    const last = points.findLast((point) => point.part === part);
    return last === undefined
      ? []
      : [{ lines: [part], value: last.value, colour, dash, shape, hasLeader: records.length > 1 && last.epoch === records.length }];
  });
}

function createPanel(records: readonly EpochRecord[], measure: Measure, marks: readonly Mark[]): object {
  const points = collectPoints(records, measure);
  const [low, high] = valueDomain(points.map(({ value }) => value), measure);
  const domain = [low, measure === 'loss' ? 1.05 * high : high] as const; // not `nice`: labels are placed by it
  const y = {
    type: 'quantitative',
    title: null,
    scale: { domain, nice: false, zero: false },
    axis: { ...valueAxis(measure), minExtent: AXIS_WIDTH - 10 },
  };
  return {
    width: PANEL_WIDTH, height: PANEL_HEIGHT,
    title: { text: measureTitles[measure], offset: 10 },
    encoding: { x: epochChannel(records.length, SIDE) },
    layer: [
      ...markLayers(marks, records), ...curveLayers(records, points, y),
      ...labelLayers(nameEnds(records, points), { width: PANEL_WIDTH, height: PANEL_HEIGHT, side: SIDE, domain, y }),
    ],
  };
}

/** What a picture must say of the run it shows. */
export interface DrawnRun {
  readonly name: string;
  readonly config: AnyConfig;
  readonly dataset: Pick<Environment['dataset'], 'kind' | 'synthetic' | 'counts'>;
  readonly parameters: number;
}

/** `gru-1: GRU, 5,367,554 parameters, seed 1` and what it read, in lines. */
function describeRun({ name, config, dataset, parameters }: DrawnRun): string[] {
  const { train, validation, test } = dataset.counts;
  const counts = ([['training', train], ['validation', validation], ['test', test]] as const).filter(([, count]) => count > 0);
  return [
    `${name}: ${nameModel(config)}, ${formatCount(parameters)} parameters, seed ${config.seed}`,
    `${nameData(dataset)}: ${counts.map(([part, count]) => `${formatCount(count)} ${part}`).join(', ')} reviews`,
  ];
}

function createSpec(records: readonly EpochRecord[], run: DrawnRun): TopLevelSpec {
  const marks = collectMarks(records);
  const [title, ...lines] = describeRun(run);
  const subtitle = [
    ...lines,
    ...(marks.some(({ meaning }) => meaning === 'converged')
      ? ['converged: the first epoch with a test accuracy within 0.5 points of the best']
      : []),
  ];
  const { width } = measureLabels(parts.map(({ part }) => [part]));
  return {
    title: { text: title, subtitle, fontSize: 14, limit: TITLE_LIMIT, subtitlePadding: 5, offset: 14 },
    background: 'white', padding: 10, bounds: 'flush', spacing: width + AXIS_WIDTH,
    hconcat: [createPanel(records, 'loss', marks), createPanel(records, 'accuracy', marks)],
    config: chartConfig,
  } as TopLevelSpec;
}

/**
 * One run's loss and accuracy by epoch, as SVG, with its best and its convergence epoch marked.
 * @param records at least one epoch
 */
export async function renderCurves(records: readonly EpochRecord[], run: DrawnRun): Promise<string> {
  if (records.length === 0) throw new RangeError('renderCurves: there is no epoch to draw');
  return renderSpec(createSpec(records, run));
}
