import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { TrainingConfig } from '../config/schema.ts';
import { VALUE_BYTES } from '../measure/kept-activations.ts';
import type { Parameters } from '../models/parameters.ts';
import { adamStep } from '../ops/adam.ts';
import type { AdamSlots, Gradient } from '../ops/adam.ts';
import { sumOfSquares } from '../ops/sum-of-squares.ts';

export type Gradients = ReadonlyMap<string, Gradient>;

/** Owns the parameters while they are trained. */
export interface Optimizer {
  /** The trained variables, by torch.nn's names. */
  readonly parameters: Parameters;
  readonly slots: ReadonlyMap<string, AdamSlots>;
  /** Of the parameters and both moments. */
  readonly stateBytes: number;
  /** Updates so far. */
  readonly steps: () => number;
  /** One update; the gradients stay the caller's. */
  update(gradients: Gradients, gradientNorm: number): void;
  dispose(): void;
}

/** Keeps a gradient's global norm at or below `clipNorm`, as torch.nn.utils.clip_grad_norm_ (1e-6 in the denominator). */
export function clipScale(gradientNorm: number, clipNorm: number | null): number {
  return clipNorm === null ? 1 : Math.min(1, clipNorm / (gradientNorm + 1e-6));
}

/** √Σg² over all parameters; reads one number back. */
export function globalNorm(gradients: Gradients): number {
  const squares = tf.tidy(() => tf.addN([...gradients.values()].map(({ values }) => sumOfSquares(values))));
  const norm = Math.sqrt(squares.dataSync()[0] ?? 0);
  squares.dispose();
  return norm;
}

/** What Adam knows besides the parameters. Its running products β₁ᵗ and β₂ᵗ follow from the steps. */
export interface AdamState {
  readonly steps: number;
  /** Of each parameter. */
  readonly firstMoments: ReadonlyMap<string, Tensor>;
  readonly secondMoments: ReadonlyMap<string, Tensor>;
}

/** Adam as torch.optim.Adam, with clipping. Takes over the tensors it is given, which become variables. */
export function createAdam(initial: ReadonlyMap<string, Tensor>, config: TrainingConfig, state: AdamState | null = null): Optimizer {
  const slots = new Map([...initial].map(([name, tensor]) =>
    [name, createSlots(tensor, state?.firstMoments.get(name), state?.secondMoments.get(name))]));
  const { learningRate, beta1, beta2, epsilon, clipNorm } = config;
  let steps = state?.steps ?? 0;
  return {
    parameters: new Map([...slots].map(([name, { parameter }]) => [name, parameter])),
    slots,
    stateBytes: [...slots.values()].reduce((sum, { parameter }) => sum + 3 * VALUE_BYTES * parameter.size, 0),
    steps: () => steps,
    update(gradients, gradientNorm) {
      steps += 1;
      const scalars = {
        beta1, beta2, epsilon,
        stepSize: learningRate / (1 - beta1 ** steps),
        correction: Math.sqrt(1 - beta2 ** steps),
        gradientScale: clipScale(gradientNorm, clipNorm),
      };
      for (const [name, gradient] of gradients) {
        const slot = slots.get(name);
        if (slot === undefined) throw new Error(`no parameter ${name} to update`);
        adamStep(slot, gradient, scalars);
      }
    },
    dispose() {
      for (const slot of slots.values()) for (const variable of Object.values(slot) as Variable[]) variable.dispose();
    },
  };
}

function createSlots(
  parameter: Tensor, firstMoment: Tensor = tf.zerosLike(parameter), secondMoment: Tensor = tf.zerosLike(parameter),
): AdamSlots {
  return { parameter: toVariable(parameter), firstMoment: toVariable(firstMoment), secondMoment: toVariable(secondMoment) };
}

function toVariable(tensor: Tensor): Variable {
  const variable = tf.variable(tensor);
  tensor.dispose();
  return variable;
}
