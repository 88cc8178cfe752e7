import { join } from 'node:path';

import { z } from 'zod';

import type { Dataset } from '../data/dataset.ts';
import { UserError } from '../errors.ts';
import { experimentSchemas, isNeural } from '../experiment-schema.ts';
import type { LinearConfig } from '../experiment-schema.ts';
import { displayPath, kindOf } from '../files/paths.ts';
import { readSealedFolder } from '../files/sealed-folder.ts';
import type { FileContents } from '../files/sealed-folder.ts';
import { namesOf } from '../registry.ts';
import { TOKENIZER_VERSION } from '../text/tokenizer.ts';
import { createVocabulary } from '../text/vocabulary.ts';
import type { LinearFit } from '../training/epoch.ts';
import { linearInOnnx } from '../training/linear/linear-onnx.ts';
import { restoreNgramFeatures } from '../training/linear/ngram-features.ts';
import { scoreRows, toProbabilities } from '../training/linear/one-vs-rest.ts';
import { linearModelOf, linearModels } from '../training/linear/settings.ts';
import type { LinearName } from '../training/linear/settings.ts';
import type { LinearEvent } from '../training/linear/train-linear.ts';
import type { Checkpointer } from './checkpointer.ts';
import { FIT, FIT_STATE } from './checkpoint-store.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { findCalibration } from './load.ts';
import { readModel, withTemperature } from './load-model.ts';
import type { Classifier, StoredModel } from './load-model.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const files = { fit: FIT_STATE, words: 'vocabulary.json', features: 'features.json', weights: 'weights.safetensors' } as const;

/** fit.json: what a fitted linear model is besides its weights, features and words. */
const fitSchema = z.strictObject({
  format: z.literal(1),
  tokenizerVersion: z.int(),
  classes: z.array(z.string()).min(2),
  config: z.unknown(),
});

/** The checkpointer of a linear model: it keeps the fit, once there is one. */
export interface FitKeeper extends Checkpointer {
  watch(events: Iterable<LinearEvent>): Generator<LinearEvent, void>;
}

/** Such a model trains in less time than a state to go on from is worth, so it keeps the end alone. */
export function createFitKeeper(store: CheckpointStore, config: LinearConfig, dataset: Dataset): FitKeeper {
  let fitted: LinearFit | null = null;
  return {
    note: () => undefined,
    isDue: () => false,
    save: () => { if (fitted !== null) store.writeFit(encodeFit(fitted, config, dataset)); },
    *watch(events) {
      for (const event of events) {
        if (event.kind === 'epoch') fitted = event.fitted ?? null;
        yield event;
      }
    },
  };
}

/** Weights stay in double precision: what the run said of its test part, they say again to the last bit. */
function encodeFit({ featureNames, weights }: LinearFit, config: LinearConfig, { vocabulary, classes }: Dataset): FileContents {
  const { words } = vocabulary, problems = weights.length, bias = featureNames.length;
  const stack = (from: number, to: number): Float64Array => Float64Array.from(weights.flatMap((own) => [...own.subarray(from, to)]));
  const tensors = new Map([
    ['weight', { shape: [problems, bias], values: stack(0, bias) }], ['bias', { shape: [problems], values: stack(bias, bias + 1) }],
  ]);
  const fit = { format: 1, tokenizerVersion: TOKENIZER_VERSION, classes, config };
  return new Map<string, (string | Uint8Array)[]>([
    [files.weights, encodeSafetensors(tensors, {})],
    [files.features, [`${JSON.stringify(featureNames)}\n`]],
    [files.words, [`${JSON.stringify(words)}\n`]],
    [files.fit, [`${JSON.stringify(fit, null, 1)}\n`]],
  ]);
}

/**
 * A trained model of any kind from an experiment folder or a checkpoint folder: a linear one can be asked at once, a neural one when it
 * is on the engine.
 * @param onWarning takes a line for each damaged checkpoint that is passed over
 * @throws UserError when the folder holds no whole model of this version
 */
export function readClassifier(folder: string, onWarning: (line: string) => void): LinearClassifier | StoredModel {
  const path = [folder, join(folder, 'checkpoints', FIT)].find((place) => kindOf(join(place, files.fit)) === 'file');
  if (path === undefined) return readModel(folder, onWarning);
  try {
    return decodeFit(readSealedFolder(path), path === folder ? null : findCalibration(folder, 1)?.temperature ?? null);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${displayPath(path)}: the checkpoint is damaged: ${error.message}; train the model again`);
  }
}

/** A fitted linear model, which needs no engine. */
export interface LinearClassifier extends Classifier {
  readonly config: LinearConfig;
}

export function isLinear(read: LinearClassifier | StoredModel): read is LinearClassifier {
  return !isNeural(read.config);
}

function decodeFit(contents: ReadonlyMap<string, Buffer>, temperature: number | null): LinearClassifier {
  const { tokenizerVersion, classes, config: stored } = parse(contents, files.fit, fitSchema);
  if (tokenizerVersion !== TOKENIZER_VERSION)
    throw new UserError(`expected version ${TOKENIZER_VERSION} of the tokenizer, found ${tokenizerVersion}`);
  const config = parseConfig(stored);
  if (config === null) throw new UserError(`${files.fit} is not as this version of gatelab writes it`);
  const vocabulary = createVocabulary(parse(contents, files.words, z.array(z.string())));
  const features = restoreNgramFeatures(parse(contents, files.features, z.array(z.string())), vocabulary);
  const { tensors } = decodeSafetensors(contents.get(files.weights) ?? Buffer.alloc(0), 'F64');
  const weight = tensors.get('weight'), bias = tensors.get('bias')?.values;
  const [problems = 0, width = 0] = weight?.shape ?? [];
  const isWhole = features?.width === width + 1 && bias?.length === problems && problems === (classes.length === 2 ? 1 : classes.length);
  if (!isWhole) throw new UserError(`${files.features} is not that of ${files.words} and ${files.weights}`);
  const weights = Array.from({ length: problems }, (_, k) =>
    Float64Array.from([...(weight?.values.subarray(k * width, (k + 1) * width) ?? []), bias[k] ?? 0]));
  const { values } = linearModelOf(config.model).features(config.model);
  return withTemperature({
    config, vocabulary, classes, parameterCount: problems * features.width,
    toOnnx: (graph, batch) => linearInOnnx(graph, { features, values, weights }, batch),
    predictUncalibrated: (part) => toProbabilities(scoreRows(features.toRows(part, values), weights)),
    dispose: () => undefined,
  }, temperature);
}

const typedSchema = z.object({ model: z.object({ type: z.enum(namesOf(linearModels)) }) });

function parseConfig(stored: unknown): LinearConfig | null {
  const { data: typed } = typedSchema.safeParse(stored);
  if (typed === undefined) return null;
  const type: LinearName = typed.model.type;
  return experimentSchemas[type].safeParse(stored).data ?? null;
}

function parse<Schema extends z.ZodType>(contents: ReadonlyMap<string, Buffer>, name: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse((contents.get(name) ?? '').toString()));
  } catch {
    throw new UserError(`${name} is missing or not as this version of gatelab writes it`);
  }
}
