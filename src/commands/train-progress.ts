import type { RunEvent } from '../experiment/recorder.ts';
import { formatClock, formatCount, formatLoss, formatPercent, formatSeconds } from '../terminal/format.ts';
import { renderRows, wrapText } from '../terminal/plain-table.ts';
import type { ProgressBar } from '../terminal/progress-bar.ts';
import type { Screen } from '../terminal/screen.ts';
import type { EpochRecord } from '../training/epoch.ts';
import type { CandidateEvent, FeaturesEvent, PassEvent } from '../training/linear/train-linear.ts';
import type { DivergedEvent, EvaluationEvent, StepEvent } from '../training/trainer.ts';

/** `36 s`, and from 100 seconds on `1:42`, which takes as many columns. */
function formatShortSeconds(seconds: number): string {
  return seconds < 99.5 ? `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s` : formatClock(seconds);
}

function nameEpoch(epoch: number, epochs: number): string {
  return `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`;
}

function describeParts(record: EpochRecord, validation: 'validation' | 'val', hasLoss = true): string[] {
  const part = (name: string, loss: number | null, accuracy: number | null): string[] =>
    accuracy === null ? [] : [`${name} ${hasLoss ? `${formatLoss(loss)} ` : ''}${formatPercent(accuracy)}`];
  return [
    ...part('train', record.trainLoss, record.trainAccuracy),
    ...part(validation, record.validationLoss, record.validationAccuracy),
    ...part('test', record.testLoss, record.testAccuracy),
  ];
}

/** An epoch's line in the longest form that fits into `columns`; files and pipes get the first. */
export function renderEpoch(record: EpochRecord, epochs: number, columns: number): string {
  const name = nameEpoch(record.epoch, epochs);
  const seconds = formatShortSeconds(record.epochSeconds);
  const parts = describeParts(record, 'val'), accuracies = describeParts(record, 'val', false);
  const forms = [
    [
      name,
      ...describeParts(record, 'validation'),
      formatSeconds(record.epochSeconds),
      `${formatCount(record.examplesPerSecond)} reviews/s`,
    ],
    [name, ...parts, seconds],
    [name, ...parts.map((part) => part.replace(' %', '%')), seconds],
    [name, ...accuracies, seconds],
    [name, ...accuracies.slice(1)],
  ].map((words) => words.join('  '));
  return forms.find((line) => line.length <= columns) ?? forms.at(-1) ?? '';
}

/** Moves the bar with the events of a run, of any model, and prints the lines that stay. */
export function drawTraining({ bar, columns, print, onWarning }: Screen, epochs: number): (event: RunEvent) => void {
  const drawEvaluation = createEvaluationBar(bar, epochs);
  return (event) => {
    if (event.kind === 'step') drawStep(bar, event, epochs);
    else if (event.kind === 'evaluation') drawEvaluation(event);
    else if (event.kind === 'pass') drawDescent(bar, event);
    else bar.clear();
    if (event.kind === 'epoch' && event.strength === undefined) print(renderEpoch(event.record, epochs, columns()));
    if (event.kind === 'features') print(renderFeatures(event, columns()));
    if (event.kind === 'candidate') print(renderCandidate(event, columns()));
    if (event.kind === 'candidate' && !event.converged) onWarning(renderUnconverged(event));
    if (event.kind === 'diverged') onWarning(renderDivergence(event));
  };
}

function drawStep(bar: ProgressBar, event: StepEvent, epochs: number): void {
  const left = (event.seconds / event.step) * (event.steps - event.step);
  bar.update({
    label: nameEpoch(event.epoch, epochs), done: event.step, total: event.steps, time: `${formatClock(left)} left`,
    notes: [`train ${formatLoss(event.loss)} ${formatPercent(event.accuracy)}`, `${formatCount(event.examples / event.seconds)} reviews/s`],
    extras: [`step ${event.step}/${event.steps}`],
  });
}

function createEvaluationBar(bar: ProgressBar, epochs: number): (event: EvaluationEvent) => void {
  let evaluation = { label: '', since: 0 };
  return (event) => {
    const label = `${nameEpoch(event.epoch, epochs)} ${event.part === 'validation' ? 'val' : event.part}`;
    if (label !== evaluation.label) evaluation = { label, since: performance.now() };
    const left = (performance.now() - evaluation.since) / 1000 / event.examples * (event.total - event.examples);
    bar.update({
      label, done: event.examples, total: event.total, time: `${formatClock(left)} left`,
      notes: [`${formatCount(event.examples)} of ${formatCount(event.total)} reviews`],
    });
  };
}

/** Why a run stopped, and what to try. */
function renderDivergence({ epoch, step, loss, gradientNorm }: DivergedEvent): string {
  return `epoch ${epoch}, step ${step}: the loss is ${loss} and the gradient's norm ${gradientNorm}; lower training.learningRate`;
}

function renderFeatures({ parameters, entries, seconds }: FeaturesEvent, columns: number): string {
  const text = `${formatCount(parameters)} with the bias, ${formatCount(entries)} values in the training part, ${formatSeconds(seconds)}`;
  return `${renderRows([['features', text]], columns)}\n`;
}

function renderCandidate({ strength, validationLoss, validationAccuracy, gap, passes, seconds }: CandidateEvent, columns: number): string {
  const judged = validationAccuracy === null ? '' : `  validation ${formatLoss(validationLoss)} ${formatPercent(validationAccuracy)}`;
  const effort = `  gap ${gap.toExponential(1)} after ${passes} ${passes === 1 ? 'pass' : 'passes'}  ${formatSeconds(seconds)}`;
  return wrapText(`C ${String(strength).padEnd(6)}${judged}${effort}`, columns, 2);
}

function renderUnconverged({ strength, gap, passes }: CandidateEvent): string {
  return `C ${strength}: the duality gap is still ${gap.toExponential(1)} after ${passes} passes; raise training.maxPasses`;
}

function drawDescent(bar: ProgressBar, { strength, candidate, candidates, passes, gap }: PassEvent): void {
  bar.update({
    label: `C ${strength}`, done: candidate - 1, total: candidates, time: `${passes} ${passes === 1 ? 'pass' : 'passes'}`,
    notes: [`${candidate} of ${candidates}`, `duality gap ${gap.toExponential(1)}`],
  });
}
