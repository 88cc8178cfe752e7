import type { Logger } from 'pino';
import { countEpochs } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';
import type { Dataset } from '../data/dataset.ts';
import { UserError } from '../errors.ts';
import { readPeakRssBytes } from '../measure/memory.ts';
import type { ParameterCounts } from '../models/parameters.ts';
import type { EpochEvent } from '../training/epoch.ts';
import { flattenProbabilities } from '../training/evaluate.ts';
import type { LinearEvent } from '../training/linear/train-linear.ts';
import type { DivergedEvent, TrainingEvent } from '../training/trainer.ts';
import { calibrate } from './calibration.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CheckpointKind } from './checkpoint-store.ts';
import type { Checkpointer, RunState } from './checkpointer.ts';
import { createSummary, summarizeEpochs } from './records.ts';
import type { Divergence, EpochRecord, RunFacts, Summary } from './records.ts';
import type { ExperimentWriter } from './writer.ts';

/** What a run of any model reports. */
export type RunEvent = TrainingEvent | LinearEvent;

export interface RecorderInputs {
  readonly config: AnyConfig;
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
  record: (event: RunEvent) => void;
  /** Writes a checkpoint of what is not kept yet. */
  save(kinds: readonly CheckpointKind[]): void;
  finish(status: RunFacts['status']): RunOutcome;
  fail(error: unknown): void;
}

/** What is known of a run before its first event. */
export interface RunBeginning {
  readonly parameters: ParameterCounts;
  /** The most tensors at once so far; null where they are not counted. */
  readonly peakTensorBytes: number | null;
}

/** What a run has shown so far. */
interface Findings extends RunBeginning, Pick<RunState, 'history'> {
  /** Why training ended, once it has. */
  readonly end: string | null;
  readonly divergence: Divergence | null;
  /** C of a linear model, once it is chosen. */
  readonly strength: number | null;
}

export function createRecorder(inputs: RecorderInputs, beginning: RunBeginning, checkpointer: Checkpointer): Recorder {
  const { writer, log, resumed, dataset } = inputs, { test, classes } = dataset;
  let found: Findings = { ...beginning, history: resumed?.state.history ?? [], divergence: null, strength: null, end: null };
  const summarize = createSummaryWriter(inputs);
  const save = (kinds: readonly CheckpointKind[]): void => {
    checkpointer.save(kinds, { ...found, peakTensorBytes: found.peakTensorBytes ?? 0 });
  };
  const writeSummary = (status: RunFacts['status']): Summary => summarize(status, found);
  const recordEpoch = ({ record, strength, ...predicted }: EpochEvent): void => {
    found = { ...found, history: [...found.history, record] };
    log.info({ event: 'epoch', ...(strength === undefined ? {} : { strength }), ...record });
    writer.writeEpochs(found.history);
    const { bestEpoch } = summarizeEpochs(found.history);
    const isBest = bestEpoch === record.epoch;
    // Before the checkpoints: once there is one, the run does not come back to this epoch.
    if (isBest || bestEpoch === null) {
      const probabilities = flattenProbabilities(predicted.testProbabilities);
      writer.writePredictions({ reviewIds: test.ids, labels: test.labels, classes: classes.length, probabilities });
    }
    if (isBest) writer.writeCalibration(calibrate({ record, ...predicted }, dataset));
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
      if ((event.kind === 'step' || event.kind === 'epoch') && event.position !== null) checkpointer.note(event.position);
      if (event.kind === 'step' && checkpointer.isDue()) save(['last']);
      if (event.kind === 'epoch') recordEpoch(event);
      logEvent(log, event, found.divergence);
    },
    finish(status) {
      log.info({ event: status });
      return { summary: writeSummary(status), records: found.history };
    },
    fail(error) {
      log.error({ event: 'failed', reason: describeError(error) });
      // A full disk takes no summary either; the error that led here says more.
      ignoreUserError(() => summarize('failed', found, describeError(error)));
    },
  };
}

function logEvent(log: Logger, event: RunEvent, divergence: Divergence | null): void {
  const { kind, ...facts } = event;
  if (kind === 'features' || kind === 'candidate') log.info({ event: kind, ...facts });
  if (event.kind === 'diverged') log.error({ event: 'not finite', ...divergence, reviewIds: event.reviewIds });
}

function note(found: Findings, event: RunEvent): Findings {
  switch (event.kind) {
    case 'step': return { ...found, peakTensorBytes: Math.max(found.peakTensorBytes ?? 0, event.peakTensorBytes) };
    case 'features': return { ...found, parameters: { total: event.parameters, embedding: 0, recurrent: 0, head: event.parameters } };
    case 'epoch': return { ...found, strength: event.strength ?? null, end: event.end };
    case 'diverged': return { ...found, divergence: describeDivergence(event) };
    default: return found;
  }
}

/** @param failure why, of a run that failed */
type WriteSummary = (status: RunFacts['status'], found: Findings, failure?: string) => Summary;

function createSummaryWriter({ config, facts, writer, dataset: { classes } }: RecorderInputs): WriteSummary {
  return (status, { history, parameters, peakTensorBytes, divergence, strength, end }, failure) => {
    const peakRssBytes = Math.max(readPeakRssBytes(), ...history.map((record) => record.peakRssBytes)); // also of the processes before
    const counted = { ...facts, status, classes, seed: config.seed, parameters, peakRssBytes, peakTensorBytes };
    const ending = {
      ...(strength === null ? {} : { strength }),
      ...(end === null || history.length >= countEpochs(config) ? {} : { stopped: end }),
      ...(divergence === null ? {} : { divergence }),
      ...(failure === undefined ? {} : { failure }),
    };
    const summary = createSummary({ ...counted, ...ending }, history);
    writer.writeSummary(summary);
    return summary;
  };
}

function logStart(log: Logger, resumed: Checkpoint | null): void {
  if (resumed === null) log.info({ event: 'running' });
  else log.info({ event: 'resumed', epoch: resumed.state.position.epoch, step: resumed.state.position.step });
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function ignoreUserError(work: () => void): void {
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
