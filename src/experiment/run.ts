import { setImmediate } from 'node:timers/promises';
import { train } from '../training/trainer.ts';
import type { TrainingEvent } from '../training/trainer.ts';
import { createCheckpointer, createRunTrainee } from './checkpointer.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { createRecorder } from './recorder.ts';
import type { RecorderInputs, RunOutcome } from './recorder.ts';
import type { RunFacts } from './records.ts';

export interface RunInputs extends RecorderInputs {
  /** Of the reviews. */
  readonly fingerprint: string;
  readonly store: CheckpointStore;
  /** Sees every event after it is recorded. */
  readonly onEvent: (event: TrainingEvent) => void;
  /** Asked after every event; the run ends cleanly once it says true. */
  readonly isStopRequested: () => boolean;
}

/**
 * Trains one model and keeps the experiment folder current: after each epoch it holds all there is to know so far.
 * A run that goes on from a checkpoint ends as one never interrupted, bit for bit, times and memory aside.
 */
export async function runExperiment(inputs: RunInputs): Promise<RunOutcome> {
  const { config, dataset, log, resumed } = inputs;
  const trainee = createRunTrainee(config, dataset.vocabulary.size, resumed);
  const checkpointer = createCheckpointer({
    ...inputs, onWritten: (kind, { epoch, step }, seconds) => { log.info({ event: 'checkpoint', kind, epoch, step, seconds }); },
  }, trainee.optimizer);
  const run = createRecorder(inputs, checkpointer);
  try {
    run.begin();
    const status = await consume(train(trainee, dataset, resumed?.state), inputs, run.record);
    if (status === 'interrupted') run.save(['last']);
    return run.finish(status);
  } catch (error) {
    run.fail(error);
    throw error;
  } finally {
    trainee.optimizer.dispose();
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
    if (isStopRequested() && !isLast(event)) return 'interrupted';
  }
  return 'completed';
}

/** A run that is asked to stop when all is done is not interrupted. */
function isLast(event: TrainingEvent): boolean {
  return event.kind === 'epoch' && event.end !== null;
}
