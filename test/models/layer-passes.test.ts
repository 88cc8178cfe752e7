import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { createEncoderLayer, createRecurrentLayer, timeSeconds } from '../../src/models/layer-passes.ts';
import { countEncoderForward } from '../../src/articles/formulas.ts';
import { startEngine } from '../support/engine.ts';

const shape = { rows: 2, steps: 5 };

describe.runIf(inject('hasNativeEngine'))('a layer to be timed', () => {
  beforeAll(() => startEngine('native'));

  it.each([
    ['rnn', () => createRecurrentLayer('rnn', { inputSize: 4, hiddenSize: 8 }, shape)],
    ['gru', () => createRecurrentLayer('gru', { inputSize: 4, hiddenSize: 8 }, shape)],
    ['lstm', () => createRecurrentLayer('lstm', { inputSize: 4, hiddenSize: 8 }, shape)],
    ['encoder', () => createEncoderLayer({ embeddingSize: 8, feedForwardSize: 16, heads: 2 }, shape)],
  ] as const)('%s runs both passes and leaves no tensor behind', (_, create) => {
    const before = tf.memory().numTensors;
    const layer = create();
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    expect(timeSeconds(() => { layer.run('forward'); })).toBeGreaterThan(0);
    expect(timeSeconds(() => { layer.run('training'); })).toBeGreaterThan(0);
    layer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('the encoder\'s multiply-adds are one for a weight and token, and two for a pair of tokens and a width', () => {
  const sizes = { embeddingSize: 8, feedForwardSize: 32 };
  expect(countEncoderForward(sizes, 10)).toBe(10 * 12 * 64 + 2 * 100 * 8);
});
