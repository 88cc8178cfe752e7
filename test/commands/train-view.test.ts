import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { renderHeader, renderSummary } from '../../src/commands/train-view.ts';
import type { RunDescription } from '../../src/commands/train-view.ts';
import { loadConfig, loadNeuralConfig } from '../../src/experiment-config.ts';
import { createDataset } from '../../src/data/dataset.ts';
import type { Review } from '../../src/data/review.ts';
import { createSampleSource } from '../../src/data/sample.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { createSummary } from '../../src/experiment/records.ts';
import { facts, makeEpochs } from '../experiment/examples.ts';
import { sentiments } from '../../src/data/review.ts';

const source = createSampleSource();
const tokenized = await tokenizeCorpus(await source.load());

function describeRun(set: readonly string[] = []): RunDescription {
  const { path, config } = loadNeuralConfig('gru', { set });
  const engine = { kind: 'native', tensorflow: '2.15.1', tfjs: '4.22.0', threads: 2, baselineRssBytes: 0 };
  return { configPath: path, config, source, dataset: createDataset(tokenized, config.data), engine };
}

const { dataset, config: gru } = describeRun();
const { config: linear } = loadConfig('nb-svm');
/** Of which one test review in twenty is positive. */
const uneven = createDataset(await tokenizeCorpus({
  ...unevenParts(), classes: sentiments, validation: [], notes: [],
}), loadNeuralConfig('gru').config.data);
function unevenParts(): Record<'train' | 'test', Review[]> {
  const part = (name: string): Review[] =>
    Array.from({ length: 100 }, (_, i) => ({
      id: `${name}/${i}`,
      text: `film ${i} ${name === 'test' && i < 30 ? 'zzz yyy' : ''}`,
      label: i % 20 === 0 ? 1 : 0,
    }));
  return { train: part('train'), test: part('test') };
}

const rowOf = (text: string, name: string): string =>
  new RegExp(`^${name} +(.*(\\n {11}.*)*)`, 'm').exec(text)?.[1]?.replace(/\n +/g, ' ') ?? '';

const summary = createSummary(facts, makeEpochs(20));
const diverged = {
  ...summary,
  status: 'diverged',
  divergence: { epoch: 12, batch: 345, step: 4217, loss: 'NaN', gradientNorm: 'Infinity' },
} as const;

const figures = { logLoss: 0.4, brier: 0.1 };
const calibration = {
  format: 1, epoch: 3, temperature: 1.734,
  validation: { reviews: 100, before: { ...figures, calibrationError: 0.06 }, after: { ...figures, calibrationError: 0.01 } },
  test: { reviews: 100, before: { ...figures, calibrationError: 0.0612 }, after: { ...figures, calibrationError: 0.0187 } },
} as const;

describe('the header of a run', () => {
  it('says what is trained, on what and how, in 80 columns', () => {
    expect(`\n${renderHeader(describeRun(), 80)}\n`).toMatchInlineSnapshot(`
      "
      config     configs/gru.yaml
      data       SYNTHETIC, not IMDB: 1,800 training, 200 validation, 1,000 test
                 reviews · built-in synthetic sample
      text       193 words, the last 300 tokens of a review, 0.0 % unknown in
                 training, 0.0 % in test
      model      GRU, 2 layers, 256 → 128, dropout 0.5 between layers
      parameters 296,962 (embedding 49,408, recurrent 247,296, head 258)
      training   20 epochs, batches of 64, Adam 0.001, clipped at 1, seed 1
      engine     TensorFlow 2.15.1, 2 threads
      "
    `);
  });

  it.each([
    [[], 'GRU, 2 layers, 256 → 128, dropout 0.5 between layers'],
    [['model.bidirectional=true', 'model.embeddingDropoutRate=0.5', 'model.headDropoutRate=0.25'],
      'BiGRU, 2 layers, 256 → 128, dropout 0.5 on embeddings, 0.5 between layers, 0.25 before the head'],
    [['model.layers=1'], 'GRU, 1 layer, 256 → 128, no dropout'],
    [['model.dropoutRate=0', 'model.headDropoutRate=0.1'], 'GRU, 2 layers, 256 → 128, dropout 0.1 before the head'],
    [['model.cell=gru-printed', 'model.dropoutRate=0'], 'printed GRU, 2 layers, 256 → 128, no dropout'],
  ])('names every dropout that takes part: %j', (set, expected) => {
    expect(rowOf(renderHeader(describeRun(set), 80), 'model')).toBe(expected);
  });

  it.each([
    [['training.beta1=0.8', 'data.splitSeed=7'], 'data.splitSeed 7, training.beta1 0.8'],
    [['training.bucketBatches=1'], 'training.bucketBatches 1'],
    [[], ''],
    // Each has a place of its own.
    [['seed=3', 'model.hiddenSize=64', 'training.epochs=2', 'training.clipNorm=null', 'data.maxLength=50'], ''],
  ])('adds the settings that are not the default and show nowhere else: %j', (set, expected) => {
    expect(rowOf(renderHeader(describeRun(set), 80), 'settings')).toBe(expected);
  });

  it('of a linear model does too', () => {
    const { path, config } = loadConfig('nb-svm', { set: ['training.maxPasses=50'] });
    const text = renderHeader({ ...describeRun(), configPath: path, config, dataset: createDataset(tokenized, config.data) }, 80);
    expect(rowOf(text, 'settings')).toBe('training.maxPasses 50');
    expect(rowOf(text, 'training')).toMatch(/^dual coordinate descent, C .*, seed 1$/);
    for (const line of text.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(80);
  });
});

describe('what a test part is like', () => {
  const header = renderHeader({ ...describeRun(), dataset: uneven }, 80);

  it('stands in the header and beside the accuracies: few reviews, uneven labels, unknown words', () => {
    expect(header).toContain('\n           always answering negative gives 95.00 %\n');
    expect(header.replace(/\s+/g, ' ')).toContain(' only 100 test reviews: chance alone moves an accuracy by up to ±9.8 points (95 %) ');
    expect(rowOf(header, 'text')).toMatch(/ 0\.0 % unknown in training, (?!0\.0)\d+\.\d % in test$/);
    expect(renderSummary(gru, summary, uneven, 80)).toMatch(/^uneven labels +always answering negative gives 95\.00 %$/m);
    expect(renderSummary(linear, summary, uneven, 80)).toMatch(/^uneven labels +always answering negative gives 95\.00 %$/m);
  });

  it('is not mentioned where there is nothing to say', () => {
    expect([renderHeader(describeRun(), 80), renderSummary(gru, summary, dataset, 80)].join('\n')).not.toMatch(/always|only \d/);
  });
});

it('the summary says what the temperature does on the test part', () => {
  expect(rowOf(renderSummary(gru, summary, dataset, 120, calibration), 'calibration'))
    .toBe('temperature 1.73, calibration error on test 6.12 % → 1.87 %');
  expect(rowOf(renderSummary(gru, summary, dataset, 120, { ...calibration, test: null }), 'calibration')).toBe('temperature 1.73');
});

describe('everything around the epochs fits 80 columns', () => {
  it.each([
    [
      'header',
      renderHeader(
        describeRun(['model.bidirectional=true', 'model.embeddingDropoutRate=0.5', 'model.headDropoutRate=0.5', 'training.beta1=0.8']),
        80,
      ),
    ],
    ['summary', renderSummary(gru, summary, dataset, 80, calibration)],
    ['summary of a run that diverged', renderSummary(gru, diverged, dataset, 80)],
    ['summary of a linear model', renderSummary(linear, { ...summary, strength: 0.01 }, dataset, 80)],
  ])('%s', (_, text) => {
    for (const line of text.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(80);
  });

  it('the summary fits 40 too', () => {
    const text = renderSummary(gru, summary, dataset, 40);
    for (const line of text.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(40);
    expect(text).toContain('best test accuracy\n  87.60 %  (epoch 20)\n');
  });

  it('and nothing is lost by it', () => {
    const words = (text: string): string[] => text.split(/\s+/);
    expect(words(renderSummary(gru, diverged, dataset, 60)).sort()).toEqual(words(renderSummary(gru, diverged, dataset, Infinity)).sort());
    expect(words(renderHeader(describeRun(), 60))).toEqual(words(renderHeader(describeRun(), Infinity)));
  });
});
