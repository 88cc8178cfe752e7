import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { ExperimentConfig } from '../experiment-schema.ts';
import { countByClass } from '../data/findings.ts';
import type { Dataset } from '../data/dataset.ts';
import { readClockSeconds } from '../measure/clock.ts';
import { slotNames } from '../training/optimizer.ts';
import type { Optimizer } from '../training/optimizer.ts';
import type { TrainingPosition } from '../training/epoch.ts';
import { createUpdateChain } from '../training/settings.ts';
import { createTrainee } from '../training/step.ts';
import type { Trainee, TraineeState } from '../training/step.ts';
import { describeData, slotTensor } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CheckpointKind, CheckpointStore } from './checkpoint-store.ts';
import type { EpochRecord } from './records.ts';
import type { StoredTensor, StoredTensors } from './safetensors.ts';

/** What a checkpoint holds besides the optimizer's tensors, at the moment it is written. */
export interface RunState {
  readonly history: readonly EpochRecord[];
  readonly peakTensorBytes: number;
}

/** Knows when a run is to be kept, and keeps it. */
export interface Checkpointer {
  /** Takes note of where the run is now. */
  note(position: TrainingPosition): void;
  /** Whether `checkpointSeconds` have passed since the last checkpoint. */
  isDue(): boolean;
  /** Keeps the run where it is now; does nothing when that was kept before. */
  save(kinds: readonly CheckpointKind[], state: RunState): void;
}

export interface CheckpointerOptions {
  readonly config: ExperimentConfig;
  readonly dataset: Dataset;
  /** Of the reviews. */
  readonly fingerprint: string;
  readonly store: CheckpointStore;
  readonly onWritten: (kind: CheckpointKind, position: TrainingPosition, seconds: number) => void;
}

export function createCheckpointer(options: CheckpointerOptions, optimizer: Optimizer): Checkpointer {
  const { config, dataset: { vocabulary, classes }, fingerprint, store, onWritten } = options;
  const data = describeData(vocabulary.words, fingerprint, classes);
  let writtenAt = readClockSeconds();
  let unsaved: TrainingPosition | null = null;

  function save(kinds: readonly CheckpointKind[], { history, peakTensorBytes }: RunState): void {
    if (unsaved === null) return;
    const position = unsaved;
    const state = { format: 1, position, updates: optimizer.steps(), history, peakTensorBytes, config, ...data } as const;
    for (const kind of kinds) {
      const started = readClockSeconds();
      const kept = kind === 'best' // which only predicts
        ? { weights: readTensors(optimizer.evaluated), slots: null }
        : { weights: readTensors(optimizer.parameters), slots: readSlots(optimizer) };
      store.write(kind, { state, words: vocabulary.words, ...kept });
      onWritten(kind, position, readClockSeconds() - started);
    }
    unsaved = null;
    writtenAt = readClockSeconds();
  }
  return {
    note: (position) => { unsaved = position; },
    isDue: () => readClockSeconds() - writtenAt >= config.training.checkpointSeconds,
    save,
  };
}

/** The model of a run at its beginning, or where a checkpoint left it. */
export function createRunTrainee(config: ExperimentConfig, dataset: Dataset, resumed: Checkpoint | null): Trainee {
  const classCounts = countByClass(dataset.train, dataset.classes.length);
  return createTrainee(config, dataset.vocabulary.size, resumed === null ? null : restoreState(resumed), classCounts);
}

function restoreState({ state, weights, slots }: Checkpoint): TraineeState {
  const read = (name: string): Tensor => {
    const stored = slots?.get(name);
    if (stored === undefined) throw new Error(`the checkpoint has no ${name}`);
    return toTensor(stored);
  };
  const names = slotNames(createUpdateChain(state.config.training));
  return {
    steps: state.updates, parameters: toTensors(weights),
    slots: new Map(names.map((slot) => [slot, new Map([...weights.keys()].map((name) => [name, read(slotTensor(name, slot))]))])),
  };
}

function readSlots({ slots }: Optimizer): StoredTensors {
  return new Map(
    [...slots].flatMap(([slot, held]) => [...held].map(([name, tensor]) => [slotTensor(name, slot), readTensor(tensor)] as const)),
  );
}

function readTensors(tensors: ReadonlyMap<string, Tensor>): StoredTensors {
  return mapValues(tensors, readTensor);
}

function readTensor(tensor: Tensor): StoredTensor {
  return { shape: tensor.shape, values: tensor.dataSync() as Float32Array };
}

/** Tensors of stored ones, by the same names; the caller disposes of them. */
export function toTensors(stored: StoredTensors): Map<string, Tensor> {
  return mapValues(stored, toTensor);
}

function toTensor({ values, shape }: StoredTensor): Tensor {
  return tf.tensor(values, [...shape]);
}

function mapValues<From, To>(map: ReadonlyMap<string, From>, convert: (value: From) => To): Map<string, To> {
  return new Map([...map].map(([name, value]) => [name, convert(value)]));
}
