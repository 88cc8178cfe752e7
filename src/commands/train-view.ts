import { nameCell } from '../config/model-name.ts';
import type { AnyConfig } from '../config/model-types.ts';
import type { ExperimentConfig } from '../config/schema.ts';
import type { Dataset } from '../data/dataset.ts';
import type { CorpusSource } from '../data/review.ts';
import type { Engine } from '../engine/load.ts';
import type { Summary } from '../experiment/records.ts';
import { computePeakAboveBaseline } from '../experiment/summary.ts';
import type { ParameterCounts } from '../measure/parameters.ts';
import { escapeControls } from '../escape-controls.ts';
import { formatBytes, formatClock, formatCount, formatLoss, formatPercent, formatSeconds } from '../terminal/format.ts';
import { renderPlainTable } from '../terminal/plain-table.ts';
import type { ProgressBar } from '../terminal/progress-bar.ts';
import type { EpochRecord } from '../training/epoch-record.ts';
import type { DivergedEvent, TrainingEvent } from '../training/trainer.ts';

export interface RunDescription {
  readonly configPath: string;
  readonly config: ExperimentConfig;
  readonly source: CorpusSource;
  readonly dataset: Dataset;
  readonly parameters: ParameterCounts;
  readonly engine: Engine;
}

/** Names and values, a line each. */
export type HeaderRows = readonly (readonly [string, string])[];

export function renderRows(rows: HeaderRows): string {
  return rows.map(([name, value]) => `${name.padEnd(11)}${value}`).join('\n');
}

/** Which config, which reviews, and what is read of them. */
export function describeText({ configPath, config, source, dataset }: Pick<RunDescription, 'configPath' | 'source' | 'dataset'> & { readonly config: AnyConfig }): HeaderRows {
  const { data } = config;
  const { train, validation, test, vocabulary } = dataset;
  const kept = data.truncate === 'start' ? 'last' : 'first';
  return [
    ['config', escapeControls(configPath)],
    ['data', `${source.synthetic ? 'SYNTHETIC, not IMDB: ' : ''}${formatCount(train.labels.length)} training, ${formatCount(validation.labels.length)} validation, ${formatCount(test.labels.length)} test reviews · ${escapeControls(source.location)}`],
    ['text', `${formatCount(vocabulary.size)} words, the ${kept} ${formatCount(data.maxLength)} tokens of a review, ${formatPercent(train.unknownTokens / Math.max(1, train.tokenIds.length), 1)} unknown`],
  ];
}

/** What is about to be trained, before the first epoch. */
export function renderHeader(run: RunDescription): string {
  const { config: { model, training, seed }, parameters, engine } = run;
  const cell = `${model.bidirectional ? 'bidirectional ' : ''}${nameCell(model.cell)}`;
  const clip = training.clipNorm === null ? 'no clipping' : `clipped at ${training.clipNorm}`;
  return renderRows([
    ...describeText(run),
    ['model', `${cell}, ${model.layers} ${model.layers === 1 ? 'layer' : 'layers'}, ${model.embeddingSize} → ${model.hiddenSize}, dropout ${model.dropoutRate}`],
    ['parameters', `${formatCount(parameters.total)} (embedding ${formatCount(parameters.embedding)}, recurrent ${formatCount(parameters.recurrent)}, head ${formatCount(parameters.head)})`],
    ['training', `${training.epochs} ${training.epochs === 1 ? 'epoch' : 'epochs'}, batches of ${training.batchSize}, Adam ${training.learningRate}, ${clip}, seed ${seed}`],
    ['engine', renderEngine(engine)],
  ]);
}

function renderEngine({ kind, tensorflowVersion, tfjsVersion, threads }: Engine): string {
  if (kind === 'portable') return `tfjs ${tfjsVersion} on WebAssembly (portable, slow), 1 thread`;
  return `TensorFlow ${tensorflowVersion ?? ''}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

export function renderEpoch(record: EpochRecord, epochs: number): string {
  const part = (name: string, loss: number | null, accuracy: number | null): string =>
    accuracy === null ? '' : `  ${name} ${formatLoss(loss)} ${formatPercent(accuracy)}`;
  return [
    `epoch ${String(record.epoch).padStart(String(epochs).length)}/${epochs}`,
    part('train', record.trainLoss, record.trainAccuracy),
    part('validation', record.validationLoss, record.validationAccuracy),
    part('test', record.testLoss, record.testAccuracy),
    `  ${formatSeconds(record.epochSeconds)}  ${formatCount(record.examplesPerSecond)} reviews/s`,
  ].join('');
}

/** Moves the bar with the run's events. */
export function drawTraining(bar: ProgressBar, epochs: number): (event: TrainingEvent) => void {
  return (event) => {
    if (event.kind === 'step') {
      const rate = event.examples / event.seconds;
      const left = (event.seconds / event.step) * (event.steps - event.step);
      const note = `${event.step}/${event.steps}  loss ${formatLoss(event.loss)}  ${formatPercent(event.accuracy)}  ${formatCount(rate)} reviews/s  ${formatClock(left)} left`;
      bar.update(`epoch ${event.epoch}/${epochs}`, event.step, event.steps, note);
    } else if (event.kind === 'evaluation') {
      bar.update(event.part, event.examples, event.total, `${formatCount(event.examples)} of ${formatCount(event.total)} reviews`);
    } else {
      bar.clear();
    }
  };
}

/** Why a run stopped, and what to try. */
export function renderDivergence({ epoch, step, loss, gradientNorm }: DivergedEvent): string {
  return `epoch ${epoch}, step ${step}: the loss is ${loss} and the gradient's norm ${gradientNorm}; lower training.learningRate`;
}

function renderStatus({ status, divergence }: Summary): string {
  if (divergence === undefined) return status;
  return `${status} in epoch ${divergence.epoch}, batch ${divergence.batch}: loss ${divergence.loss}, gradient norm ${divergence.gradientNorm}`;
}

/** `1.11 GiB, 790 MiB above the engine's own` @param owner of what is there before any work */
export function describePeak(summary: Summary, owner: 'engine' | 'program'): string {
  const above = computePeakAboveBaseline(summary);
  return `${formatBytes(summary.peakRssBytes)}${above === null ? '' : `, ${formatBytes(above)} above the ${owner}'s own`}`;
}

/** The closing table. */
export function renderSummary(summary: Summary): string {
  const { parameters, peakTensorBytes } = summary;
  const atEpoch = (value: number | null, epoch: number | null): string => (value === null ? '–' : `${formatPercent(value)}  (epoch ${epoch ?? '–'})`);
  const table = renderPlainTable([
    ['status', renderStatus(summary)],
    ['data set', summary.synthetic ? `${summary.dataset} (synthetic, not IMDB)` : summary.dataset],
    ['parameters', formatCount(parameters.total)],
    ['without the embedding', formatCount(parameters.total - parameters.embedding)],
    ['test accuracy at best validation', atEpoch(summary.testAccuracyAtBestValidation, summary.bestEpoch)],
    ['best test accuracy', atEpoch(summary.bestTestAccuracy, summary.bestTestEpoch)],
    ['convergence epoch *', String(summary.convergenceEpoch ?? '–')],
    ['seconds an epoch (median)', summary.medianEpochSeconds === null ? '–' : formatSeconds(summary.medianEpochSeconds)],
    ['peak memory (resident)', describePeak(summary, 'engine')],
    ['peak tensors', peakTensorBytes === null ? '–' : formatBytes(peakTensorBytes)],
  ]);
  return `${table}\n* ${summary.convergenceDefinition}`;
}
