import { beforeAll, expect, inject, it } from 'vitest';
import { createDataset } from '../../src/data/dataset.ts';
import type { Corpus, Label, Review } from '../../src/data/review.ts';
import { createRecallCorpus } from '../../src/data/recall.ts';
import { createClause, createSampleSource } from '../../src/data/sample.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { experimentSchema, neuralSchema } from '../../src/experiment-schema.ts';
import { poolings } from '../../src/models/build.ts';
import { minimalCellNames } from '../../src/ops/minimal-cells.ts';
import { cellNames } from '../../src/ops/cells.ts';
import { createRandomStream } from '../../src/random.ts';
import { namesOf } from '../../src/registry.ts';
import { createTrainee } from '../../src/training/step.ts';
import { train } from '../../src/training/trainer.ts';
import { startEngine } from '../support/engine.ts';
import { sentiments } from '../../src/data/review.ts';

beforeAll(() => startEngine(inject('hasNativeEngine') ? 'native' : 'portable'));

/** Single clauses of the sample, every other one negated: `the film is not dull` is on the side of `the film is moving`. */
function createClauses(count: number, index: number): Review[] {
  const random = createRandomStream({ seed: 1, purpose: 'sample', index });
  return Array.from({ length: count }, (_, k) => {
    const label = (k % 2) as Label;
    return { id: `${index}/${k}`, text: createClause(random, label, k % 4 > 1), label };
  });
}

/** The best test accuracy of a small model in 12 epochs, or the first that passes the goal. */
async function learnClauses(model: object, goal: number): Promise<number> {
  const config = neuralSchema.parse({
    data: { source: 'sample', vocabularySize: 500 },
    model: { layers: 1, embeddingSize: 16, hiddenSize: 16, dropoutRate: 0, ...model },
    training: { epochs: 12, batchSize: 32, learningRate: 3e-2 },
  });
  const corpus = { classes: sentiments, train: createClauses(800, 1), validation: [], test: createClauses(200, 2), notes: [] };
  const dataset = createDataset(await tokenizeCorpus(corpus), config.data);
  const trainee = createTrainee(config, dataset.vocabulary.size);
  const accuracies: number[] = [];
  for (const event of train(trainee, dataset)) {
    if (event.kind === 'epoch') accuracies.push(event.record.testAccuracy);
    if (Math.max(...accuracies) > goal) break;
  }
  trainee.optimizer.dispose();
  return Math.max(...accuracies);
}

it.each(cellNames)('%s learns what negation does in the clauses of the sample', async (cell) => {
  const goal = cell === 'rnn' ? 0.75 : 0.9; // an RNN has no gate, and is slower at it
  expect(await learnClauses({ cell }, goal)).toBeGreaterThan(goal);
});

it.each(minimalCellNames)('%s learns it too, read in both directions', async (cell) => {
  expect(await learnClauses({ type: 'minimal', cell, bidirectional: true }, 0.75)).toBeGreaterThan(0.75);
});

it.each(namesOf(poolings))('a GRU with %s pooling learns it too', async (pooling) => {
  expect(await learnClauses({ cell: 'gru', pooling }, 0.9)).toBeGreaterThan(0.9);
});

it.each([
  ['pre', 'relu', 'learned'],
  ['post', 'gelu', 'sinusoidal'],
])('a Transformer of %s-norm layers with %s and %s positions learns what negation does', async (norm, activation, positions) => {
  const config = neuralSchema.parse({
    data: { source: 'sample', vocabularySize: 500 },
    model: { type: 'transformer', norm, activation, positions, layers: 1, embeddingSize: 32, heads: 2, feedForwardSize: 64, dropoutRate: 0 },
    training: { epochs: 12, batchSize: 32, learningRate: 5e-3 },
  });
  const dataset = createDataset(
    await tokenizeCorpus({ classes: sentiments, train: createClauses(2400, 1), validation: [], test: createClauses(200, 2), notes: [] }),
    config.data,
  );
  const trainee = createTrainee(config, dataset.vocabulary.size);
  const accuracies: number[] = [];
  for (const event of train(trainee, dataset)) {
    if (event.kind === 'epoch') accuracies.push(event.record.testAccuracy);
    if (Math.max(...accuracies) > 0.9) break;
  }
  trainee.optimizer.dispose();
  expect(Math.max(...accuracies), accuracies.join(' ')).toBeGreaterThan(0.9);
});

async function trainGru(corpus: Corpus, epochs: number, data: object): Promise<number[]> {
  const config = experimentSchema.parse({
    data,
    model: { cell: 'gru', layers: 1, embeddingSize: 16, hiddenSize: 16, dropoutRate: 0 },
    training: { epochs, batchSize: 32, learningRate: 3e-2 },
  });
  const dataset = createDataset(await tokenizeCorpus(corpus), config.data);
  const trainee = createTrainee(config, dataset.vocabulary.size);
  const accuracies: number[] = [];
  for (const event of train(trainee, dataset)) if (event.kind === 'epoch') accuracies.push(event.record.testAccuracy);
  trainee.optimizer.dispose();
  return accuracies;
}

it('a GRU learns the built-in sample to 90 %', async () => {
  const accuracies = await trainGru(await createSampleSource().load(), 7, { source: 'sample' });
  expect(accuracies.at(-1), accuracies.join(' ')).toBeGreaterThan(0.9);
});

it('a GRU remembers the cue of the memory task without a fault where it is near', async () => {
  const accuracies = await trainGru(createRecallCorpus(5), 2, { source: 'recall', distance: 5, limit: 1000 });
  expect(accuracies.at(-1), accuracies.join(' ')).toBe(1);
});
