import type { Pass } from '../../models/layer-passes.ts';
import { countEncoderForward } from '../formulas.ts';
import { countLayerForward } from '../../models/layer-counts.ts';
import { formatCount, joinWords } from '../../terminal/format.ts';
import { conclude } from './finding.ts';
import type { Claim, Finding, Part } from './finding.ts';
import { timesAsLong } from './measurements.ts';
import type { LengthTimes } from './measurements.ts';
import type { Spread } from '../../measure/statistics.ts';

type Recurrent = 'rnn' | 'lstm';
const recurrentCells = ['rnn', 'lstm'] as const;

/** How many times as long the encoder layer takes as the recurrent one, by length. */
interface Ratios {
  readonly cell: Recurrent;
  readonly pass: Pass;
  readonly points: readonly { readonly steps: number; readonly ratio: Spread }[];
}

function computeRatios({ points }: LengthTimes, cell: Recurrent, pass: Pass): Ratios {
  return { cell, pass, points: points.map(({ steps, times }) => ({ steps, ratio: timesAsLong(times.encoder, times[cell], pass) })) };
}

/**
 * The length at which two layers take as long, between two measured ones on a straight line in logarithms.
 * @returns null where the ratio does not pass 1
 */
export function findCrossover(points: readonly { readonly steps: number; readonly ratio: number }[]): number | null {
  for (const [k, { steps, ratio }] of points.entries()) {
    const next = points[k + 1];
    if (next === undefined || (ratio - 1) * (next.ratio - 1) > 0) continue;
    const share = ratio === next.ratio ? 0 : -Math.log(ratio) / Math.log(next.ratio / ratio);
    return steps * (next.steps / steps) ** share;
  }
  return null;
}

function describeRatios({ cell, pass, points }: Ratios): string {
  return `${cell.toUpperCase()}, ${pass} ${points.map(({ ratio }) => `${ratio.middle.toFixed(1)} ×`).join(', ')}`;
}

/** Lengths at which the quartiles lie on both sides of 1 do not tell which is faster: they are left out. */
function describeCrossover({ cell, pass, points }: Ratios): string {
  const clear = points.filter(({ ratio }) => ratio.low > 1 || ratio.high < 1).map(({ steps, ratio }) => ({ steps, ratio: ratio.middle }));
  return `${cell.toUpperCase()}, ${pass} ${nameCrossover(cell, clear, clear.length < points.length)}`;
}

function nameCrossover(cell: Recurrent, clear: readonly { steps: number; ratio: number }[], hasUnclear: boolean): string {
  const crossover = findCrossover(clear);
  if (crossover !== null) return `at T ≈ ${formatCount(crossover)}`;
  const [first] = clear;
  if (first === undefined) return 'not told: the quartiles lie on both sides of 1 at every length';
  return `none, the ${first.ratio > 1 ? cell.toUpperCase() : 'encoder layer'} is faster at every `
    + `length${hasUnclear ? ' where the quartiles tell' : ''}`;
}

/** Products of the encoder layer over those of a recurrent layer with D = H. */
function countRatio(cell: Recurrent, { size, feedForwardSize }: LengthTimes, steps: number): number {
  const recurrent = countLayerForward(cell, { inputSize: size, hiddenSize: size }, { tokens: steps, inputRows: steps });
  return countEncoderForward({ embeddingSize: size, feedForwardSize }, steps) / recurrent;
}

function describeCounts(times: LengthTimes, lengths: readonly number[]): string {
  return recurrentCells
    .map((cell) => `${cell.toUpperCase()} ${lengths.map((steps) => `${countRatio(cell, times, steps).toFixed(1)} ×`).join(', ')}`)
    .join('; ');
}

/** Measured times count as alike up to this factor. */
const ALIKE = 2;

function judgeLengths(times: LengthTimes, ratios: readonly Ratios[]): Part[] {
  const lengths = times.points.map(({ steps }) => steps);
  const [shortest = 0, longest = 0] = [lengths[0], lengths.at(-1)];
  const training = ratios.filter(({ pass }) => pass === 'training');
  return [
    judgeGrowth(times),
    ...training.map(({ cell, points }): Part => {
      const { middle = Number.NaN } = points[0]?.ratio ?? {};
      return {
        what: `T = ${shortest}, far below H: alike within a factor ${ALIKE} (${cell.toUpperCase()}: the encoder layer takes `
          + `${middle.toFixed(1)} times as long)`,
        holds: middle <= ALIKE && middle >= 1 / ALIKE,
      };
    }),
    ...training.map(({ cell, points }): Part => (longest < 1000
      ? { what: `sequences of thousands, which were not measured for the ${cell.toUpperCase()}`, holds: null }
      : { what: `T = ${formatCount(longest)}: the ${cell.toUpperCase()} is faster`, holds: (points.at(-1)?.ratio.low ?? 0) > 1 })),
  ];
}

/** A recurrent layer's products grow with T, an encoder layer's have a part that grows with T². */
function judgeGrowth({ size, feedForwardSize }: LengthTimes): Part {
  const sizes = { inputSize: size, hiddenSize: size };
  const linear = recurrentCells.every(
    (cell) =>
      countLayerForward(cell, sizes, { tokens: 2, inputRows: 2 }) === 2 * countLayerForward(cell, sizes, { tokens: 1, inputRows: 1 }),
  );
  const encoder = (steps: number): number => countEncoderForward({ embeddingSize: size, feedForwardSize }, steps);
  return {
    what: 'the growth with T and H, up to constants (an LSTM 8·T·H², an encoder layer with ff = 4·H 12·T·H² + 2·H·T²)',
    holds: linear && encoder(2) > 2 * encoder(1),
  };
}

function conclude16(times: LengthTimes): Finding {
  const ratios = recurrentCells.flatMap((cell) => (['forward', 'training'] as const).map((pass) => computeRatios(times, cell, pass)));
  const lengths = times.points.map(({ steps }) => steps);
  return conclude(
    `Encoder layer over recurrent layer, H = ${times.size}, ff = ${times.feedForwardSize}, ${times.rows} rows, T = `
      + `${joinWords(lengths.map(formatCount))}: ${ratios.map(describeRatios).join('; ')}. `
    + `Crossover: ${ratios.map(describeCrossover).join('; ')}. By products: ${describeCounts(times, lengths)}. By their formula T·H² + `
    + `H·T² against T·H² there is no crossover either: 2 × at T = H`,
    judgeLengths(times, ratios),
  );
}

export const transformerByLength: Claim = {
  id: 'C16',
  method: 'measurement',
  statement:
    "RNN and LSTM layers cost SeqLen·Hid², a Transformer's layer SeqLen·Hid² + Hid·SeqLen². With SeqLen well below Hid they are alike; "
      + "with SeqLen in the "
    + 'thousands the RNN is the faster one on one device without parallelism.',
  check:
    "Products of one layer; RNN and LSTM layers (this project's kernels) timed alternately with a Transformer's encoder layer (plain "
      + "TensorFlow ops, without fused attention) on this CPU.",
  examine: async ({ measurements }) => conclude16(await measurements.lengths()),
};
