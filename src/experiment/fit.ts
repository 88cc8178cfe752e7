import { join } from 'node:path';

import { z } from 'zod';

import type { Dataset } from '../data/dataset.ts';
import { UserError } from '../errors.ts';
import { experimentSchemas } from '../experiment-schema.ts';
import type { LinearConfig } from '../experiment-schema.ts';
import { displayPath, kindOf } from '../files/paths.ts';
import { readSealedFolder } from '../files/sealed-folder.ts';
import type { FileContents } from '../files/sealed-folder.ts';
import { namesOf } from '../registry.ts';
import { TOKENIZER_VERSION } from '../text/tokenizer.ts';
import { createVocabulary } from '../text/vocabulary.ts';
import type { LinearFit } from '../training/epoch.ts';
import { logistic } from '../training/linear/loss.ts';
import { restoreNgramFeatures } from '../training/linear/ngram-features.ts';
import { linearModelOf, linearModels } from '../training/linear/settings.ts';
import type { LinearName } from '../training/linear/settings.ts';
import { multiply } from '../training/linear/sparse-rows.ts';
import type { LinearEvent } from '../training/linear/train-linear.ts';
import type { Checkpointer } from './checkpointer.ts';
import { FIT, FIT_STATE } from './checkpoint-store.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { loadModel, sentiments } from './load-model.ts';
import type { Classifier } from './load-model.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const files = { fit: FIT_STATE, words: 'vocabulary.json', features: 'features.json', weights: 'weights.safetensors' } as const;

/** fit.json: what a fitted linear model is besides its weights, features and words. */
const fitSchema = z.strictObject({
  format: z.literal(1),
  tokenizerVersion: z.int(),
  classes: z.array(z.string()).length(2),
  config: z.unknown(),
});

/** The checkpointer of a linear model: it keeps the fit, once there is one. */
export interface FitKeeper extends Checkpointer {
  watch(events: Iterable<LinearEvent>): Generator<LinearEvent, void>;
}

/** Such a model trains in less time than a state to go on from is worth, so it keeps the end alone. */
export function createFitKeeper(store: CheckpointStore, config: LinearConfig, { vocabulary }: Dataset): FitKeeper {
  let fitted: LinearFit | null = null;
  return {
    note: () => undefined,
    isDue: () => false,
    save: () => { if (fitted !== null) store.writeFit(encodeFit(fitted, config, vocabulary.words)); },
    *watch(events) {
      for (const event of events) {
        if (event.kind === 'epoch') fitted = event.fitted ?? null;
        yield event;
      }
    },
  };
}

/** Weights stay in double precision: what the run said of its test part, they say again to the last bit. */
function encodeFit({ featureNames, weights }: LinearFit, config: LinearConfig, words: readonly string[]): FileContents {
  const bias = weights.length - 1;
  const tensors = new Map([
    ['weight', { shape: [bias], values: weights.subarray(0, bias) }],
    ['bias', { shape: [1], values: weights.subarray(bias) }],
  ]);
  const fit = { format: 1, tokenizerVersion: TOKENIZER_VERSION, classes: sentiments, config };
  return new Map<string, (string | Uint8Array)[]>([
    [files.weights, encodeSafetensors(tensors, {})],
    [files.features, [`${JSON.stringify(featureNames)}\n`]],
    [files.words, [`${JSON.stringify(words)}\n`]],
    [files.fit, [`${JSON.stringify(fit, null, 1)}\n`]],
  ]);
}

/**
 * A trained model of any kind from an experiment folder or a checkpoint folder; a neural one needs the engine to run.
 * @param onWarning takes a line for each damaged checkpoint that is passed over
 * @throws UserError when the folder holds no whole model of this version
 */
export function loadClassifier(folder: string, onWarning: (line: string) => void): Classifier {
  const path = [folder, join(folder, 'checkpoints', FIT)].find((place) => kindOf(join(place, files.fit)) === 'file');
  if (path === undefined) return loadModel(folder, onWarning);
  try {
    return decodeFit(readSealedFolder(path));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${displayPath(path)}: the checkpoint is damaged: ${error.message}; train the model again`);
  }
}

function decodeFit(contents: ReadonlyMap<string, Buffer>): Classifier {
  const { tokenizerVersion, classes, config: stored } = parse(contents, files.fit, fitSchema);
  if (tokenizerVersion !== TOKENIZER_VERSION)
    throw new UserError(`expected version ${TOKENIZER_VERSION} of the tokenizer, found ${tokenizerVersion}`);
  const config = parseConfig(stored);
  if (config === null) throw new UserError(`${files.fit} is not as this version of gatelab writes it`);
  const vocabulary = createVocabulary(parse(contents, files.words, z.array(z.string())));
  const features = restoreNgramFeatures(parse(contents, files.features, z.array(z.string())), vocabulary);
  const { tensors } = decodeSafetensors(contents.get(files.weights) ?? Buffer.alloc(0), 'F64');
  const weights = Float64Array.from([...(tensors.get('weight')?.values ?? []), ...(tensors.get('bias')?.values ?? [])]);
  if (features?.width !== weights.length) throw new UserError(`${files.features} is not that of ${files.words} and ${files.weights}`);
  const { values } = linearModelOf(config.model).features(config.model);
  return {
    config, vocabulary, classes,
    predict: (part) => Array.from(multiply(features.toRows(part, values), weights), logistic).map((positive) => [1 - positive, positive]),
    dispose: () => undefined,
  };
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
