import { computeMedian, pairwiseRatio } from '../../measure/statistics.ts';
import type { Spread } from '../../measure/statistics.ts';
import { computeWorkedExamples, judgeExample } from '../worked-examples.ts';
import { articlesTrainingFactor, gateCounts } from '../formulas.ts';
import { countLayerForward, trainingFactor } from '../../models/layer-counts.ts';
import { formatPercent } from '../../terminal/format.ts';
import { articlesTable } from '../articles.ts';
import { conclude, listParts } from './finding.ts';
import type { Claim, ClaimContext, Finding, Part } from './finding.ts';
import { timesAsLong } from './measurements.ts';
import type { LayerTimes, StepTimes } from './measurements.ts';
import { examineExamples } from './parameters.ts';
import { findRow } from './runs.ts';
import type { Published } from './runs.ts';
import { formatProportion, formatTimes } from './words.ts';

const gateCells = ['rnn', 'gru', 'lstm'] as const;
const RNN_GRU_LSTM = 'RNN : GRU : LSTM';

/** Measured ratios may be this far from the articles'. */
const NEAR = 0.1;

export function isNear({ middle }: Pick<Spread, 'middle'>, claimed: number): boolean {
  return Math.abs(middle / claimed - 1) <= NEAR;
}

function describeShape({ rows, steps, turns }: StepTimes | LayerTimes): string {
  return `${rows} × ${steps}, ${turns} turns`;
}

export const inferenceMultiplyAdds: Claim = {
  id: 'C12',
  method: 'formula',
  statement:
    'Inference costs (D+H)·H multiply-adds a step in an RNN, 3 times that in a GRU, 4 times in an LSTM: about 0.5 M, 1.5 M and 2.0 M at '
      + 'D = H = 512.',
  check: 'Their formula against the products that the built layers compute; beside it the time of a forward pass of one layer.',
  examine: async ({ measurements }) => {
    const { figure, ...verdict } = examineExamples('C12');
    const layers = await measurements.layers();
    const times = formatProportion(gateCells.map((cell) => computeMedian(layers.times[cell].forward)));
    return {
      figure: `${figure}. Time of a forward pass, D = H = ${layers.size} (${describeShape(layers)}): ${RNN_GRU_LSTM} = ${times}`,
      ...verdict,
    };
  },
};

export const trainingCost: Claim = {
  id: 'C13', method: 'measurement',
  statement: 'Training costs about 2 times the forward pass, in the same ratios 1 : 3 : 4.',
  check: 'Multiply-adds of forward and backward products; forward and backward of one layer, alternating with its forward pass.',
  examine: async ({ measurements }) => {
    const layers = await measurements.layers();
    const factors = gateCells.map(
      (cell) => [cell.toUpperCase(), pairwiseRatio(layers.times[cell].forward, layers.times[cell].training)] as const,
    );
    const square = { inputSize: layers.size, hiddenSize: layers.size };
    const times = formatProportion(gateCells.map((cell) => computeMedian(layers.times[cell].training)));
    return conclude(
      `By products ${trainingFactor} × the forward pass. Timed at D = H = ${layers.size} (${describeShape(layers)}): `
        + `${factors.map(([name, factor]) => `${name} ${formatTimes(factor)}`).join(', ')}; ${RNN_GRU_LSTM} = ${times}`,
      [
        {
          what: `the factor ${articlesTrainingFactor}: the backward pass alone has two products for each of the forward pass`,
          holds: computeWorkedExamples().every((example) => example.claim !== 'C13' || judgeExample(example) !== 'differs'),
        },
        {
          what: `the factor ${articlesTrainingFactor} in time`,
          holds: factors.every(([, factor]) => isNear(factor, articlesTrainingFactor)),
        },
        {
          what: 'the same ratios 1 : 3 : 4 by products',
          holds: formatProportion(gateCells.map((cell) => countLayerForward(cell, square, { tokens: 1, inputRows: 1 }))) === '1 : 3 : 4',
        },
      ],
    );
  },
};

/** Means over seeds of the median epoch, as a ratio; null without runs of both. */
export function epochRatio(comparison: Published, one: string, other: string): number | null {
  const [a, b] = [one, other].map((label) => findRow(comparison, label)?.epochSeconds.measured?.mean);
  return a === undefined || b === undefined ? null : a / b;
}

function describeEpochs(comparison: Published): string {
  const [bi, gru] = [epochRatio(comparison, 'BiLSTM', 'LSTM'), epochRatio(comparison, 'GRU', 'LSTM')];
  return bi === null || gru === null ? '' : `; epochs of the published runs: BiLSTM ${bi.toFixed(2)} ×, GRU ${gru.toFixed(2)} ×`;
}

async function measureColumn({ measurements, comparison }: ClaimContext): Promise<{ figure: string; bidirectional: Spread; gru: Spread }> {
  const steps = await measurements.steps();
  const { times: { lstm, bilstm, gru } } = steps;
  const ratios = { bidirectional: timesAsLong(bilstm, lstm, 'training'), gru: timesAsLong(gru, lstm, 'training') };
  return {
    ...ratios,
    figure: `A training step (${describeShape(steps)}): BiLSTM ${formatTimes(ratios.bidirectional)} the LSTM, GRU `
      + `${formatTimes(ratios.gru)}${describeEpochs(comparison)}`,
  };
}

const printed = {
  bidirectional: articlesTable.BiLSTM.epochSeconds / articlesTable.LSTM.epochSeconds,
  gru: articlesTable.GRU.epochSeconds / articlesTable.LSTM.epochSeconds,
};
const LEAST_BIDIRECTIONAL = 2;
const MEASURED = 'Measured here:';

/** Where the articles stand against each other, and what is measured. */
function concludeContradiction(figure: string, other: string, parts: readonly Part[]): Finding {
  if (printed.bidirectional >= LEAST_BIDIRECTIONAL) return conclude(figure, parts);
  const says = `${other}: the table has ${printed.bidirectional.toFixed(2)} × where the text says at least ${LEAST_BIDIRECTIONAL} ×.`;
  return { figure, verdict: 'contradicts another claim', reason: `${says} ${MEASURED} ${listParts(parts)}` };
}

export const timeColumn: Claim = {
  id: 'C5',
  method: 'measurement',
  statement: `An epoch takes 142 s (LSTM), 210 s (BiLSTM) and 118 s (GRU): BiLSTM ${printed.bidirectional.toFixed(2)} × LSTM, GRU `
    + `${printed.gru.toFixed(2)} × LSTM.`,
  check:
    "Training steps of the articles' classifiers on full batches, timed alternately on this machine (theirs is a GPU, so ratios alone "
      + "are compared, 10 % apart at most); epochs of the published runs.",
  examine: async (context) => {
    const { figure, bidirectional, gru } = await measureColumn(context);
    return concludeContradiction(figure, 'Contradicts C6', [
      { what: `BiLSTM ${printed.bidirectional.toFixed(2)} × LSTM`, holds: isNear(bidirectional, printed.bidirectional) },
      { what: `GRU ${printed.gru.toFixed(2)} × LSTM`, holds: isNear(gru, printed.gru) },
    ]);
  },
};

export const bidirectionalCost: Claim = {
  id: 'C6',
  method: 'measurement',
  statement: 'A bidirectional model costs at least 2 times as much as one of one direction.',
  check:
    "Training steps of the articles' LSTM and BiLSTM on full batches, timed alternately on this machine; epochs of the published runs.",
  examine: async (context) => {
    const { figure, bidirectional } = await measureColumn(context);
    return concludeContradiction(figure, 'Contradicts C5', [
      { what: `at least ${LEAST_BIDIRECTIONAL} ×`, holds: bidirectional.low >= LEAST_BIDIRECTIONAL },
    ]);
  },
};

export const gruSpeed: Claim = {
  id: 'C22', method: 'measurement',
  statement: 'A GRU trains about 30 % faster than an LSTM, with 33 % fewer parameters.',
  check: 'Parameters by C11; training steps of the articles\' classifiers, timed alternately on this machine, and the epochs of C5.',
  examine: async (context) => {
    const { times: { gru, lstm } } = await context.measurements.steps();
    const share = timesAsLong(gru, lstm, 'training'), fewer = 1 - gateCounts.gru / gateCounts.lstm;
    const epochs = epochRatio(context.comparison, 'GRU', 'LSTM');
    const parameters: Part = { what: 'a third fewer parameters', holds: Math.abs(fewer - 1 / 3) < 0.005 };
    const parts = [
      parameters,
      {
        what: 'about 30 % faster, be it 30 % less time or 1.3 times the speed',
        holds: isNear(share, 0.7) || isNear({ middle: 1 / share.middle }, 1.3),
      },
    ];
    const figure =
      `${percent(fewer)} fewer parameters (an LSTM has ${percent(gateCounts.lstm / gateCounts.gru - 1)} more than a GRU); a training `
        + `step takes ${formatTimes(share)} the LSTM's time`
      + `${epochs === null ? '' : `, an epoch of the published runs ${epochs.toFixed(2)} ×`}, an epoch by C5 ${printed.gru.toFixed(2)} ×`;
    if (parameters.holds === true) return conclude(figure, parts);
    return {
      figure,
      verdict: 'contradicts another claim',
      reason: `Contradicts C11: three gates instead of four are ${percent(fewer)} fewer. ${MEASURED} ${listParts(parts)}`,
    };
  },
};

const percent = (fraction: number): string => formatPercent(fraction, 0);
