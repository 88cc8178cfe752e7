import { z } from 'zod';

const fraction = z.number().min(0).lt(1);
const count = z.int().min(1);

export const dataSchema = z
  .strictObject({
    source: z.enum(['imdb', 'file', 'sample']).default('imdb')
      .describe('`imdb`: the Large Movie Review Dataset; `file`: a table of your own, named with --data; `sample`: the built-in synthetic corpus.'),
    tokenizer: z.enum(['words', 'segments']).default('words')
      .describe('What a token is. `words`: what stands between spaces and marks; `segments`: the same, but text in scripts without spaces '
        + '(Chinese, Japanese, Thai, …) is cut into words by a dictionary.'),
    vocabularySize: z.int().min(3).max(1_000_000).default(20_000)
      .describe('Most frequent words of the training part that get an id of their own, `<pad>` and `<unk>` included.'),
    maxLength: z.int().min(1).max(100_000).default(300).describe('Tokens kept of a review.'),
    truncate: z.enum(['start', 'end']).default('start')
      .describe('Which end a longer review loses: `start` keeps its last maxLength tokens, `end` its first.'),
    validationFraction: fraction.default(0.1)
      .describe('Share of the training reviews held out for validation, balanced by label.'),
    splitSeed: z.int().min(0).max(0xffffffff).default(0)
      .describe('Seed of the validation part and of `limit`. Apart from `seed`, so that runs over several seeds share one split.'),
    limit: z.int().min(2).nullable().default(null)
      .describe('Reviews taken of each of train and test, balanced by label; null takes all.'),
  })
  .prefault({})
  .describe('Which reviews, and how they become token ids.');

const modelSchema = z
  .strictObject({
    type: z.enum(['recurrent']).default('recurrent').describe('What kind of model: it decides which other keys `model` and `training` have.'),
    cell: z.enum(['rnn', 'lstm', 'gru', 'gru-printed']).default('lstm')
      .describe('Recurrent cell: tanh RNN, LSTM or GRU, as torch.nn; `gru-printed` is what the articles print as a GRU.'),
    bidirectional: z.boolean().default(false).describe('Read each layer in both directions and concatenate.'),
    layers: z.int().min(1).max(32).default(2).describe('Stacked recurrent layers.'),
    embeddingSize: count.max(65_536).default(256).describe('Width of a word vector.'),
    hiddenSize: count.max(65_536).default(128).describe('Width of the hidden state, of each direction.'),
    dropoutRate: fraction.default(0.5).describe('Dropout between recurrent layers, as nn.LSTM(dropout=…).'),
    embeddingDropoutRate: fraction.default(0).describe('Dropout on the embedded tokens.'),
    headDropoutRate: fraction.default(0).describe('Dropout on the final states, before the linear head.'),
  })
  .prefault({})
  .describe('The classifier: embedding, recurrent layers, linear head.');

const trainingSchema = z
  .strictObject({
    epochs: count.max(100_000).default(20).describe('Passes over the training part.'),
    batchSize: count.max(100_000).default(64).describe('Reviews in a training step.'),
    learningRate: z.number().positive().max(10).default(1e-3).describe("Adam's step size."),
    beta1: fraction.default(0.9).describe("Decay of Adam's first moment, per step."),
    beta2: fraction.default(0.999).describe("Decay of Adam's second moment, per step."),
    epsilon: z.number().positive().max(1).default(1e-8).describe("Added to Adam's denominator."),
    clipNorm: z.number().positive().nullable().default(1).describe('Largest global norm of the gradient; null does not clip.'),
    bucketBatches: count.max(100_000).default(50)
      .describe('Batches whose reviews are sorted by length together; 1 turns bucketing off.'),
    evaluationBatchSize: count.max(100_000).default(256).describe('Reviews in an evaluation step.'),
    checkpointSeconds: z.number().positive().max(1_000_000).default(120)
      .describe('Seconds between checkpoints within an epoch; there is one after every epoch besides.'),
  })
  .prefault({})
  .describe('How the classifier is trained: Adam, batches, epochs.');

export const seedSchema = z.int().min(0).max(0xffffffff).default(1).describe('Seed of initialisation, shuffling and dropout.');

/** An experiment with one of the articles' recurrent classifiers. */
export const experimentSchema = z.strictObject({
  seed: seedSchema,
  data: dataSchema,
  model: modelSchema,
  training: trainingSchema,
});

/** Keys of recurrent models that say how a run is kept, not what it computes. */
export const keepingKeys: readonly string[] = ['training.checkpointSeconds'];

export type ExperimentConfig = Readonly<z.infer<typeof experimentSchema>>;
export type DataConfig = ExperimentConfig['data'];
export type ModelConfig = ExperimentConfig['model'];
export type TrainingConfig = ExperimentConfig['training'];
