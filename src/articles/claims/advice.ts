import { gateCounts } from '../formulas.ts';
import { formatPercent } from '../../terminal/format.ts';
import { conclude } from './finding.ts';
import type { Claim, ClaimContext, Finding, Part } from './finding.ts';
import { timesAsLong } from './measurements.ts';
import { judgeOrder } from './runs.ts';
import { formatTimes } from './words.ts';

const fewerParameters = `${formatPercent(1 - gateCounts.gru / gateCounts.lstm, 0)} fewer recurrent parameters`;

async function examineChoice({ comparison, measurements }: ClaimContext): Promise<Finding> {
  const { times: { gru, lstm, bilstm } } = await measurements.steps();
  const { keptBytes } = await measurements.memory();
  const share = timesAsLong(gru, lstm, 'training'), both = timesAsLong(bilstm, lstm, 'training');
  const kept = keptBytes.gru / keptBytes.lstm;
  const smaller: Part = {
    what: 'a GRU for fast prototyping and constrained devices, as far as it takes less time, memory and parameters than an LSTM',
    holds: share.high < 1 && kept < 1 && gateCounts.gru < gateCounts.lstm,
  };
  return conclude(
    `GRU: ${formatTimes(share)} the LSTM's training step, ${kept.toFixed(2)} × its kept memory, ${fewerParameters}. BiLSTM: `
      + `${formatTimes(both)} the LSTM's training step`,
    [
      smaller,
      judgeOrder(comparison, 'BiLSTM', 'LSTM'),
      {
        what: 'an LSTM for fine control of memory, much data and long dependencies, a GRU for sequences of about 100: that takes runs by '
          + 'amount of data and by length, studies this project does not have yet',
        holds: null,
      },
      { what: 'pretrained word vectors help a bidirectional model more: pretrained vectors are not built', holds: null },
    ],
  );
}

export const choosing: Claim = {
  id: 'C10',
  method: 'measurement',
  statement:
    'Choose an LSTM for fine control of memory, much data, long dependencies; a GRU for fast prototyping, constrained devices, sequences '
      + 'of moderate length (≈ 100); '
    + 'a bidirectional model where context matters most and 2 × cost is acceptable; pretrained word vectors help it more.',
  check:
    'Time, memory and parameters measured here; accuracies at best validation of the published runs. The rest is advice that takes '
      + 'studies of its own.',
  examine: examineChoice,
};

export const choosingByLength: Claim = {
  id: 'C23',
  method: 'experiment',
  statement:
    'Choose by length: below 20 steps an RNN + bidirectional; 20 to 100 a GRU; above 100 an LSTM + gradient clipping; on constrained '
      + 'devices a GRU + 8-bit quantisation.',
  check: 'It would take runs of every model on reviews cut at lengths below 20, from 20 to 100 and above, and a quantised GRU.',
  examine: () =>
    conclude(`A GRU has ${fewerParameters} than an LSTM; what 8 bits would do to it was not measured`, [
      {
        what: 'the choice by length: runs by length, a study this project does not have yet (every run here clips gradients)',
        holds: null,
      },
      { what: '8-bit quantisation, which is not built', holds: null },
    ]),
};
