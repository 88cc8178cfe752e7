import { experimentSchema } from '../../experiment-schema.ts';
import { countClassifier } from '../../models/layer-counts.ts';
import type { PointResult, Studies } from '../../report/study.ts';
import { formatCount, formatPercent } from '../../terminal/format.ts';
import { gateCounts } from '../formulas.ts';
import { articlesMemory } from './family.ts';
import { conclude } from './finding.ts';
import type { Claim, ClaimContext, Finding, Part } from './finding.ts';
import { timesAsLong } from './measurements.ts';
import { judgeDifference, judgeInterval, judgeOrder } from './runs.ts';
import {
  accuracyOf, comparePoints, findPoint, judgeChoice, listNumbers, MEMORY_STUDY, missingStudy, readMemory,
} from './studies.ts';
import { formatTimes } from './words.ts';

const fewerParameters = `${formatPercent(1 - gateCounts.gru / gateCounts.lstm, 0)} fewer recurrent parameters`;

const LENGTH_STUDY = 'length', DATA_STUDY = 'data';

const atLength = (studies: Studies, config: string, length: number): PointResult | null =>
  findPoint(studies, LENGTH_STUDY, { config, 'data.maxLength': length });

/** Accuracies count as close below this difference, a percentage point. */
const CLOSE = 0.01;

/** It costs less, so that it is the choice where it is as accurate. */
function judgeModerateLength(studies: Studies): Part {
  const claimed = 'a GRU for sequences of about 100: within a point of an LSTM there';
  const found = comparePoints(atLength(studies, 'gru.yaml', 100), atLength(studies, 'lstm.yaml', 100));
  if (found === null) return missingStudy(claimed, LENGTH_STUDY);
  return judgeInterval(claimed, found, ([low, high]) => {
    if (low >= -CLOSE) return true;
    return high < -CLOSE ? false : null;
  });
}

function judgeMuchData(studies: Studies): Part {
  const most = listNumbers(studies, DATA_STUDY, 'data.trainLimit').at(-1) ?? 0;
  const claimed = `an LSTM above a GRU for much data, ${formatCount(most)} training reviews`;
  const pointOf = (config: string): PointResult | null => findPoint(studies, DATA_STUDY, { config, 'data.trainLimit': most });
  const found = comparePoints(pointOf('lstm.yaml'), pointOf('gru.yaml'));
  return found === null ? missingStudy('an LSTM above a GRU for much data', DATA_STUDY) : judgeDifference(claimed, found);
}

function judgeLongDependencies(studies: Studies): Part {
  const claimed = 'an LSTM remembers farther than a GRU';
  const [lstm, gru] = [readMemory(studies, 'lstm.yaml', articlesMemory), readMemory(studies, 'gru.yaml', articlesMemory)];
  if (lstm === null || gru === null) return missingStudy(claimed, MEMORY_STUDY);
  const what = `${claimed} (over ${lstm.reach} tokens against ${gru.reach})`;
  return lstm.reach === gru.reach ? { what, holds: null, undecided: true } : { what, holds: lstm.reach > gru.reach };
}

async function examineChoice({ comparison, measurements, studies }: ClaimContext): Promise<Finding> {
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
      judgeMuchData(studies), judgeLongDependencies(studies), judgeModerateLength(studies),
      { what: 'fine control of memory, which the articles do not define', holds: null },
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
    'Time, memory and parameters measured here; accuracies at best validation of the published runs; the studies of length, of the number '
      + 'of reviews and of the memory task.',
  examine: examineChoice,
};

export const choosingByLength: Claim = {
  id: 'C23',
  method: 'experiment',
  statement:
    'Choose by length: below 20 steps an RNN + bidirectional; 20 to 100 a GRU; above 100 an LSTM + gradient clipping; on constrained '
      + 'devices a GRU + 8-bit quantisation.',
  check:
    'The study of length: reviews cut to so many tokens, all with gradient clipping. A choice holds where it is ahead of another model '
      + 'beyond the noise and none is ahead of it. Bytes of a GRU with word vectors in 8 bits and all else in 16, by formula.',
  examine: ({ studies }) => {
    const choose = (claimed: string, config: string, length: number): Part => judgeChoice(
      `${claimed}, at ${length}`, atLength(studies, config, length),
      lengthModels.filter((other) => other !== config).flatMap((other) => atLength(studies, other, length) ?? []), LENGTH_STUDY,
    );
    return conclude(`A GRU has ${fewerParameters} than an LSTM. ${describeLengths(studies)}`, [
      choose('up to 20 tokens an RNN in both directions', 'birnn.yaml', 20), choose('from 20 to 100 a GRU', 'gru.yaml', 50),
      choose('from 20 to 100 a GRU', 'gru.yaml', 100), choose('above 100 an LSTM', 'lstm.yaml', 300),
      choose('above 100 an LSTM', 'lstm.yaml', 600), judgeQuantised(),
    ]);
  },
};

const lengthModels = ['rnn.yaml', 'birnn.yaml', 'gru.yaml', 'lstm.yaml'];

function describeLengths(studies: Studies): string {
  const lengths = listNumbers(studies, LENGTH_STUDY, 'data.maxLength');
  const lines = lengthModels.flatMap((config) => {
    const cells = lengths.flatMap((length) => {
      const found = atLength(studies, config, length), accuracy = accuracyOf(found);
      return found === null || accuracy === null ? [] : [`${formatPercent(accuracy, 1)} at ${length}`];
    });
    const name = atLength(studies, config, lengths[0] ?? 0)?.row.label.split(', ')[0] ?? config;
    return cells.length === 0 ? [] : [`${name} ${cells.join(', ')}`];
  });
  return lines.length === 0 ? 'There is no published study of length' : `Right by length: ${lines.join('; ')}`;
}

/** At most this share of the bytes counts as what a constrained device gains. */
const SMALL = 0.3;

/** As `export --int8` stores it: a byte for each value of the word vectors, a factor of 4 bytes for each word, 2 bytes for all else. */
function judgeQuantised(): Part {
  const { model, data } = experimentSchema.parse({ model: { cell: 'gru' } });
  const { total, embedding } = countClassifier(model, data.vocabularySize);
  const share = (embedding + 4 * data.vocabularySize + 2 * (total - embedding)) / (4 * total);
  return {
    what: `8 bits store a GRU of the articles' size in ${formatPercent(share, 0)} of the bytes; what that does to its accuracy is `
      + 'measured by export --int8 --measure',
    holds: share <= SMALL,
  };
}

