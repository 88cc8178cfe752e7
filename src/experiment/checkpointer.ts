import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { ExperimentConfig } from '../config/schema.ts';
import type { Dataset } from '../data/dataset.ts';
import { readClockSeconds } from '../measure/clock.ts';
import { classifierSpecs, initializeParameters } from '../models/parameters.ts';
import { createAdam } from '../training/optimizer.ts';
import type { AdamState, Optimizer } from '../training/optimizer.ts';
import type { TrainingPosition } from '../training/position.ts';
import { describeData, momentSuffixes } from './checkpoint.ts';
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
  const { config, dataset: { vocabulary }, fingerprint, store, onWritten } = options;
  const data = describeData(vocabulary.words, fingerprint);
  let writtenAt = readClockSeconds();
  let unsaved: TrainingPosition | null = null;

  function save(kinds: readonly CheckpointKind[], { history, peakTensorBytes }: RunState): void {
    if (unsaved === null) return;
    const position = unsaved;
    const weights = readTensors(optimizer.parameters);
    const state = { format: 1, position, updates: optimizer.steps(), history, peakTensorBytes, config, ...data } as const;
    for (const kind of kinds) {
      const started = readClockSeconds();
      store.write(kind, { state, words: vocabulary.words, weights, moments: kind === 'best' ? null : readMoments(optimizer) });
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

/** The optimizer of a run at its beginning, or where a checkpoint left it. */
export function createRunOptimizer(config: ExperimentConfig, vocabularySize: number, resumed: Checkpoint | null): Optimizer {
  if (resumed === null) return createAdam(initializeParameters(classifierSpecs(config.model, vocabularySize), config.seed), config.training);
  return createAdam(mapValues(resumed.weights, toTensor), config.training, restoreAdam(resumed));
}

function restoreAdam({ state, weights, moments }: Checkpoint): AdamState {
  const select = (suffix: string): Map<string, Tensor> => new Map([...weights.keys()].map((name) => {
    const stored = moments?.get(`${name}${suffix}`);
    if (stored === undefined) throw new Error(`the checkpoint has no ${name}${suffix}`);
    return [name, toTensor(stored)];
  }));
  return { steps: state.updates, firstMoments: select(momentSuffixes.first), secondMoments: select(momentSuffixes.second) };
}

function readMoments({ slots }: Optimizer): StoredTensors {
  return new Map([
    ...[...slots].map(([name, slot]) => [`${name}${momentSuffixes.first}`, readTensor(slot.firstMoment)] as const),
    ...[...slots].map(([name, slot]) => [`${name}${momentSuffixes.second}`, readTensor(slot.secondMoment)] as const),
  ]);
}

function readTensors(tensors: ReadonlyMap<string, Tensor>): StoredTensors {
  return mapValues(tensors, readTensor);
}

function readTensor(tensor: Tensor): StoredTensor {
  return { shape: tensor.shape, values: tensor.dataSync() as Float32Array };
}

function toTensor({ values, shape }: StoredTensor): Tensor {
  return tf.tensor(values, [...shape]);
}

function mapValues<From, To>(map: ReadonlyMap<string, From>, convert: (value: From) => To): Map<string, To> {
  return new Map([...map].map(([name, value]) => [name, convert(value)]));
}
