import { setImmediate } from 'node:timers/promises';

import { isNeural } from '../experiment-schema.ts';
import { countClassifier } from '../models/layer-counts.ts';
import { trainLinear } from '../training/linear/train-linear.ts';
import { train } from '../training/trainer.ts';
import { createCheckpointer, createRunTrainee } from './checkpointer.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { createRecorder } from './recorder.ts';
import type { RecorderInputs, RunBeginning, RunEvent, RunOutcome } from './recorder.ts';
import { createFitKeeper } from './fit.ts';
import type { RunFacts } from './records.ts';

export interface RunInputs extends RecorderInputs {
  /** Of the reviews. */
  readonly fingerprint: string;
  readonly store: CheckpointStore;
  /** Sees every event after it is recorded. */
  readonly onEvent: (event: RunEvent) => void;
  /** Asked after every event; the run ends cleanly once it says true. */
  readonly isStopRequested: () => boolean;
}

/** A model at its training. */
interface Training {
  readonly events: Iterable<RunEvent>;
  readonly checkpointer: Checkpointer;
  readonly beginning: RunBeginning;
  readonly dispose: () => void;
}

/**
 * Trains one model, of any kind, and keeps the experiment folder current: after each epoch it holds all there is to know so far.
 * A run that goes on from a checkpoint ends as one never interrupted, bit for bit, times and memory aside.
 */
export async function runExperiment(inputs: RunInputs): Promise<RunOutcome> {
  const { events, checkpointer, beginning, dispose } = startTraining(inputs);
  const run = createRecorder(inputs, beginning, checkpointer);
  try {
    run.begin();
    const status = await consume(events, inputs, run.record);
    if (status === 'interrupted') run.save(['last']);
    return run.finish(status);
  } catch (error) {
    run.fail(error);
    throw error;
  } finally {
    dispose();
  }
}

function startTraining(inputs: RunInputs): Training {
  const { config, dataset, log, resumed } = inputs;
  if (!isNeural(config)) {
    const parameters = { total: 0, embedding: 0, recurrent: 0, head: 0 }; // how many there are is known once the features are made
    const keeper = createFitKeeper(inputs.store, config, dataset);
    return {
      events: keeper.watch(trainLinear(config, dataset)),
      checkpointer: keeper,
      beginning: { parameters, peakTensorBytes: null },
      dispose: () => undefined,
    };
  }
  const trainee = createRunTrainee(config, dataset, resumed);
  const onWritten: Parameters<typeof createCheckpointer>[0]['onWritten'] = (kind, { epoch, step }, seconds) => {
    log.info({ event: 'checkpoint', kind, epoch, step, seconds });
  };
  return {
    events: train(trainee, dataset, resumed?.state),
    checkpointer: createCheckpointer({ ...inputs, config, onWritten }, trainee.optimizer),
    beginning: {
      parameters: countClassifier(config.model, dataset.vocabulary.size, dataset.classes.length),
      peakTensorBytes: resumed?.state.peakTensorBytes ?? 0,
    },
    dispose: () => { trainee.optimizer.dispose(); },
  };
}

async function consume(
  events: Iterable<RunEvent>, { onEvent, isStopRequested }: RunInputs, record: (event: RunEvent) => void,
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
function isLast(event: RunEvent): boolean {
  return event.kind === 'epoch' && event.end !== null;
}
