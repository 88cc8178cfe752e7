import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { LinearConfig } from '../experiment-schema.ts';
import type { Dataset } from '../data/dataset.ts';
import { readPeakRssBytes } from '../measure/memory.ts';
import { trainLinear } from '../training/linear/train-linear.ts';
import type { LinearEvent } from '../training/linear/train-linear.ts';
import { describeError, ignoreUserError } from './recorder.ts';
import type { RecorderInputs } from './recorder.ts';
import { createSummary } from './records.ts';
import type { EpochRecord, RunFacts, Summary } from './records.ts';
import type { ExperimentWriter } from './writer.ts';

export interface LinearRunInputs extends Pick<RecorderInputs, 'facts'> {
  readonly config: LinearConfig;
  readonly dataset: Dataset;
  readonly writer: ExperimentWriter;
  readonly log: Logger;
  /** Sees every event after it is recorded. */
  readonly onEvent: (event: LinearEvent) => void;
  /** Asked after every event; the run ends cleanly once it says true. */
  readonly isStopRequested: () => boolean;
}

/** What a run has shown so far. */
interface Findings {
  readonly parameters: number;
  readonly strength: number | null;
  readonly record: EpochRecord | null;
}

/** Trains one linear model into its experiment folder: the record of the model kept is its only epoch, each value of C a line of the log. */
export async function runLinearExperiment(inputs: LinearRunInputs): Promise<Summary> {
  const { config, dataset, writer, log, onEvent, isStopRequested } = inputs;
  let found: Findings = { parameters: 0, strength: null, record: null };
  const conclude = (status: RunFacts['status']): Summary => {
    log.info({ event: status });
    return writeSummary(inputs, found, status);
  };
  try {
    conclude('running');
    writer.writeEpochs([]);
    for (const event of trainLinear(config, dataset)) {
      found = note(found, event);
      record(event, inputs);
      onEvent(event);
      await setImmediate(); // lets signals in
      if (isStopRequested() && event.kind !== 'fitted') return conclude('interrupted');
    }
    return conclude('completed');
  } catch (error) {
    const failure = describeError(error);
    log.error({ event: 'failed', reason: failure });
    ignoreUserError(() => writeSummary(inputs, found, 'failed', failure));
    throw error;
  }
}

function note(found: Findings, event: LinearEvent): Findings {
  if (event.kind === 'features') return { ...found, parameters: event.parameters };
  return event.kind === 'fitted' ? { ...found, strength: event.strength, record: event.record } : found;
}

function record(event: LinearEvent, { dataset: { test }, writer, log }: LinearRunInputs): void {
  if (event.kind === 'pass') return;
  const { kind, ...facts } = event;
  if (event.kind !== 'fitted') {
    log.info({ event: kind, ...facts });
    return;
  }
  log.info({ event: kind, strength: event.strength, ...event.record });
  writer.writePredictions({ reviewIds: test.ids, labels: test.labels, probabilities: event.testProbabilities });
  writer.writeEpochs([event.record]);
}

/** @param failure why, of a run that failed */
function writeSummary(
  { config, facts, writer }: LinearRunInputs, { parameters, strength, record }: Findings, status: RunFacts['status'], failure?: string,
): Summary {
  const counts = { total: parameters, embedding: 0, recurrent: 0, head: parameters };
  const counted = { ...facts, status, seed: config.seed, parameters: counts, peakRssBytes: readPeakRssBytes(), peakTensorBytes: null };
  const ending = { ...(strength === null ? {} : { strength }), ...(failure === undefined ? {} : { failure }) };
  const summary = createSummary({ ...counted, ...ending }, record === null ? [] : [record]);
  writer.writeSummary(summary);
  return summary;
}
