import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { experimentSchema } from '../../src/experiment-schema.ts';
import type { Model } from '../../src/models/build.ts';
import { evaluationPass } from '../../src/models/module.ts';
import { createWeights } from '../../src/models/parameters.ts';
import { accumulateGradients, computeGradients, disposeGradients } from '../../src/training/gradients.ts';
import { denseGradient } from '../../src/ops/adam.ts';
import { createOptimizer, globalNorm } from '../../src/training/optimizer.ts';
import { namesOf } from '../../src/registry.ts';
import { createObjective, createSchedule, createStopRule, createUpdateChain, schedules } from '../../src/training/settings.ts';
import { createTrainee } from '../../src/training/step.ts';
import { createRates } from '../../src/training/updates/rates.ts';
import { makeEpoch } from '../experiment/examples.ts';
import { startEngine } from '../support/engine.ts';
import { largestDifference, packReviews } from '../support/golden.ts';

type Values = Readonly<Record<string, number[]>>;

/** torch's, written by scripts/golden/make-training-golden.py. */
const golden = JSON.parse(readFileSync(new URL('../golden/training.json', import.meta.url), 'utf8')) as {
  run: { epochs: number; epochSteps: number };
  schedules: Values;
  start: Values;
  gradients: Values[];
  updates: Record<string, Values>;
  ema: number[];
  logits: number[][];
  labels: number[];
  losses: Record<string, { loss: number; gradient: number[] }>;
};

const trainingOf = (training: object) => experimentSchema.parse({ training }).training;

beforeAll(() => startEngine('portable'));

describe('schedules', () => {
  it.each<[string, object]>([
    ['cosine', { schedule: 'cosine', cosineEndFactor: 0.1 }],
    ['step', { schedule: 'step', stepEpochs: 2, stepFactor: 0.5 }],
    ['one-cycle', { schedule: 'one-cycle' }],
    ['warmup', { warmupSteps: 4 }],
  ])('are torch\'s: %s', (name, training) => {
    const schedule = createSchedule(trainingOf(training));
    const found = Array.from({ length: golden.run.epochs * golden.run.epochSteps }, (_, k) => schedule.factor(k + 1, golden.run));
    expect(largestDifference(found, golden.schedules[name] ?? [])).toBeLessThan(1e-9);
  });

  it('are finite in runs of any length, the peak at the first step included', () => {
    for (const name of namesOf(schedules)) {
      for (const epochs of [1, 2, 4, 10]) {
        const schedule = createSchedule(trainingOf({ schedule: name, oneCyclePeak: 1 / Math.max(2, epochs) }));
        const found = Array.from({ length: epochs }, (_, k) => schedule.factor(k + 1, { epochs, epochSteps: 1 }));
        expect(found.every((value) => value >= 0 && value <= 1), `${name} ${found.join()}`).toBe(true);
      }
    }
  });

  it('say whether a run could be lengthened', () => {
    const lengthens = namesOf(schedules).filter((schedule) => !createSchedule(trainingOf({ schedule })).dependsOnEpochs);
    expect(lengthens).toEqual(['constant', 'step']);
  });
});

describe('updates', () => {
  /** The parameters after three steps with torch's gradients. */
  function run(training: object): Values {
    const config = trainingOf({ learningRate: 0.01, clipNorm: null, ...training });
    const tensorsOf = (values: Values): Map<string, tf.Tensor> =>
      new Map(Object.entries(values).map(([name, list]) => [name, tf.tensor1d(list)]));
    const initial = tensorsOf(golden.start);
    const optimizer = createOptimizer(createUpdateChain(config), initial, createRates(config, [...initial.keys()]));
    for (const values of golden.gradients) {
      const gradients = new Map([...tensorsOf(values)].map(([name, tensor]) => [name, { values: tensor }]));
      optimizer.update(gradients, { gradientNorm: globalNorm(gradients), rateFactor: 1, run: { epochs: 1, epochSteps: 1 } });
      disposeGradients(gradients);
    }
    const result = Object.fromEntries([...optimizer.parameters].map(([name, variable]) => [name, [...variable.dataSync()]]));
    optimizer.dispose();
    return result;
  }

  it.each<[string, object]>([
    ['plain', {}],
    ['decay', { weightDecay: 0.1 }],
    ['clipValue', { clipValue: 0.25 }],
    ['clipBoth', { clipNorm: 1, clipValue: 0.25, weightDecay: 0.1 }],
    ['groups', { learningRates: ['fc.*=0.001'], weightDecay: 0.1 }],
  ])('are those of torch.optim.AdamW after three steps: %s', (name, training) => {
    const before = tf.memory().numTensors;
    const found = run(training);
    for (const [parameter, expected] of Object.entries(golden.updates[name] ?? {}))
      expect(largestDifference(found[parameter] ?? [], expected), parameter).toBeLessThan(1e-6);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('take the first rate whose pattern fits, and refuse a pattern that fits nothing', () => {
    const names = ['rnn.weight_ih_l0', 'rnn.weight_ih_l1', 'fc.bias'];
    const rateOf = createRates({ learningRate: 1, learningRates: ['rnn.*_l0=0.5', 'rnn.*=0.1'] }, names);
    expect(names.map(rateOf)).toEqual([0.5, 0.1, 1]);
    expect(() => createRates({ learningRate: 1, learningRates: ['head=1'] }, ['fc.bias'])).toThrow(
      new UserError('training.learningRates: no parameter is called head; there are fc.bias'),
    );
    expect(experimentSchema.safeParse({ training: { learningRates: ['fc'] } }).success).toBe(false);
  });
});

describe('averaged weights', () => {
  /** What is evaluated while the parameter goes 1, 2, 4, 8. */
  function follow(training: object): number[] {
    const optimizer = createOptimizer(createUpdateChain(trainingOf(training)), new Map([['w', tf.tensor1d([0])]]), () => 0);
    const found = [1, 2, 4, 8].map((value) => {
      const now = tf.tensor1d([value]), gradients = new Map([['w', { values: tf.tensor1d([1]) }]]);
      (optimizer.parameters.get('w') as tf.Variable).assign(now);
      optimizer.update(gradients, { gradientNorm: 1, rateFactor: 1, run: { epochs: 2, epochSteps: 2 } });
      disposeGradients(gradients);
      return optimizer.evaluated.get('w')?.dataSync()[0] ?? Number.NaN;
    });
    optimizer.dispose();
    return found;
  }

  it('are torch\'s exponential averages', () => {
    expect(largestDifference(follow({ averaging: 'ema', emaDecay: 0.9 }), golden.ema)).toBeLessThan(1e-6);
  });

  it('are the mean over the last epochs, and the weights themselves before them and without averaging', () => {
    expect(follow({ averaging: 'tail', tailEpochs: 1 })).toEqual([1, 2, 4, 6]);
    expect(largestDifference(follow({ averaging: 'tail', tailEpochs: 2 }), [1, 1.5, 7 / 3, 3.75])).toBeLessThan(1e-6);
    expect(follow({ averaging: 'tail', tailEpochs: 9 })).toEqual(follow({ averaging: 'tail', tailEpochs: 2 }));
    expect(follow({})).toEqual([1, 2, 4, 8]);
  });

  it.each(['ema', 'tail'])('are kept of a parameter that no loss has depended on: %s', (averaging) => {
    const optimizer = createOptimizer(
      createUpdateChain(trainingOf({ averaging })), new Map([['idle', tf.tensor1d([3])], ['w', tf.tensor1d([0])]]), () => 0,
    );
    const gradients = new Map([['w', { values: tf.tensor1d([1]) }]]);
    for (let step = 0; step < 3; step++) optimizer.update(gradients, { gradientNorm: 1, rateFactor: 1, run: { epochs: 2, epochSteps: 2 } });
    expect(optimizer.evaluated.get('idle')?.dataSync()[0]).toBeCloseTo(3, 6);
    disposeGradients(gradients);
    optimizer.dispose();
  });
});

describe('the cross-entropy', () => {
  it.each<[string, object]>([
    ['smoothed', { labelSmoothing: 0.1 }],
    ['weighted', { classWeights: [2, 0.5] }],
    ['both', { labelSmoothing: 0.2, classWeights: [2, 0.5] }],
  ])('is torch\'s, and its gradient: %s', (name, training) => {
    const { loss: expected, gradient } = golden.losses[name] ?? { loss: Number.NaN, gradient: [] };
    const objective = createObjective(trainingOf(training));
    const batch = { ...packReviews([[1], [1], [1], [1]], golden.labels, 3), labels: Int32Array.from(golden.labels) };
    const { value, grad } = tf.valueAndGrad((x) => {
      const model = { logits: () => x as Tensor2D } as unknown as Model;
      return objective.evaluate(model, createWeights(new Map(), batch.distinctIds), batch, evaluationPass).loss;
    })(tf.tensor2d(golden.logits));
    expect(Math.abs((value.dataSync()[0] ?? Number.NaN) - expected)).toBeLessThan(1e-6);
    expect(largestDifference(grad.dataSync(), gradient)).toBeLessThan(1e-6);
    tf.dispose([value, grad]);
  });
});

it('balanced class weights give each class the same weight in all, as scikit-learn\'s compute_class_weight', () => {
  const objective = createObjective(trainingOf({ classWeights: 'balanced' }), [30, 10, 0, 60]); // 100/(4·n)
  const weigh = (label: number): number => objective.weigh(Int32Array.of(label));
  expect([0, 1, 2, 3].map(weigh)).toEqual([100 / 120, 2.5, 0, 100 / 240]);
  expect(30 * weigh(0)).toBeCloseTo(10 * weigh(1), 12);
  expect(createObjective(trainingOf({ classWeights: 'balanced' })).weigh(Int32Array.of(0, 1))).toBe(2);
});

describe('early stopping', () => {
  const after = (training: object, values: readonly number[]): string | null =>
    createStopRule(trainingOf({ epochs: 99, ...training }))(
      values.map((value, k) => makeEpoch(k + 1, { validationLoss: value, validationAccuracy: value })),
    );

  it('waits for an improvement as long as it is patient', () => {
    expect(after({ stopPatience: 2 }, [3, 2, 2.5])).toBeNull();
    expect(after({ stopPatience: 2 }, [3, 2, 2.5, 2])).toBe('validationLoss has not improved for 2 epochs');
    expect(after({ stopPatience: 2 }, [3, 2, 2.5, 1.9])).toBeNull();
    expect(after({ stopPatience: 1, stopMinDelta: 0.5 }, [3, 2.6])).toBe('validationLoss has not improved for 1 epoch');
    expect(after({ stopPatience: 1, stopMetric: 'validationAccuracy' }, [0.5, 0.6])).toBeNull();
    expect(after({ stopPatience: 1, stopMetric: 'validationAccuracy' }, [0.6, 0.5])).toBe('validationAccuracy has not improved for 1 epoch');
    expect(after({}, [1, 2, 3, 4, 5])).toBeNull();
  });
});

describe('accumulated gradients', () => {
  const VOCABULARY = 12;
  const reviews = [[2, 5, 5, 1, 8, 3], [4, 2, 7], [6, 3, 2, 4], [7], [1, 6, 6]], labels = [1, 0, 1, 1, 0];
  const model = { cell: 'gru', embeddingSize: 3, hiddenSize: 4, dropoutRate: 0 };

  it('are held beside a batch, and no more than one batch at a time', () => {
    const trainee = createTrainee(experimentSchema.parse({ model }), VOCABULARY), batch = packReviews(reviews, labels, VOCABULARY);
    const tensors: number[] = [];
    const compute = () => {
      tensors.push(tf.memory().numTensors);
      return computeGradients(trainee, trainee.optimizer.parameters, batch, { seed: 1, step: 0 });
    };
    const computed = { weight: 5, compute };
    const [one, three] = [accumulateGradients([computed]), accumulateGradients([computed, computed, computed])];
    const held = [...one.gradients.values()].reduce((sum, { values, rows }) => sum + 4 * (values.size + (rows?.size ?? 0)), 0);
    expect(tensors[3]).toBe(tensors[2]);
    expect(three.bytes).toEqual({ keptBytes: one.bytes.keptBytes, peakBytes: one.bytes.peakBytes + held });
    for (const { gradients } of [one, three]) disposeGradients(gradients);
    trainee.optimizer.dispose();
  });

  it.each([{}, { labelSmoothing: 0.2 }, { classWeights: [2, 0.5] }])('are those of one batch of all the rows: %j', (training) => {
    const trainee = createTrainee(experimentSchema.parse({ model, training }), VOCABULARY);
    const before = tf.memory().numTensors;
    const slice = (from: number, to: number) => {
      const batch = packReviews(reviews.slice(from, to), labels.slice(from, to), VOCABULARY);
      return {
        weight: trainee.objective.weigh(batch.labels),
        compute: () => computeGradients(trainee, trainee.optimizer.parameters, batch, { seed: 1, step: 0 }),
      };
    };
    const [whole, parts] = [accumulateGradients([slice(0, 5)]), accumulateGradients([slice(0, 2), slice(2, 4), slice(4, 5)])];
    expect(parts.loss).toBeCloseTo(whole.loss, 6);
    expect(parts.correct).toBe(whole.correct);
    expect([...parts.gradients.keys()]).toEqual([...whole.gradients.keys()]);
    for (const [name, gradient] of whole.gradients) {
      const shape = trainee.optimizer.parameters.get(name)?.shape ?? [];
      const [a, b] = [gradient, parts.gradients.get(name) ?? gradient]
        .map((one) => tf.tidy(() => denseGradient(one, shape).dataSync().slice()));
      expect(largestDifference(a ?? [], b ?? []), name).toBeLessThan(1e-6);
    }
    disposeGradients(whole.gradients);
    disposeGradients(parts.gradients);
    expect(tf.memory().numTensors).toBe(before);
    trainee.optimizer.dispose();
  });
});
