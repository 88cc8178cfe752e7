import type { LinearConfig, LinearModelConfig } from '../config/linear-schema.ts';
import type { Summary } from '../experiment/records.ts';
import { formatCount, formatLoss, formatPercent, formatSeconds } from '../terminal/format.ts';
import { renderPlainTable } from '../terminal/plain-table.ts';
import type { ProgressBar } from '../terminal/progress-bar.ts';
import type { CandidateEvent, FeaturesEvent, PassEvent } from '../training/linear/train-linear.ts';
import { describePeak, describeText, renderRows } from './train-view.ts';
import type { RunDescription } from './train-view.ts';

/** What is about to be trained, before the features are made. */
export function renderLinearHeader(run: Pick<RunDescription, 'configPath' | 'source' | 'dataset'> & { readonly config: LinearConfig }): string {
  const { model, training, seed } = run.config;
  const tried = training.strengths.length === 1 ? '' : ', chosen on the validation part';
  return renderRows([
    ...describeText(run),
    ['model', describeModel(model)],
    ['training', `dual coordinate descent, C ${training.strengths.join(', ')}${tried}, duality gap ${training.tolerance.toExponential()}, seed ${seed}`],
    ['engine', 'JavaScript, 1 thread'],
  ]);
}

function describeModel(model: LinearModelConfig): string {
  const features = model.ngrams === 1 ? 'words' : 'words and pairs of words';
  if (model.type === 'bag-of-words') return `bag of ${features} (${model.values}), logistic regression`;
  return `NB-SVM on ${features}, smoothing ${model.smoothing}, interpolation ${model.interpolation}`;
}

export function renderFeatures({ parameters, entries, seconds }: FeaturesEvent): string {
  return `features   ${formatCount(parameters)} with the bias, ${formatCount(entries)} values in the training part, ${formatSeconds(seconds)}\n`;
}

export function renderCandidate({ strength, validationLoss, validationAccuracy, gap, passes, seconds }: CandidateEvent): string {
  const judged = validationAccuracy === null ? '' : `  validation ${formatLoss(validationLoss)} ${formatPercent(validationAccuracy)}`;
  return `C ${String(strength).padEnd(6)}${judged}  gap ${gap.toExponential(1)} after ${passes} ${passes === 1 ? 'pass' : 'passes'}  ${formatSeconds(seconds)}`;
}

export function renderUnconverged({ strength, gap, passes }: CandidateEvent): string {
  return `C ${strength}: the duality gap is still ${gap.toExponential(1)} after ${passes} passes; raise training.maxPasses`;
}

export function drawDescent(bar: ProgressBar, { strength, candidate, candidates, passes, gap }: PassEvent): void {
  bar.update(`C ${strength}`, candidate - 1, candidates, `${candidate} of ${candidates}, ${passes} ${passes === 1 ? 'pass' : 'passes'}, duality gap ${gap.toExponential(1)}`);
}

/** The closing table. */
export function renderLinearSummary(summary: Summary): string {
  const { parameters, strength } = summary;
  return renderPlainTable([
    ['status', summary.status],
    ['data set', summary.synthetic ? `${summary.dataset} (synthetic, not IMDB)` : summary.dataset],
    ['parameters', formatCount(parameters.total)],
    ['C', strength === undefined ? '–' : String(strength)],
    ['test accuracy', formatPercent(summary.bestTestAccuracy)],
    ['features and training', summary.meanEpochSeconds === null ? '–' : formatSeconds(summary.meanEpochSeconds)],
    ['peak memory (resident)', describePeak(summary, 'program')],
  ]);
}
