import { beforeAll, describe, expect, inject, it } from 'vitest';
import { neuralSchema } from '../../src/experiment-schema.ts';
import type { ExperimentConfig } from '../../src/experiment-schema.ts';
import { describeModel, findModelProblem, findModelSlowness } from '../../src/models/build.ts';
import { multipliesBfloat16 } from '../../src/ops/bfloat16.ts';
import { evaluateBatch, noTotals } from '../../src/training/evaluate.ts';
import { createTrainee, trainStep } from '../../src/training/step.ts';
import { createSyntheticBatch } from '../../src/training/step-cost.ts';
import { startEngine } from '../support/engine.ts';

const VOCABULARY = 40;
const both = { keptPrecision: 'bfloat16', productPrecision: 'bfloat16' };
const configOf = (model: object): ExperimentConfig => neuralSchema.parse({ model: { embeddingSize: 6, hiddenSize: 8, ...model } });
const engine = inject('hasNativeEngine') ? 'native' : 'portable';

beforeAll(() => startEngine(engine));

/** Loss and norm of the gradient of a first step, and the loss of evaluating before it. */
function firstStep(model: object): { loss: number; gradientNorm: number; evaluated: unknown } {
  const batch = createSyntheticBatch(4, 12, VOCABULARY), trainee = createTrainee(configOf(model), VOCABULARY);
  const evaluated = evaluateBatch(trainee.model, trainee.optimizer.parameters, batch, noTotals);
  const { loss, gradientNorm } = trainStep(trainee, [batch]);
  trainee.optimizer.dispose();
  return { loss, gradientNorm, evaluated };
}

describe('bfloat16 in a model', () => {
  it.each(['rnn', 'lstm', 'gru', 'mgu', 'gru-printed'])('changes the gradient and not the loss where it is kept: %s', (cell) => {
    const exact = firstStep({ cell }), kept = firstStep({ cell, keptPrecision: 'bfloat16' });
    expect(kept.loss).toBe(exact.loss);
    expect(kept.evaluated).toEqual(exact.evaluated);
    expect(kept.gradientNorm).not.toBe(exact.gradientNorm);
    expect(Math.abs(kept.gradientNorm / exact.gradientNorm - 1)).toBeLessThan(0.01);
  });

  it.each(['rnn', 'lstm', 'gru'])('changes training and not evaluation where it is multiplied: %s', (cell) => {
    const exact = firstStep({ cell }), multiplied = firstStep({ cell, ...both });
    expect(multiplied.loss).not.toBe(exact.loss);
    expect(Math.abs(multiplied.loss - exact.loss)).toBeLessThan(1e-3);
    expect(multiplied.evaluated).toEqual(exact.evaluated);
  });

  it('stands in the header of a run', () => {
    expect(describeModel(configOf(both).model)).toContain('kept in bfloat16, multiplied in bfloat16');
    expect(describeModel(configOf({}).model)).not.toContain('float');
  });

  it('is warned of where the engine has no instructions for its products, and nowhere else', () => {
    const slowness = findModelSlowness(configOf(both).model);
    if (multipliesBfloat16()) expect(slowness).toBeNull();
    else expect(slowness).toContain('model.productPrecision bfloat16 makes training slower here');
    expect(findModelSlowness(configOf({}).model)).toBeNull();
  });

  it.each([
    [{ cell: 'gru-printed', productPrecision: 'bfloat16' }, 'model.productPrecision bfloat16 is not there for model.cell gru-printed; choose rnn'],
    [{ cell: 'lstm-layer-norm', keptPrecision: 'bfloat16' }, 'model.keptPrecision bfloat16 is not there for model.cell lstm-layer-norm'],
    [{ keptPrecision: 'bfloat16', recurrentDropoutRate: 0.2 }, 'model.keptPrecision bfloat16 does not go with model.recurrentDropoutRate'],
  ])('is refused where it would not be: %j', (model, problem) => {
    expect(findModelProblem(configOf(model).model)).toContain(problem);
  });
});
