import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { experimentSchema } from '../../src/experiment-schema.ts';
import { createOptimizer, slotNames } from '../../src/training/optimizer.ts';
import { createUpdateChain } from '../../src/training/settings.ts';
import { clipScale } from '../../src/training/updates/clip.ts';
import type { Update, UpdateRule } from '../../src/training/updates/rule.ts';
import { startEngine } from '../support/engine.ts';

beforeAll(() => startEngine('portable'));

const chainOf = (training: object): UpdateRule[] => createUpdateChain(experimentSchema.parse({ training }).training);

describe('a chain of update rules', () => {
  it('has the rules that are on, and their slots under the names that checkpoints have', () => {
    expect(chainOf({})).toHaveLength(2);
    expect(chainOf({ clipNorm: null })).toHaveLength(1);
    expect(slotNames(chainOf({}))).toEqual(['exp_avg', 'exp_avg_sq']);
  });

  it('plans for all parameters in order, and hands each gradient on from rule to rule with the slots of each', () => {
    const seen: Update[] = [], run = { epochs: 1, epochSteps: 2 };
    const halve: UpdateRule = { slots: [], apply: (_, { values }) => ({ values: tf.mul(values, 0.5) }) };
    const sum: UpdateRule = {
      slots: ['sum'],
      apply({ parameter, slots }, gradient, update) {
        seen.push(update);
        slots['sum']?.assign(tf.add(slots['sum'], gradient.values));
        parameter.assign(tf.sub(parameter, gradient.values));
        return gradient;
      },
    };
    const before = tf.memory().numTensors;
    const optimizer = createOptimizer([...chainOf({}).slice(0, 1), halve, sum], new Map([['w', tf.tensor1d([1, 2])]]), () => 1);
    expect(optimizer.stateBytes).toBe(2 * 2 * 4);
    const values = tf.tensor1d([4, 8]);
    for (let step = 0; step < 2; step++) optimizer.update(new Map([['w', { values }]]), { gradientNorm: 10, rateFactor: 1, run });
    expect(seen).toEqual([1, 2].map((step) => ({ step, gradientNorm: 10, rateFactor: 1, run, gradientScale: clipScale(10, 1) })));
    expect([...optimizer.slots.get('sum')?.get('w')?.dataSync() ?? []]).toEqual([4, 8]);
    expect([...optimizer.parameters.get('w')?.dataSync() ?? []]).toEqual([-3, -6]);
    values.dispose();
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
