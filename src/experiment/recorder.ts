import type { Logger } from 'pino';
import type { ExperimentConfig } from '../experiment-schema.ts';
import type { Dataset } from '../data/dataset.ts';
import { UserError } from '../errors.ts';
import { readPeakRssBytes } from '../measure/memory.ts';
import { countClassifier } from '../models/layer-counts.ts';
import type { DivergedEvent, EpochEvent, TrainingEvent } from '../training/trainer.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CheckpointKind } from './checkpoint-store.ts';
import type { Checkpointer, RunState } from './checkpointer.ts';
import { createSummary, summarizeEpochs } from './records.ts';
import type { Divergence, EpochRecord, RunFacts, Summary } from './records.ts';
import type { ExperimentWriter } from './writer.ts';

export interface RecorderInputs {
  readonly config: ExperimentConfig;
  readonly dataset: Dataset;
  readonly facts: Pick<RunFacts, 'dataset' | 'synthetic' | 'baselineRssBytes'>;
  readonly writer: ExperimentWriter;
  readonly log: Logger;
  /** Where the run goes on; null at its beginning. */
  readonly resumed: Checkpoint | null;
}

export interface RunOutcome {
  readonly summary: Summary;
  readonly records: readonly EpochRecord[];
}

/** Turns the events of a run into records, checkpoints, log lines and the summary. */
export interface Recorder {
  begin(): void;
  record: (event: TrainingEvent) => void;
  /** Writes a checkpoint of what is not kept yet. */
  save(kinds: readonly CheckpointKind[]): void;
  finish(status: RunFacts['status']): RunOutcome;
  fail(error: unknown): void;
}

/** What a run has shown so far. */
interface Findings extends RunState {
  readonly divergence: Divergence | null;
}

export function createRecorder(inputs: RecorderInputs, checkpointer: Checkpointer): Recorder {
  const { writer, log, resumed, dataset: { test } } = inputs;
  let found: Findings = { history: resumed?.state.history ?? [], peakTensorBytes: resumed?.state.peakTensorBytes ?? 0, divergence: null };
  const summarize = createSummaryWriter(inputs);
  const save = (kinds: readonly CheckpointKind[]): void => { checkpointer.save(kinds, found); };
  const writeSummary = (status: RunFacts['status']): Summary => summarize(status, found);
  const recordEpoch = ({ record, testProbabilities: probabilities }: EpochEvent): void => {
    found = { ...found, history: [...found.history, record] };
    log.info({ event: 'epoch', ...record });
    writer.writeEpochs(found.history);
    const { bestEpoch } = summarizeEpochs(found.history);
    const isBest = bestEpoch === record.epoch;
    // Before the checkpoints: once there is one, the run does not come back to this epoch.
    if (isBest || bestEpoch === null) writer.writePredictions({ reviewIds: test.ids, labels: test.labels, probabilities });
    save(isBest ? ['best', 'last'] : ['last']); // `last` comes second: once it is there, so is `best`
    writeSummary('running');
  };
  return {
    save,
    begin() {
      logStart(log, resumed);
      writer.writeEpochs(found.history); // a killed run may have recorded an epoch after its last checkpoint
      writeSummary('running');
    },
    record(event) {
      found = note(found, event);
      if (event.kind === 'step' || event.kind === 'epoch') checkpointer.note(event.position);
      if (event.kind === 'step' && checkpointer.isDue()) save(['last']);
      if (event.kind === 'epoch') recordEpoch(event);
      if (event.kind === 'diverged') log.error({ event: 'not finite', ...found.divergence, reviewIds: event.reviewIds });
    },
    finish(status) {
      log.info({ event: status });
      return { summary: writeSummary(status), records: found.history };
    },
    fail(error) {
      log.error({ event: 'failed', reason: describeError(error) });
      ignoreUserError(() => summarize('failed', found, describeError(error))); // a full disk takes no summary either; the error that led here says more
    },
  };
}

function note(found: Findings, event: TrainingEvent): Findings {
  if (event.kind === 'step') return { ...found, peakTensorBytes: Math.max(found.peakTensorBytes, event.peakTensorBytes) };
  return event.kind === 'diverged' ? { ...found, divergence: describeDivergence(event) } : found;
}

/** @param failure why, of a run that failed */
type WriteSummary = (status: RunFacts['status'], found: Findings, failure?: string) => Summary;

function createSummaryWriter({ config, dataset, facts, writer }: RecorderInputs): WriteSummary {
  const parameters = countClassifier(config.model, dataset.vocabulary.size);
  return (status, { history, peakTensorBytes, divergence }, failure) => {
    const peakRssBytes = Math.max(readPeakRssBytes(), ...history.map((record) => record.peakRssBytes)); // also of the processes before
    const counted = { ...facts, status, seed: config.seed, parameters, peakRssBytes, peakTensorBytes };
    const ending = { ...(divergence === null ? {} : { divergence }), ...(failure === undefined ? {} : { failure }) };
    const summary = createSummary({ ...counted, ...ending }, history);
    writer.writeSummary(summary);
    return summary;
  };
}

function logStart(log: Logger, resumed: Checkpoint | null): void {
  if (resumed === null) log.info({ event: 'running' });
  else log.info({ event: 'resumed', epoch: resumed.state.position.epoch, step: resumed.state.position.step });
}

export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function ignoreUserError(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

function describeDivergence({ epoch, step, updates, loss, gradientNorm }: DivergedEvent): Divergence {
  return { epoch, batch: step, step: updates + 1, loss: toStored(loss), gradientNorm: toStored(gradientNorm) };
}

function toStored(value: number): Divergence['loss'] {
  return Number.isFinite(value) ? value : (String(value) as 'NaN' | 'Infinity' | '-Infinity');
}
