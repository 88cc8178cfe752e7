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
import type { Vocabulary } from '../text/vocabulary.ts';
import type { LinearFit } from '../training/epoch.ts';
import { linearInOnnx } from '../training/linear/linear-onnx.ts';
import { restoreNamedFeatures, restoreNgramFeatures } from '../training/linear/ngram-features.ts';
import type { NgramFeatures } from '../training/linear/ngram-features.ts';
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

const files = { fit: FIT_STATE, words: 'vocabulary.json', pairs: 'pairs.safetensors', weights: 'weights.safetensors' } as const;
/** In format 1, that of versions before 0.3: the name of each column but the bias. */
const NAMES = 'features.json';

/** fit.json: what a fitted linear model is besides its weights, features and words. */
const fitSchema = z.strictObject({
  format: z.union([z.literal(1), z.literal(2)]),
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

/**
 * Weights stay in double precision: what the run said of its test part, they say again to the last bit. Their columns are the words by
 * their ids, then the pairs in the order in which they are searched, so that nothing is to be built when they are read.
 */
function encodeFit({ features, weights }: LinearFit, config: LinearConfig, { vocabulary, classes }: Dataset): FileContents {
  const { starts, seconds, numbers } = features.pairs(), { words, width } = features, problems = weights.length, bias = width - 1;
  const weight = new Float64Array(problems * bias);
  weights.forEach((own, k) => {
    weight.set(own.subarray(0, words), k * bias);
    numbers.forEach((number, place) => { weight[k * bias + words + place] = own[words + number] ?? 0; });
  });
  const biases = Float64Array.from(weights, (own) => own[bias] ?? 0);
  const tensors = new Map([['weight', { shape: [problems, bias], values: weight }], ['bias', { shape: [problems], values: biases }]]);
  const pairs = new Map([
    ['starts', { shape: [starts.length], values: starts }], ['seconds', { shape: [seconds.length], values: seconds }],
  ]);
  const fit = { format: 2, tokenizerVersion: TOKENIZER_VERSION, classes, config };
  return new Map<string, (string | Uint8Array)[]>([
    [files.weights, encodeSafetensors(tensors, {})],
    [files.pairs, encodeSafetensors(pairs, {})],
    [files.words, [`${JSON.stringify(vocabulary.words)}\n`]],
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
  const { format, tokenizerVersion, classes, config: stored } = parse(contents, files.fit, fitSchema);
  if (tokenizerVersion !== TOKENIZER_VERSION)
    throw new UserError(`expected version ${TOKENIZER_VERSION} of the tokenizer, found ${tokenizerVersion}`);
  const config = parseConfig(stored);
  if (config === null) throw new UserError(`${files.fit} is not as this version of gatelab writes it`);
  const vocabulary = createVocabulary(parse(contents, files.words, z.array(z.string())));
  const features = format === 1 ? restoreNamedFeatures(parse(contents, NAMES, z.array(z.string())), vocabulary)
    : decodePairs(contents, vocabulary);
  const weights = decodeWeights(contents);
  const isWhole = features !== null && weights.length === (classes.length === 2 ? 1 : classes.length)
    && weights.every(({ length }) => length === features.width);
  if (!isWhole) throw new UserError(`${format === 1 ? NAMES : files.pairs} is not that of ${files.words} and ${files.weights}`);
  const { values } = linearModelOf(config.model).features(config.model);
  return withTemperature({
    config, vocabulary, classes, parameterCount: weights.length * features.width,
    toOnnx: (graph, batch) => linearInOnnx(graph, { features, values, weights }, batch),
    predictUncalibrated: (part) => toProbabilities(scoreRows(features.toRows(part, values), weights)),
    dispose: () => undefined,
  }, temperature);
}

/** Null where they are not pairs of the vocabulary's words. */
function decodePairs(contents: ReadonlyMap<string, Buffer>, { size }: Vocabulary): NgramFeatures | null {
  const tensors = decodeTensors(contents, files.pairs, 'I32'), starts = tensors.get('starts'), seconds = tensors.get('seconds');
  return starts === undefined || seconds === undefined ? null
    : restoreNgramFeatures({ starts: starts.values, seconds: seconds.values }, size);
}

/** [problems] of [D], the bias last; none where the file holds something else. */
function decodeWeights(contents: ReadonlyMap<string, Buffer>): Float64Array[] {
  const tensors = decodeTensors(contents, files.weights, 'F64'), weight = tensors.get('weight'), bias = tensors.get('bias')?.values;
  const [problems = 0, width = 0] = weight?.shape ?? [];
  if (weight === undefined || bias?.length !== problems) return [];
  return Array.from(bias, (last, k) => {
    const own = new Float64Array(width + 1);
    own.set(weight.values.subarray(k * width, (k + 1) * width));
    own[width] = last;
    return own;
  });
}

function decodeTensors<Type extends 'F64' | 'I32'>(
  contents: ReadonlyMap<string, Buffer>, name: string, type: Type,
): ReturnType<typeof decodeSafetensors<Type>>['tensors'] {
  try {
    return decodeSafetensors(contents.get(name) ?? Buffer.alloc(0), type).tensors;
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${name} ${error.message}`) : error;
  }
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
