import type { Dataset } from '../data/dataset.ts';
import { describeClassifier } from '../experiment-schema.ts';
import type { LinearConfig } from '../experiment-schema.ts';
import type { Summary } from '../experiment/records.ts';
import { renderRows, wrapText } from '../terminal/plain-table.ts';
import { formatCount, formatLoss, formatPercent, formatSeconds } from '../terminal/format.ts';
import type { ProgressBar } from '../terminal/progress-bar.ts';
import type { CandidateEvent, FeaturesEvent, PassEvent } from '../training/linear/train-linear.ts';
import { describeMajorityRow, describeOtherSettings, describePeak, describeText, nameDataset, renderResults } from './train-view.ts';
import type { RunDescription } from './train-view.ts';

type LinearDescription = Pick<RunDescription, 'configPath' | 'source' | 'dataset'> & { readonly config: LinearConfig };

/** What is about to be trained, before the features are made. */
export function renderLinearHeader(run: LinearDescription, columns: number): string {
  const { training, seed } = run.config;
  const tried = training.strengths.length === 1 ? '' : ', chosen on the validation part';
  return renderRows([
    ...describeText(run),
    ['model', describeClassifier(run.config)],
    ['training', `dual coordinate descent, C ${training.strengths.join(', ')}${tried}, duality gap ${training.tolerance.toExponential()}, seed ${seed}`],
    ...describeOtherSettings(run.config, ['training.strengths', 'training.tolerance']),
    ['engine', 'JavaScript, 1 thread'],
  ], columns);
}

export function renderFeatures({ parameters, entries, seconds }: FeaturesEvent, columns: number): string {
  const text = `${formatCount(parameters)} with the bias, ${formatCount(entries)} values in the training part, ${formatSeconds(seconds)}`;
  return `${renderRows([['features', text]], columns)}\n`;
}

export function renderCandidate({ strength, validationLoss, validationAccuracy, gap, passes, seconds }: CandidateEvent, columns: number): string {
  const judged = validationAccuracy === null ? '' : `  validation ${formatLoss(validationLoss)} ${formatPercent(validationAccuracy)}`;
  const effort = `  gap ${gap.toExponential(1)} after ${passes} ${passes === 1 ? 'pass' : 'passes'}  ${formatSeconds(seconds)}`;
  return wrapText(`C ${String(strength).padEnd(6)}${judged}${effort}`, columns, 2);
}

export function renderUnconverged({ strength, gap, passes }: CandidateEvent): string {
  return `C ${strength}: the duality gap is still ${gap.toExponential(1)} after ${passes} passes; raise training.maxPasses`;
}

export function drawDescent(bar: ProgressBar, { strength, candidate, candidates, passes, gap }: PassEvent): void {
  bar.update({
    label: `C ${strength}`, done: candidate - 1, total: candidates, time: `${passes} ${passes === 1 ? 'pass' : 'passes'}`,
    notes: [`${candidate} of ${candidates}`, `duality gap ${gap.toExponential(1)}`],
  });
}

/** The closing table. */
export function renderLinearSummary(summary: Summary, dataset: Pick<Dataset, 'test'>, columns: number): string {
  const { parameters, strength } = summary;
  return renderResults([
    ['status', summary.status],
    ['data set', nameDataset(summary)],
    ['parameters', formatCount(parameters.total)],
    ['C', strength === undefined ? '–' : String(strength)],
    ['test accuracy', formatPercent(summary.bestTestAccuracy)],
    ...describeMajorityRow(dataset),
    ['features and training', summary.meanEpochSeconds === null ? '–' : formatSeconds(summary.meanEpochSeconds)],
    ['peak memory (resident)', describePeak(summary, 'program')],
  ], columns);
}
