import { experimentSchemas } from '../../src/experiment-schema.ts';
import { withTemperature } from '../../src/experiment/load-model.ts';
import type { Classifier } from '../../src/experiment/load-model.ts';
import { predictQuestions } from '../../src/experiment/predict.ts';
import type { Served } from '../../src/serve/server.ts';
import { joinSequences } from '../../src/text/encode.ts';
import { createVocabulary } from '../../src/text/vocabulary.ts';
import { createNgramFeatures } from '../../src/training/linear/ngram-features.ts';
import { scoreRows, toProbabilities } from '../../src/training/linear/one-vs-rest.ts';
import { buildServedPage } from '../../src/web/build.ts';

const classes = ['negative', 'positive'], vocabulary = createVocabulary(['<pad>', '<unk>', 'good', 'bad', 'film']);

/** A whole model, from text to probabilities, of three words. */
function createModel(): Classifier {
  const features = createNgramFeatures(joinSequences([Int32Array.of(2, 3, 4)], vocabulary.size), 1);
  const weights = [Float64Array.of(2, -2, 0.25, 0)];
  return withTemperature<Classifier>({
    config: experimentSchemas['bag-of-words'].parse({}), vocabulary, classes, parameterCount: features.width,
    toOnnx: () => { throw new Error('not asked for'); },
    predictUncalibrated: (part) => toProbabilities(scoreRows(features.toRows(part, 'presence'), weights)), dispose: () => undefined,
  }, null);
}

/** What a server of that model serves. */
export function createServed(): Omit<Served, 'onFault'> {
  const model = createModel(), { tokenizer, maxLength, truncate } = model.config.data;
  return {
    run: 'experiments/tiny', classes, words: vocabulary.words, maxLength, predict: (questions) => predictQuestions(model, questions),
    page: buildServedPage({ name: 'tiny', classes, reads: { tokenizer, maxLength, truncate }, facts: [], limits: '' }),
  };
}
