import { beforeAll, describe, expect, inject, it } from 'vitest';
import { experimentSchema } from '../../src/experiment-schema.ts';
import { buildModel } from '../../src/models/build.ts';
import { computeGradients, disposeGradients } from '../../src/training/gradients.ts';
import { globalNorm } from '../../src/training/optimizer.ts';
import { createTrainee } from '../../src/training/step.ts';
import { startEngine } from '../support/engine.ts';
import { packReviews } from '../support/golden.ts';

const H = 4, VOCABULARY = 9;
const batch = packReviews([[2, 5, 5, 1, 8, 3], [4, 2, 7], [7]], [1, 0, 1], VOCABULARY);
const config = experimentSchema.parse({ model: { cell: 'gru-printed', bidirectional: true, embeddingSize: 3, hiddenSize: H } });

describe.for(inject('hasNativeEngine') ? (['reference', 'native'] as const) : (['portable'] as const))(
  'the printed GRU, %s ops',
  (engine) => {
    beforeAll(() => startEngine(engine));

    it('starts where the GRU starts, and training never moves the rows [2H:] that it does not read', () => {
      const trainee = createTrainee(config, VOCABULARY);
      const {
        model: { parameters },
        optimizer,
      } = trainee;
      expect(parameters).toEqual(buildModel({ ...config.model, cell: 'gru' }, VOCABULARY).parameters);
      const recurrent = parameters.filter(({ group }) => group === 'recurrent').map(({ name }) => name);
      const valuesOf = (name: string) => optimizer.parameters.get(name)?.dataSync().slice() ?? [];
      const before = new Map(recurrent.map((name) => [name, valuesOf(name)]));
      for (let step = 0; step < 3; step++) {
        const { gradients } = computeGradients(trainee, optimizer.parameters, batch, { seed: 1, step });
        for (const name of recurrent) {
          const values = gradients.get(name)?.values.dataSync() ?? [];
          expect(
            [...values.slice((values.length * 2) / 3)].every((value) => value === 0),
            name,
          ).toBe(true);
        }
        optimizer.update(gradients, { gradientNorm: globalNorm(gradients), rateFactor: 1, run: { epochs: 1, epochSteps: 1 } });
        disposeGradients(gradients);
      }
      for (const name of recurrent) {
        const [was, is] = [before.get(name) ?? [], valuesOf(name)];
        expect(is.slice((is.length * 2) / 3), name).toEqual(was.slice((was.length * 2) / 3));
        expect(
          [...is.slice(0, (is.length * 2) / 3)].every((value, i) => value !== was[i]),
          name,
        ).toBe(true);
      }
      optimizer.dispose();
    });

    it('is another function than the GRU of the same parameters', () => {
      const [printed, gru] = (['gru-printed', 'gru'] as const).map((cell) => {
        const trainee = createTrainee({ ...config, model: { ...config.model, cell } }, VOCABULARY);
        const { loss, gradients } = computeGradients(trainee, trainee.optimizer.parameters, batch, { seed: 1, step: 0 });
        disposeGradients(gradients);
        trainee.optimizer.dispose();
        return loss;
      });
      expect(Math.abs((printed ?? 0) - (gru ?? 0))).toBeGreaterThan(1e-3);
    });
  },
);
