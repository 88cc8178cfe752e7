import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';

import { UserError } from '../errors.ts';
import { nameModel } from '../experiment-schema.ts';
import type { AnyConfig, ExperimentConfig } from '../experiment-schema.ts';
import { displayPath, kindOf } from '../files/paths.ts';
import { applyTemperature } from '../measure/temperature.ts';
import { buildModel } from '../models/build.ts';
import type { Model } from '../models/build.ts';
import type { OnnxBatch } from '../models/module.ts';
import { countParameters, createWeights } from '../models/parameters.ts';
import type { Parameters } from '../models/parameters.ts';
import type { OnnxGraph } from '../ops/onnx-graph.ts';
import { averagedSlot } from '../training/optimizer.ts';
import { createPartReader, createPredictor } from '../training/evaluate.ts';
import { createUpdateChain } from '../training/settings.ts';
import type { EncodedPart } from '../text/encode.ts';
import { TOKENIZER_VERSION } from '../text/tokenizer.ts';
import { createVocabulary } from '../text/vocabulary.ts';
import type { Vocabulary } from '../text/vocabulary.ts';
import { FIT, FIT_STATE, loadCheckpoint, readCheckpoint } from './checkpoint-store.ts';
import { slotTensor } from './checkpoint.ts';
import type { Checkpoint, CheckpointState } from './checkpoint.ts';
import { toTensors } from './checkpointer.ts';
import { findCalibration, loadExperiment } from './load.ts';
import type { StoredTensors } from './safetensors.ts';

/** A trained model as its checkpoint holds it, with all that it takes to ask it something. */
export interface StoredModel {
  readonly config: ExperimentConfig;
  /** By torch.nn's names. */
  readonly weights: StoredTensors;
  /** How texts become token ids, with `config.data`: see `encodeTexts`. */
  readonly vocabulary: Vocabulary;
  /** [classes] the name of each label. */
  readonly classes: readonly string[];
  /** Where in its run the checkpoint was written, and the epochs that the run had recorded until then. */
  readonly position: CheckpointState['position'];
  readonly history: CheckpointState['history'];
  /** As `Classifier.temperature`. */
  readonly temperature: number | null;
}

/** A trained model of any kind, ready to be asked. */
export interface Classifier {
  readonly config: AnyConfig;
  readonly vocabulary: Vocabulary;
  /** [classes] the name of each label. */
  readonly classes: readonly string[];
  readonly parameterCount: number;
  /** What its probabilities are calibrated by; null where they are the model's own. */
  readonly temperature: number | null;
  /**
   * [reviews][classes] probabilities, in the part's order, calibrated where there is a temperature.
   * @param onDone takes how many reviews are done
   */
  predict(part: EncodedPart, onDone?: (done: number) => void): number[][];
  /** `predict`, as the model itself has them. */
  predictUncalibrated(part: EncodedPart, onDone?: (done: number) => void): number[][];
  /**
   * Writes itself into an ONNX graph.
   * @returns the name of the logits [batch, classes], whose softmax are the uncalibrated probabilities
   * @throws UserError where ONNX has no words for it
   */
  toOnnx(graph: OnnxGraph, batch: OnnxBatch): string;
  /** Frees what it holds on the engine. */
  dispose(): void;
}

/** A neural model on the engine that runs. */
export interface LoadedModel extends Omit<StoredModel, 'weights'>, Classifier {
  readonly config: ExperimentConfig;
  readonly model: Model;
  readonly parameters: Parameters;
  /** Frees the parameters. */
  dispose(): void;
}

/** A model with probabilities that a temperature calibrates. @param temperature null for the model's own */
export function withTemperature<Model extends Classifier>(
  model: Omit<Model, 'predict' | 'temperature'>, temperature: number | null,
): Model {
  const predict: Classifier['predict'] = (part, onDone) => {
    const rows = model.predictUncalibrated(part, onDone);
    return temperature === null ? rows : rows.map((row) => applyTemperature(row, temperature));
  };
  return { ...model, temperature, predict } as Model;
}

/** Whether its answers have gradients: a neural model's. */
export function isNeuralModel(classifier: Classifier): classifier is LoadedModel {
  return 'parameters' in classifier;
}

/**
 * Reads a trained model from an experiment folder (its best checkpoint, or its last where none is best) or from a checkpoint folder
 * (`experiments/gru-1/checkpoints/best-3-0`).
 * @param onWarning takes a line for each damaged checkpoint that is passed over
 * @throws UserError when the folder is neither, holds no checkpoint, or is not of this version
 */
export function readModel(folder: string, onWarning: (line: string) => void): StoredModel {
  const isCheckpoint = kindOf(join(folder, 'state.json')) === 'file';
  const checkpoint = isCheckpoint ? readNamed(folder) : findCheckpoint(folder, onWarning);
  const { state, words } = checkpoint;
  const { config, position, history, dataset: { tokenizerVersion, classes } } = state;
  if (tokenizerVersion !== TOKENIZER_VERSION) {
    throw new UserError(
      `${displayPath(folder)}: expected version ${TOKENIZER_VERSION} of the tokenizer, found ${tokenizerVersion}; train the model again`,
    );
  }
  const temperature = isCheckpoint || position.step > 0 ? null : findCalibration(folder, position.epoch - 1)?.temperature ?? null;
  return { config, weights: usedWeights(checkpoint), vocabulary: createVocabulary(words), classes, position, history, temperature };
}

/** The averaged weights of a checkpoint to go on from, where the run keeps some; one that only predicts has them in the weights' place. */
function usedWeights({ state, weights, slots }: Checkpoint): StoredTensors {
  const slot = averagedSlot(createUpdateChain(state.config.training));
  if (slots === null || slot === undefined) return weights;
  return new Map([...weights].map(([name, trained]) => [name, slots.get(slotTensor(name, slot)) ?? trained]));
}

/** `readModel`, on the engine that runs. @throws UserError as it does */
export function loadModel(folder: string, onWarning: (line: string) => void): LoadedModel {
  return putOnEngine(readModel(folder, onWarning));
}

/** A stored model with its parameters on the engine, which must run. */
export function putOnEngine({ weights, temperature, ...stored }: StoredModel): LoadedModel {
  const parameters = toTensors(weights);
  const model = buildModel(stored.config.model, stored.vocabulary.size, stored.classes.length);
  const reader = createPartReader({ model, parameters });
  return withTemperature({
    ...stored, parameters, model, parameterCount: countParameters(model.parameters).total,
    toOnnx: (graph, batch) => model.toOnnx(graph, batch, createWeights(parameters, new Int32Array())),
    predictUncalibrated: createPredictor(reader, stored.config.training.evaluationBatchSize),
    dispose: () => {
      reader.dispose();
      tf.dispose([...parameters.values()]);
    },
  }, temperature);
}

function readNamed(folder: string): Checkpoint {
  try {
    return readCheckpoint(folder);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${displayPath(folder)}: the checkpoint is damaged: ${error.message}`) : error;
  }
}

function findCheckpoint(path: string, onWarning: (line: string) => void): Checkpoint {
  const shown = displayPath(path);
  if (kindOf(path) !== 'folder') throw new UserError(`${shown}: no such folder; name one that a run made, for example experiments/gru-1`);
  if (kindOf(join(path, 'checkpoints', FIT, FIT_STATE)) === 'file')
    throw new UserError(`${shown}: a run of ${nameModel(loadExperiment(path).config)}, a linear model; expected a neural one`);
  const folder = { name: '', path };
  const checkpoint = loadCheckpoint(folder, 'best', onWarning) ?? loadCheckpoint(folder, 'last', onWarning);
  if (checkpoint !== null) return checkpoint;
  loadExperiment(path); // says what a folder that is no run lacks
  throw new UserError(
    `${shown}: has no checkpoints; they are not copied to published folders, and a run without a completed epoch has none`,
  );
}
