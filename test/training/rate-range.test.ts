import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDataset } from '../../src/data/dataset.ts';
import { createSampleSource } from '../../src/data/sample.ts';
import { tokenizeCorpus } from '../../src/data/tokenized-corpus.ts';
import { experimentSchema } from '../../src/experiment-schema.ts';
import { adviseRate, rateAt, testRates } from '../../src/training/rate-range.ts';
import type { RatePoint } from '../../src/training/rate-range.ts';
import { createTrainee } from '../../src/training/step.ts';
import { train } from '../../src/training/trainer.ts';
import { startEngine } from '../support/engine.ts';

beforeAll(() => startEngine('portable'));

const config = experimentSchema.parse({
  data: { source: 'sample', limit: 60, maxLength: 20 }, model: { embeddingSize: 4, hiddenSize: 4 }, training: { batchSize: 8, epochs: 1 },
});
const dataset = await createSampleSource().load().then(async (corpus) => createDataset(await tokenizeCorpus(corpus), config.data));

/** Points of a loss over log10 of the rate, from 1e-6 to 1, with noise of one step to the next. */
function points(lossAt: (exponent: number) => number, noise = 0): RatePoint[] {
  let average = 0;
  return Array.from({ length: 100 }, (_, k) => {
    const rate = rateAt({ from: 1e-6, to: 1, steps: 100 }, k + 1), loss = lossAt(Math.log10(rate)) + (k % 2 === 0 ? noise : -noise);
    average = 0.9 * average + 0.1 * loss;
    return { step: k + 1, rate, loss, smoothed: average / (1 - 0.9 ** (k + 1)) };
  });
}

describe('testRates', () => {
  it('grows the rate by one factor from the first to the last', () => {
    const range = { from: 1e-4, to: 1e-2, steps: 21 };
    const seen = [...testRates(config, dataset.train, dataset.vocabulary.size, range)];
    expect(seen).toHaveLength(21);
    seen.forEach(({ rate }, k) => { expect(rate).toBeCloseTo(1e-4 * 10 ** (k / 10), 10); });
  });

  it('takes the batches of a run: its first loss is the run\'s, and a run afterwards is what it would have been', () => {
    const firstSteps = (): unknown[] => {
      const trainee = createTrainee(config, dataset.vocabulary.size);
      const steps = [...train(trainee, dataset)].flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
      trainee.optimizer.dispose();
      return steps.slice(0, 3);
    };
    const before = firstSteps(), tensors = tf.memory().numTensors;
    const [first] = testRates(config, dataset.train, dataset.vocabulary.size, { from: 1e-3, to: 1, steps: 20 });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(first?.loss).toBe(before[0]);
    expect(firstSteps()).toEqual(before);
  });

  it('ends where the loss diverges', () => {
    const seen = [...testRates(config, dataset.train, dataset.vocabulary.size, { from: 1, to: 1000, steps: 60 })];
    expect(seen.length).toBeLessThan(60);
    expect(seen.length).toBeGreaterThan(1);
  });
});

describe('adviseRate', () => {
  it('finds where the loss falls fastest, and a tenth of where it is lowest', () => {
    const { steepest, tenthOfLowest } = adviseRate(points((exponent) => (exponent < -1 ? 1 / (1 + Math.exp(4 * (exponent + 3))) : 5)));
    expect(Math.log10(steepest ?? 0)).toBeCloseTo(-2.7, 0); // the average lags behind by half a decade
    expect(Math.log10(tenthOfLowest ?? 0)).toBeCloseTo(-2, 0);
  });

  it('advises nothing where the loss moves no more than from batch to batch', () => {
    expect(adviseRate(points(() => 0.7, 0.05))).toEqual({ steepest: null, tenthOfLowest: null });
  });
});
