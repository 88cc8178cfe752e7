import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { experimentSchema } from '../../src/config/schema.ts';
import { classifierSpecs, initializeParameters } from '../../src/models/parameters.ts';
import { computeGradients, disposeGradients } from '../../src/training/gradients.ts';
import { createAdam, globalNorm } from '../../src/training/optimizer.ts';
import { startEngine } from '../support/engine.ts';
import { packReviews } from '../support/golden.ts';

const H = 4, VOCABULARY = 9;
const batch = packReviews([[2, 5, 5, 1, 8, 3], [4, 2, 7], [7]], [1, 0, 1], VOCABULARY);
const config = experimentSchema.parse({ model: { cell: 'gru-printed', bidirectional: true, embeddingSize: 3, hiddenSize: H } });

describe.for(inject('hasNativeEngine') ? (['reference', 'native'] as const) : (['portable'] as const))('the printed GRU, %s ops', (engine) => {
  beforeAll(() => startEngine(engine));

  it('starts where the GRU starts, and training never moves the rows [2H:] that it does not read', () => {
    const specs = classifierSpecs(config.model, VOCABULARY);
    expect(specs).toEqual(classifierSpecs({ ...config.model, cell: 'gru' }, VOCABULARY));
    const optimizer = createAdam(initializeParameters(specs, 1), config.training);
    const recurrent = specs.filter(({ group }) => group === 'recurrent').map(({ name }) => name);
    const valuesOf = (name: string) => optimizer.parameters.get(name)?.dataSync().slice() ?? [];
    const before = new Map(recurrent.map((name) => [name, valuesOf(name)]));
    for (let step = 0; step < 3; step++) {
      const { gradients } = computeGradients(config.model, optimizer.parameters, batch, { seed: 1, step });
      for (const name of recurrent) {
        const values = gradients.get(name)?.values.dataSync() ?? [];
        expect([...values.slice(values.length * 2 / 3)].every((value) => value === 0), name).toBe(true);
      }
      optimizer.update(gradients, globalNorm(gradients));
      disposeGradients(gradients);
    }
    for (const name of recurrent) {
      const [was, is] = [before.get(name) ?? [], valuesOf(name)];
      expect(is.slice(is.length * 2 / 3), name).toEqual(was.slice(was.length * 2 / 3));
      expect([...is.slice(0, is.length * 2 / 3)].every((value, i) => value !== was[i]), name).toBe(true);
    }
    optimizer.dispose();
  });

  it('is another function than the GRU of the same parameters', () => {
    const parameters = initializeParameters(classifierSpecs(config.model, VOCABULARY), 1);
    const [printed, gru] = (['gru-printed', 'gru'] as const).map((cell) => {
      const { loss, gradients } = computeGradients({ ...config.model, cell }, parameters, batch, { seed: 1, step: 0 });
      disposeGradients(gradients);
      return loss;
    });
    expect(Math.abs((printed ?? 0) - (gru ?? 0))).toBeGreaterThan(1e-3);
    tf.dispose([...parameters.values()]);
  });
});
