import type { Variable } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { adamStep } from '../../ops/adam.ts';
import type { UpdateComponent } from './rule.ts';

const fraction = z.number().min(0).lt(1);
const settings = {
  learningRate: z.number().positive().max(10).default(1e-3).describe("Adam's step size."),
  beta1: fraction.default(0.9).describe("Decay of Adam's first moment, per step."),
  beta2: fraction.default(0.999).describe("Decay of Adam's second moment, per step."),
  epsilon: z.number().positive().max(1).default(1e-8).describe("Added to Adam's denominator."),
};

/** torch.optim.Adam, its moments under that module's names. The running products β₁ᵗ and β₂ᵗ follow from the steps. */
export const adam = {
  settings,
  summary: 'Adam',
  describe: ({ learningRate }) => `Adam ${learningRate}`,
  create: ({ beta1, beta2, epsilon }) => ({
    slots: ['exp_avg', 'exp_avg_sq'],
    apply({ parameter, learningRate, slots }, gradient, { step, rateFactor, gradientScale }) {
      adamStep(
        { parameter, firstMoment: slots['exp_avg'] as Variable, secondMoment: slots['exp_avg_sq'] as Variable }, gradient,
        {
          beta1, beta2, epsilon, gradientScale,
          stepSize: learningRate * rateFactor / (1 - beta1 ** step),
          correction: Math.sqrt(1 - beta2 ** step),
        },
      );
      return gradient;
    },
  }),
} satisfies UpdateComponent<typeof settings>;
