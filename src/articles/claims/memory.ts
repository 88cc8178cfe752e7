import { countKeptByArticles } from '../formulas.ts';
import { countKeptByRecurrence } from '../../models/layer-counts.ts';
import { formatBytes } from '../../terminal/format.ts';
import { conclude } from './finding.ts';
import type { Claim, ClaimContext, Finding, Part } from './finding.ts';
import type { GateCell, StepMemory } from './measurements.ts';
import { findRow } from './runs.ts';
import type { Published } from './runs.ts';

const AT_THE_PEAK = 'all tensors at the peak, those too that nothing needs again';
const largestFirst = ['lstm', 'gru', 'rnn'] as const;

function describeBytes(bytes: StepMemory['keptBytes'], cells: readonly GateCell[]): string {
  return cells.map((cell) => `${cell.toUpperCase()} ${formatBytes(bytes[cell])}`).join(', ');
}

function judgeOrderOf(what: string, bytes: StepMemory['keptBytes'], cells: readonly GateCell[]): Part {
  const ordered = cells.every((cell, k) => k === 0 || bytes[cells[k - 1] ?? cell] > bytes[cell]);
  return { what: `${cells.map((cell) => cell.toUpperCase()).join(' > ')} by ${what}`, holds: ordered };
}

/** Peak resident memory of the published runs, the reading of the reviews included and the engine's own left out. */
function describeResident(comparison: Published): string {
  const peaks = ['LSTM', 'GRU'].map((label) => findRow(comparison, label)?.peakAboveBaselineBytes.measured?.mean);
  const [lstm, gru] = peaks;
  return lstm === undefined || gru === undefined
    ? ''
    : `; whole runs, resident above the engine's own: LSTM ${formatBytes(lstm)}, GRU ${formatBytes(gru)}`;
}

async function examinePeak({ measurements, comparison }: ClaimContext): Promise<Finding> {
  const { peakTensorBytes, keptBytes } = await measurements.memory();
  const cells = ['lstm', 'gru'] as const;
  return conclude(
    `At the peak ${describeBytes(peakTensorBytes, cells)}; of these kept for the backward pass `
      + `${describeBytes(keptBytes, cells)}${describeResident(comparison)}`,
    [judgeOrderOf('what is kept', keptBytes, cells), judgeOrderOf(AT_THE_PEAK, peakTensorBytes, cells)],
  );
}

export const peakMemory: Claim = {
  id: 'C8',
  method: 'measurement',
  statement: 'Peak memory at the shape (64, 300, 256): an LSTM needs more than a GRU.',
  check:
    "Tensors of a training step of the articles' classifiers where it holds the most, each buffer counted once, with parameters and "
      + "Adam's moments.",
  examine: examinePeak,
};

/** What a layer keeps of a token besides its input, in multiples of H. */
function countStates(cell: GateCell): { articles: number; built: number } {
  const size = 128;
  return {
    articles: countKeptByArticles(cell, { inputSize: 0, hiddenSize: size }) / size,
    built: countKeptByRecurrence(cell, size, 1) / size,
  };
}

async function examineKept({ measurements }: ClaimContext): Promise<Finding> {
  const { keptBytes, peakTensorBytes } = await measurements.memory();
  const states = largestFirst.map((cell) => ({ cell, ...countStates(cell) }));
  return conclude(
    `Kept of a token besides the input: ${states.map(({ cell, articles, built }) => `${cell.toUpperCase()} ${built}·H (claimed `
      + `${articles}·H)`).join(', ')}; `
    + `measured, all layers: ${describeBytes(keptBytes, largestFirst)}; at the peak: ${describeBytes(peakTensorBytes, largestFirst)}`,
    [
      ...states.map(({ cell, articles, built }): Part => ({
        what: `what ${cell === 'gru' ? 'a' : 'an'} ${cell.toUpperCase()} `
          + `keeps${articles === built ? '' : ` (this one keeps ${built}·H, not `
          + `${articles}·H${cell === 'gru' ? ': the candidate and its recurrent part too' : ''})`}`,
        holds: articles === built,
      })),
      judgeOrderOf('what is kept', keptBytes, largestFirst),
      judgeOrderOf(AT_THE_PEAK, peakTensorBytes, largestFirst),
    ],
  );
}

export const keptActivations: Claim = {
  id: 'C14',
  method: 'measurement',
  statement:
    'For the backward pass an RNN keeps input and hidden state, a GRU also z and r (2H more), an LSTM its 4 gates (4H) and the cell '
      + 'state; peak memory LSTM > GRU > RNN.',
  check:
    "Their list against what the built layers keep; a training step of the articles' classifiers at (64, 300, 256), each buffer counted "
      + "once.",
  examine: examineKept,
};
