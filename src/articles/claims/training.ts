import { computeMedian } from '../../measure/statistics.ts';
import { formatPercent } from '../../terminal/format.ts';
import { convergenceDefinition } from '../../experiment/records.ts';
import type { Estimate } from '../../report/comparison.ts';
import { formatEstimate } from '../../report/estimate.ts';
import { articlesLabels, articlesTable } from '../articles.ts';
import type { ArticlesLabel } from '../articles.ts';
import { conclude } from './finding.ts';
import type { Claim, Part } from './finding.ts';
import { countSeeds, findRow, judgeBelow, judgeOrder, LEAST_SEEDS, missingRuns } from './runs.ts';
import type { Published } from './runs.ts';
import type { ComparisonRow } from '../../report/comparison-rows.ts';

export const NO_RUNS = 'No published runs of LSTM, BiLSTM or GRU';

/** Half of the last digit that the articles print. */
const HALF_A_DIGIT = 0.0005;

function describeAccuracies(comparison: Published): string {
  const known = articlesLabels.flatMap((label) => {
    const row = findRow(comparison, label);
    return row === null ? [] : [`${label} ${describeAccuracy(row)}`];
  });
  return known.length === 0 ? NO_RUNS : `Best epoch on the test set (at best validation): ${known.join('; ')}`;
}

function describeAccuracy({ bestTestAccuracy, testAccuracyAtBestValidation: honest, seeds }: ComparisonRow): string {
  const show = (estimate: Estimate | null): string => (estimate === null ? '–' : formatEstimate(estimate, 'accuracy'));
  return `${show(bestTestAccuracy.measured)} (${show(honest.measured)}), ${countSeeds(seeds.length)}`;
}

function judgeReached(comparison: Published, label: ArticlesLabel): Part {
  const claimed = `${label} reaches ${formatPercent(articlesTable[label].bestAccuracy, 1)}`;
  const measured = findRow(comparison, label)?.bestTestAccuracy.measured ?? null;
  if (measured === null) return missingRuns(comparison, claimed, [label]);
  return {
    what: `${claimed} (${formatEstimate(measured, 'accuracy')})`,
    holds: measured.mean >= articlesTable[label].bestAccuracy - HALF_A_DIGIT,
  };
}

export const accuracyColumn: Claim = {
  id: 'C4',
  method: 'experiment',
  statement: 'The best accuracies are 87.2 % (LSTM), 88.5 % (BiLSTM) and 86.8 % (GRU): BiLSTM > LSTM > GRU.',
  check:
    'Published runs: whether the mean of the best epoch on the test set reaches their figure, and the order by test accuracy at best '
      + 'validation, paired over seeds.',
  examine: ({ comparison }) =>
    conclude(describeAccuracies(comparison), [
      ...articlesLabels.map((label) => judgeReached(comparison, label)),
      judgeOrder(comparison, 'BiLSTM', 'LSTM'),
      judgeOrder(comparison, 'LSTM', 'GRU'),
    ]),
};

function convergenceEpochs(comparison: Published, label: string): number[] {
  const completed = (findRow(comparison, label)?.experiments ?? []).filter(({ summary }) => summary.status === 'completed');
  return completed.flatMap(({ summary }) => summary.convergenceEpoch ?? []);
}

/** An epoch beside what the seeds show is still their figure. */
const ONE_EPOCH = 1;

/** Holds by the median of the seeds; a figure that only single seeds come near is not decided. */
function judgeConvergence(comparison: Published, label: ArticlesLabel): Part {
  const { convergenceEpoch } = articlesTable[label];
  const epochs = convergenceEpochs(comparison, label);
  const claimed = `${label} converges at epoch ${convergenceEpoch}`;
  if (epochs.length === 0) return missingRuns(comparison, claimed, [label]);
  const [least, most] = [Math.min(...epochs), Math.max(...epochs)];
  const what = `${claimed} (epoch ${least === most ? least : `${least} to ${most}`})`;
  if (epochs.length < LEAST_SEEDS)
    return { what: `${what}: it takes ${LEAST_SEEDS} seeds to know the noise`, holds: null, undecided: true };
  if (Math.abs(computeMedian(epochs) - convergenceEpoch) <= ONE_EPOCH) return { what, holds: true };
  if (convergenceEpoch < least - ONE_EPOCH || convergenceEpoch > most + ONE_EPOCH) return { what, holds: false };
  return { what, holds: null, undecided: true };
}

function judgeEarlier(comparison: Published, earlier: ArticlesLabel, later: ArticlesLabel): Part {
  const claimed = `${earlier} before ${later}`;
  const [first, second] = [convergenceEpochs(comparison, earlier), convergenceEpochs(comparison, later)];
  return first.length === 0 || second.length === 0
    ? missingRuns(comparison, claimed, [earlier, later])
    : judgeBelow(claimed, first, second);
}

function describeConvergence(comparison: Published): string {
  const known = articlesLabels.flatMap((label) => {
    const epochs = convergenceEpochs(comparison, label);
    return epochs.length === 0 ? [] : [`${label} ${epochs.join(', ')}`];
  });
  return known.length === 0 ? NO_RUNS : `Convergence epoch of each seed: ${known.join('; ')}`;
}

export const convergenceColumn: Claim = {
  id: 'C7', method: 'experiment',
  statement: 'The models converge at epoch 12 (LSTM), 15 (BiLSTM) and 10 (GRU).',
  check: `Published runs. The articles do not define convergence; here it is the ${convergenceDefinition}.`,
  examine: ({ comparison }) => conclude(describeConvergence(comparison), [
    ...articlesLabels.map((label) => judgeConvergence(comparison, label)),
    judgeEarlier(comparison, 'GRU', 'LSTM'), judgeEarlier(comparison, 'LSTM', 'BiLSTM'),
  ]),
};
