import * as tf from '@tensorflow/tfjs-core';
import { withTemperature } from '../../src/experiment/load-model.ts';
import type { LoadedModel } from '../../src/experiment/load-model.ts';
import { experimentSchemas } from '../../src/experiment-schema.ts';
import type { ExperimentConfig } from '../../src/experiment-schema.ts';
import { buildModel } from '../../src/models/build.ts';
import type { EncoderName } from '../../src/models/build.ts';
import { initializeParameters } from '../../src/models/parameters.ts';
import { createPartReader, createPredictor } from '../../src/training/evaluate.ts';
import { createVocabulary } from '../../src/text/vocabulary.ts';

const words = ['<pad>', '<unk>', '.', 'a', 'film', 'moving', 'dull', 'not', "it's", 'great', ',', 'and', 'it', 'so', 'end'];
const names = ['bad', 'good', 'mixed'];

export interface MadeModel {
  readonly type?: EncoderName;
  readonly model?: Readonly<Record<string, unknown>>;
  readonly classes?: number;
  readonly maxLength?: number;
  readonly truncate?: 'start' | 'end';
  readonly temperature?: number | null;
}

/** A small model with the initial weights of seed 3, its head's widened so that answers are not all one half; the caller disposes of it. */
export function makeModel(
  { type = 'recurrent', model = {}, classes = 2, maxLength = 12, truncate = 'start', temperature = null }: MadeModel = {},
): LoadedModel {
  const config = experimentSchemas[type].parse({
    data: { maxLength, truncate }, model: { type, embeddingSize: 6, layers: 1, ...(type === 'transformer' ? {} : { hiddenSize: 5 }), ...model },
    training: { evaluationBatchSize: 4, batchSize: 3 },
  }) as ExperimentConfig;
  const built = buildModel(config.model, words.length, classes);
  const parameters = new Map([...initializeParameters(built.parameters, 3)].map(([name, tensor]) => {
    const isHead = built.parameters.some((spec) => spec.name === name && spec.group === 'head');
    if (!isHead) return [name, tensor];
    const widened = tf.mul(tensor, 4);
    tensor.dispose();
    return [name, widened];
  }));
  const reader = createPartReader({ model: built, parameters });
  return withTemperature({
    config, model: built, parameters, vocabulary: createVocabulary(words), classes: names.slice(0, classes), position: null, history: [],
    predictUncalibrated: createPredictor(reader, config.training.evaluationBatchSize),
    dispose: () => {
      reader.dispose();
      tf.dispose([...parameters.values()]);
    },
  } as unknown as LoadedModel, temperature);
}
