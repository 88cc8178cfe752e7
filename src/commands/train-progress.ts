import { formatClock, formatCount, formatLoss, formatPercent, formatSeconds } from '../terminal/format.ts';
import type { ProgressBar } from '../terminal/progress-bar.ts';
import type { EpochRecord } from '../training/epoch.ts';
import type { DivergedEvent, TrainingEvent } from '../training/trainer.ts';

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
    [name, ...describeParts(record, 'validation'), formatSeconds(record.epochSeconds), `${formatCount(record.examplesPerSecond)} reviews/s`],
    [name, ...parts, seconds],
    [name, ...parts.map((part) => part.replace(' %', '%')), seconds],
    [name, ...accuracies, seconds],
    [name, ...accuracies.slice(1)],
  ].map((words) => words.join('  '));
  return forms.find((line) => line.length <= columns) ?? forms.at(-1) ?? '';
}

/** Moves the bar with the run's events. */
export function drawTraining(bar: ProgressBar, epochs: number): (event: TrainingEvent) => void {
  let evaluation = { label: '', since: 0 };
  return (event) => {
    if (event.kind === 'step') {
      const left = (event.seconds / event.step) * (event.steps - event.step);
      bar.update({
        label: nameEpoch(event.epoch, epochs), done: event.step, total: event.steps, time: `${formatClock(left)} left`,
        notes: [`train ${formatLoss(event.loss)} ${formatPercent(event.accuracy)}`, `${formatCount(event.examples / event.seconds)} reviews/s`],
        extras: [`step ${event.step}/${event.steps}`],
      });
    } else if (event.kind === 'evaluation') {
      const label = `${nameEpoch(event.epoch, epochs)} ${event.part === 'validation' ? 'val' : event.part}`;
      if (label !== evaluation.label) evaluation = { label, since: performance.now() };
      const left = (performance.now() - evaluation.since) / 1000 / event.examples * (event.total - event.examples);
      bar.update({
        label, done: event.examples, total: event.total, time: `${formatClock(left)} left`,
        notes: [`${formatCount(event.examples)} of ${formatCount(event.total)} reviews`],
      });
    } else {
      bar.clear();
    }
  };
}

/** Why a run stopped, and what to try. */
export function renderDivergence({ epoch, step, loss, gradientNorm }: DivergedEvent): string {
  return `epoch ${epoch}, step ${step}: the loss is ${loss} and the gradient's norm ${gradientNorm}; lower training.learningRate`;
}
