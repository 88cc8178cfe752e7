import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { loadConfig, loadNeuralConfig } from '../../src/experiment-config.ts';
import { experimentSchemas } from '../../src/experiment-schema.ts';
import { UserError } from '../../src/errors.ts';
import { cellNames } from '../../src/ops/cells.ts';

let configFolder = '';
beforeAll(() => { configFolder = mkdtempSync(join(tmpdir(), 'gatelab-config-')); });
afterAll(() => { rmSync(configFolder, { recursive: true, force: true }); });

const load = (content: string, set: readonly string[] = []): ReturnType<typeof loadConfig> => {
  writeFileSync(join(configFolder, 'linear.yaml'), content);
  return loadConfig('linear', { set, configFolder });
};

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message.replaceAll(configFolder, 'configs');
  }
  throw new Error('nothing was thrown');
}

describe('model.type', () => {
  it('decides which keys model and training have', () => {
    expect(load('model: {type: nb-svm}\n').config).toEqual(experimentSchemas['nb-svm'].parse({}));
    expect(load('model: {type: bag-of-words}\n').config.model).toEqual({ type: 'bag-of-words', ngrams: 1, values: 'presence' });
  });

  it('is recurrent where nothing is said', () => {
    expect(load('seed: 1\n').config.model).toMatchObject({ type: 'recurrent', cell: 'lstm' });
  });

  it('begins model and training anew where a layer changes it, and keeps seed and data', () => {
    writeFileSync(join(configFolder, 'below.yaml'), 'seed: 5\ndata: {limit: 40}\nmodel: {hiddenSize: 7}\ntraining: {epochs: 3}\n');
    const { config } = load('extends: below.yaml\nmodel: {type: nb-svm, smoothing: 2}\n', ['training.strengths=[0.5, 2]']);
    expect(config).toEqual(
      experimentSchemas['nb-svm'].parse({ seed: 5, data: { limit: 40 }, model: { smoothing: 2 }, training: { strengths: [0.5, 2] } }),
    );
  });

  it('holds for the layers above', () => {
    writeFileSync(join(configFolder, 'below.yaml'), 'model: {type: nb-svm, smoothing: 3}\n');
    expect(load('extends: below.yaml\nmodel: {interpolation: 1}\n').config.model).toEqual({
      type: 'nb-svm',
      ngrams: 2,
      smoothing: 3,
      interpolation: 1,
    });
    expect(load('extends: below.yaml\n', ['model.type=recurrent', 'model.layers=1']).config.model).toMatchObject({
      type: 'recurrent',
      layers: 1,
    });
  });

  it.each<[string, string, string[], string]>([
    ['heads that share no width evenly', 'model: {type: transformer, heads: 3}\n', [], 'configs/linear.yaml: model.heads 3 does not divide '
      + 'model.embeddingSize 256; choose a divisor of it, for example 2'],
    ['a forget gate that is not there', 'model: {cell: gru, forgetBias: 1}\n', [], 'configs/linear.yaml: model.forgetBias needs a cell with a '
      + 'forget gate, and GRU has none; omit it, or set model.cell to lstm'],
    ['one matrix for two widths', 'model: {tiedWeights: true}\n', [], 'configs/linear.yaml: model.tiedWeights needs inputs as wide as the '
      + 'hidden state, and a layer has 256 and 128; set model.embeddingSize to model.hiddenSize and model.bidirectional to false'],
    ['one matrix for a state and both directions of another', 'model: {tiedWeights: true, embeddingSize: 128, bidirectional: true}\n', [],
      'configs/linear.yaml: model.tiedWeights needs inputs as wide as the hidden state, and a layer has 256 and 128; set '
      + 'model.embeddingSize to model.hiddenSize and model.bidirectional to false'],
    ['dropout on the state of a cell that resets it', 'model: {cell: mgu, recurrentDropoutRate: 0.1}\n', [], 'configs/linear.yaml: '
      + 'model.recurrentDropoutRate is not for MGU, which multiplies a part of its state within a step; set model.weightDropRate instead'],
    ['a window of a cell that has none', 'model: {type: minimal, cell: minlstm, window: 1}\n', [], 'configs/linear.yaml: model.window is not '
      + 'for minLSTM, whose gates read one token; omit it, or set model.cell to qrnn'],
    ['a window of another type', 'model: {window: 2}\n', [], "configs/linear.yaml:1: model.window is a key of model.type minimal, and this "
      + "model's type is recurrent; remove it"],
    ['a window of three', 'model: {type: minimal, cell: qrnn, window: 3}\n', [], 'configs/linear.yaml:1: model.window must be an integer '
      + 'from 1 to 2 or null, got 3'],
    ['an unknown type', 'model: {type: nbsvm}\n', [], 'configs/linear.yaml:1: model.type must be one of recurrent, minimal, transformer, bag-of-words, nb-svm, '
      + 'got "nbsvm"'],
    ['a choice of another type', 'model: {cell: mingru}\n', [], `configs/linear.yaml:1: model.cell must be one of ${cellNames.join(', ')}, `
      + 'got "mingru", which is of model.type minimal'],
    ['a key of another type', 'model:\n  type: nb-svm\n  layers: 2\n', [], "configs/linear.yaml:3: model.layers is a key of model.type "
      + "recurrent, minimal and transformer, and this model's type is nb-svm; remove it"],
    ['a key of the other baseline', 'model:\n  type: bag-of-words\n  smoothing: 2\n', [], "configs/linear.yaml:3: model.smoothing is a "
      + "key of model.type nb-svm, and this model's type is bag-of-words; remove it"],
    ['epochs', 'model: {type: nb-svm}\n', ['training.epochs=2'], "--set training.epochs=2: training.epochs is a key of model.type "
      + "recurrent, minimal and transformer, and this model's type is nb-svm; remove it"],
    ['a misspelt key', 'model: {type: nb-svm, smothing: 1}\n', [], 'configs/linear.yaml:1: model.smothing is not a known key; did you '
      + 'mean model.smoothing?'],
    ['one value for a list', 'model: {type: nb-svm}\n', ['training.strengths=1'], '--set training.strengths=1: training.strengths must '
      + 'be a list of at least one value, each a number above 0 and at most 1000000, got 1'],
    ['a word in a list', 'model: {type: nb-svm}\n', ['training.strengths=[1, x]'], '--set training.strengths=[1, x]: '
      + 'training.strengths.1 must be a number above 0 and at most 1000000, got "x"'],
    ['an empty list', 'model: {type: nb-svm}\ntraining:\n  strengths: []\n', [], 'configs/linear.yaml:3: training.strengths must be a '
      + 'list of at least one value, each a number above 0 and at most 1000000, got a list'],
    ['nothing to choose by', 'model: {type: nb-svm}\ndata: {validationFraction: 0}\n', [], 'configs/linear.yaml: training.strengths has '
      + '6 values, and data.validationFraction 0 leaves no reviews to choose by; keep one value, or hold some reviews out'],
  ])('%s is refused in one clear line', (_, content, set, message) => {
    expect(messageOf(() => load(content, set))).toBe(message);
  });

  it('is refused by what works with neural models only', () => {
    expect(messageOf(() => loadNeuralConfig('nb-svm.yaml'))).toBe(
      'configs/nb-svm.yaml: its model.type is nb-svm, a linear model; name the config of a neural one, for example gru.yaml');
  });
});
