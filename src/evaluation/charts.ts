import type { TopLevelSpec } from 'vega-lite';

import type { CalibrationBin } from '../measure/classification.ts';
import { chartConfig, okabeIto, renderSpec } from '../report/chart.ts';
import { formatCount } from '../terminal/format.ts';
import type { Evaluation } from './evaluation.ts';

/** Of a whole picture; two stand side by side on a wide page. */
const WIDTH = 430;
const HEIGHT = 350;
/** Of a group of lengths, and of the axis below them. */
const GROUP_HEIGHT = 34;
const AXIS_HEIGHT = 60;

/** More curves than this are told apart by no colours; the mean over classes is drawn alone. */
const MOST_CURVES = 6;

const [BLUE, ORANGE] = okabeIto;
const MEAN = '#000000';

/** The pictures of an evaluation, as SVG. */
export interface EvaluationPictures {
  readonly roc: string | null;
  readonly precisionRecall: string | null;
  readonly calibration: string;
  readonly confidence: string;
  readonly lengths: string;
}

/** Draws what an evaluation holds; a picture that nothing can be seen in is null. */
export async function drawEvaluation(evaluation: Evaluation): Promise<EvaluationPictures> {
  const hasCurves = evaluation.roc.curves.length > 0;
  return {
    roc: hasCurves ? await renderSpec(rocSpec(evaluation)) : null,
    precisionRecall: hasCurves ? await renderSpec(precisionRecallSpec(evaluation)) : null,
    calibration: await renderSpec(calibrationSpec(evaluation)),
    confidence: await renderSpec(confidenceSpec(evaluation)),
    lengths: await renderSpec(lengthsSpec(evaluation)),
  };
}

function toSpec(parts: object): TopLevelSpec {
  const { axis, title, ...config } = chartConfig;
  return {
    width: WIDTH, height: HEIGHT, autosize: { type: 'fit', contains: 'padding' }, background: 'white', padding: 6, ...parts,
    config: { ...config, axis: { ...axis, gridColor: '#ededed', domainColor: '#888', tickColor: '#888' }, title },
  } as TopLevelSpec;
}

/** Shares from 0 to 1 on both axes. */
function shares(x: string, y: string): { readonly x: object; readonly y: object } {
  const axis = { format: '.0%', tickCount: 5 }, scale = { domain: [0, 1], nice: false };
  return {
    x: { field: 'x', type: 'quantitative', title: x, axis, scale }, y: { field: 'y', type: 'quantitative', title: y, axis, scale },
  };
}

/** A line from corner to corner, which what is measured is held against. */
function diagonal(encoding: object): object {
  return {
    data: { values: [{ x: 0, y: 0 }, { x: 1, y: 1 }] }, mark: { type: 'line', color: '#888', strokeDash: [4, 4], strokeWidth: 1 }, encoding,
  };
}

const legendBelow = { title: null, orient: 'bottom', direction: 'horizontal' } as const;

interface DrawnCurve {
  readonly name: string;
  readonly colour: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

function drawCurves(curves: readonly DrawnCurve[], encoding: object): object[] {
  const values = curves.flatMap(({ name, x, y }) => x.map((value, order) => ({ name, order, x: value, y: y[order] ?? 0 })));
  const scale = { domain: curves.map(({ name }) => name), range: curves.map(({ colour }) => colour) };
  const legend = { ...legendBelow, direction: 'vertical', labelLimit: WIDTH, symbolType: 'stroke', symbolStrokeWidth: 2.5 };
  const color = { field: 'name', type: 'nominal', scale, legend: curves.length === 1 ? null : legend };
  return [{
    data: { values }, mark: { type: 'line', strokeWidth: 2 },
    encoding: { ...encoding, order: { field: 'order', type: 'quantitative' }, color },
  }];
}

function rocSpec({ roc: { curves, macro } }: Evaluation): TopLevelSpec {
  const encoding = shares('false positive rate', 'true positive rate');
  const each = curves.length > MOST_CURVES ? [] : curves.map(({ name, area, falsePositiveRate, truePositiveRate }, k) =>
    ({ name: `${name}, area ${area.toFixed(4)}`, colour: okabeIto[k] ?? MEAN, x: falsePositiveRate, y: truePositiveRate }));
  const mean = macro === null ? [] : [{
    name: `mean of ${curves.length} classes, area ${macro.area.toFixed(4)}`, colour: MEAN,
    x: macro.falsePositiveRate, y: macro.truePositiveRate,
  }];
  return toSpec({ layer: [diagonal(encoding), ...drawCurves([...each, ...mean], encoding)] });
}

/** Of many classes those are drawn that are told worst. */
function precisionRecallSpec({ roc: { curves } }: Evaluation): TopLevelSpec {
  const encoding = shares('recall', 'precision');
  const drawn = curves.length > MOST_CURVES
    ? [...curves].sort((a, b) => a.averagePrecision - b.averagePrecision).slice(0, MOST_CURVES) : curves;
  const lines = drawn.map(({ name, averagePrecision, truePositiveRate: x, precision: y }, k) =>
    ({ name: `${name}, average precision ${averagePrecision.toFixed(4)}`, colour: okabeIto[k] ?? MEAN, x, y }));
  return toSpec({ layer: drawCurves(lines, encoding) });
}

function calibrationSpec({ calibration, uncalibrated }: Evaluation): TopLevelSpec {
  const encoding = shares('probability of the answer, mean of a bin', 'answers that are right');
  const toValues = (bins: readonly CalibrationBin[], name: string): object[] =>
    bins.map(({ confidence, accuracy }) => ({ name, x: confidence, y: accuracy }));
  const [now, before] = ['calibrated', 'uncalibrated'] as const;
  const values = [...toValues(calibration, now), ...toValues(uncalibrated?.calibration ?? [], before)];
  const scale = { domain: [now, before], range: [BLUE, ORANGE] };
  const color = { field: 'name', type: 'nominal', scale, legend: uncalibrated === null ? null : legendBelow };
  const drawn = { data: { values }, encoding: { ...encoding, color } };
  return toSpec({
    layer: [
      diagonal(encoding), { ...drawn, mark: { type: 'line', strokeWidth: 1.5 } },
      { ...drawn, mark: { type: 'point', filled: true, size: 45, opacity: 1 } },
    ],
  });
}

/** How many answers have a probability such as this, right ones below wrong ones. */
function confidenceSpec({ calibration }: Evaluation): TopLevelSpec {
  const values = calibration.flatMap(({ low, high, items, accuracy }) => {
    const right = Math.round(items * accuracy);
    return [{ name: 'right', low, high, from: 0, to: right }, { name: 'wrong', low, high, from: right, to: items }];
  });
  const first = Math.min(...calibration.map(({ low }) => low));
  const scale = { domain: [first, 1], nice: false, zero: false };
  return toSpec({
    data: { values }, mark: { type: 'rect', stroke: 'white', strokeWidth: 1 },
    encoding: {
      x: {
        field: 'low', type: 'quantitative', title: 'probability of the answer', scale, axis: { format: '.0%', tickCount: 5, grid: false },
      },
      x2: { field: 'high' },
      y: { field: 'from', type: 'quantitative', title: 'reviews', axis: { format: ',d', tickCount: 5 } }, y2: { field: 'to' },
      color: {
        field: 'name', type: 'nominal', scale: { domain: ['right', 'wrong'], range: [BLUE, ORANGE] }, legend: legendBelow,
      },
    },
  });
}

function lengthsSpec({ byLength, accuracy }: Evaluation): TopLevelSpec {
  const values = byLength.map(({ from, to, items, accuracy: mean, accuracyInterval: [low, high] }) =>
    ({ group: `${formatCount(from)}–${formatCount(to)}`, mean, low, high, items }));
  const least = Math.min(...values.map(({ low }) => low)), most = Math.max(...values.map(({ high }) => high));
  const room = Math.max(0.005, 0.05 * (most - least));
  const scale = { domain: [Math.max(0, least - room), Math.min(1, most + room)], nice: false, zero: false };
  const x = { type: 'quantitative', title: 'accuracy, 95 % interval', scale, axis: { format: '.1~%', tickCount: 6 } };
  const y = { field: 'group', type: 'nominal', sort: null, title: null, axis: { ticks: false, domain: false } };
  return toSpec({
    height: AXIS_HEIGHT + byLength.length * GROUP_HEIGHT, data: { values },
    layer: [
      {
        data: { values: [{ accuracy }] }, mark: { type: 'rule', color: '#888', strokeDash: [4, 4] },
        encoding: { x: { ...x, field: 'accuracy' } },
      },
      { mark: { type: 'rule', strokeWidth: 2.5, color: BLUE }, encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y } },
      { mark: { type: 'point', filled: true, size: 80, opacity: 1, color: BLUE }, encoding: { x: { ...x, field: 'mean' }, y } },
    ],
  });
}
