import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ExperimentConfig } from '../config/schema.ts';
import type { Dataset } from '../data/dataset.ts';
import { readPeakRssBytes } from '../measure/memory.ts';
import { countParameters } from '../measure/parameters.ts';
import { classifierSpecs, initializeParameters } from '../models/parameters.ts';
import { createAdam } from '../training/optimizer.ts';
import type { Optimizer } from '../training/optimizer.ts';
import { train } from '../training/trainer.ts';
import type { TrainingEvent } from '../training/trainer.ts';
import type { EpochRecord, RunFacts, Summary } from './records.ts';
import { encodeSafetensors } from './safetensors.ts';
import { createSummary } from './summary.ts';
import type { ExperimentWriter } from './writer.ts';

export interface RunInputs {
  readonly config: ExperimentConfig;
  readonly dataset: Dataset;
  readonly facts: Pick<RunFacts, 'dataset' | 'synthetic' | 'baselineRssBytes'>;
  readonly writer: ExperimentWriter;
  readonly log: Logger;
  /** Sees every event after it is recorded. */
  readonly onEvent: (event: TrainingEvent) => void;
  /** Asked after every event; the run ends cleanly once it says true. */
  readonly isStopRequested: () => boolean;
}

export interface RunOutcome {
  readonly summary: Summary;
  readonly records: readonly EpochRecord[];
}

/** Trains one model and keeps the experiment folder current: after each epoch it holds all there is to know so far. */
export async function runExperiment(inputs: RunInputs): Promise<RunOutcome> {
  const { config, dataset, writer, log } = inputs;
  const specs = classifierSpecs(config.model, dataset.vocabulary.size);
  const optimizer = createAdam(initializeParameters(specs, config.seed), config.training);
  const run = createRecorder(inputs, countParameters(specs));
  writer.writeVocabulary(dataset.vocabulary.words);
  try {
    run.writeSummary('running');
    const status = await consume(train(config, dataset, optimizer), inputs, (event) => { run.record(event, optimizer); });
    if (status === 'interrupted') writeWeights(writer, optimizer, ['last']);
    return { summary: run.writeSummary(status), records: run.records };
  } catch (error) {
    log.error({ event: 'failed', reason: error instanceof Error ? error.message : String(error) });
    run.writeSummary('failed');
    throw error;
  } finally {
    optimizer.dispose();
  }
}

async function consume(
  events: Iterable<TrainingEvent>, { onEvent, isStopRequested }: RunInputs, record: (event: TrainingEvent) => void,
): Promise<RunFacts['status']> {
  for (const event of events) {
    record(event);
    onEvent(event);
    if (event.kind === 'diverged') return 'diverged';
    await setImmediate(); // lets signals in
    if (isStopRequested()) return 'interrupted';
  }
  return 'completed';
}

/** Turns events into records, checkpoints, log lines and the summary. */
function createRecorder({ config, facts, writer, log }: RunInputs, parameters: RunFacts['parameters']) {
  const records: EpochRecord[] = [];
  let peakTensorBytes = 0;
  const summarize = (status: RunFacts['status']): Summary =>
    createSummary({ ...facts, status, seed: config.seed, parameters, peakRssBytes: readPeakRssBytes(), peakTensorBytes }, records);
  return {
    records,
    writeSummary(status: RunFacts['status']): Summary {
      const summary = summarize(status);
      writer.writeSummary(summary);
      log.info({ event: status });
      return summary;
    },
    record(event: TrainingEvent, optimizer: Optimizer): void {
      if (event.kind === 'step') peakTensorBytes = Math.max(peakTensorBytes, event.tensorBytes);
      if (event.kind === 'diverged') log.error({ event: 'not finite', ...event });
      if (event.kind !== 'epoch') return;
      records.push(event.record);
      log.info({ event: 'epoch', ...event.record });
      writer.appendEpoch(event.record);
      const summary = summarize('running');
      writeWeights(writer, optimizer, summary.bestEpoch === event.record.epoch ? ['last', 'best'] : ['last']);
      writer.writeSummary(summary);
    },
  };
}

/** The weights as they are now, under torch.nn's names. */
function writeWeights(writer: ExperimentWriter, { parameters, steps }: Optimizer, names: readonly ('last' | 'best')[]): void {
  const stored = new Map([...parameters].map(([name, tensor]) =>
    [name, { shape: tensor.shape, values: tensor.dataSync() as Float32Array }]));
  const file = encodeSafetensors(stored, { steps: String(steps()) });
  for (const name of names) writer.writeWeights(name, file);
}
