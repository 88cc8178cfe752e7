import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { VALUE_BYTES } from '../models/module.ts';
import type { Parameters } from '../models/parameters.ts';
import { sumOfSquares } from '../ops/adam.ts';
import type { Gradient } from '../ops/adam.ts';
import type { Target, Update, UpdateRule } from './updates/rule.ts';

/** By parameter. */
export type Gradients = ReadonlyMap<string, Gradient>;

/** Tensors of one slot, by parameter. */
export type Slot<Held extends Tensor = Tensor> = ReadonlyMap<string, Held>;

/** What an optimizer knows besides the parameters. */
export interface OptimizerState {
  /** Updates so far. */
  readonly steps: number;
  /** By the slot's name. */
  readonly slots: ReadonlyMap<string, Slot>;
}

/** Owns the parameters while they are trained. */
export interface Optimizer {
  /** The trained variables, by torch.nn's names. */
  readonly parameters: Parameters;
  /** The parameters to evaluate and to use: their average where a rule keeps one. */
  readonly evaluated: Parameters;
  /** What the rules keep beside them: `exp_avg` by parameter. */
  readonly slots: ReadonlyMap<string, Slot<Variable>>;
  /** Of the parameters and all slots. */
  readonly stateBytes: number;
  /** Updates so far. */
  readonly steps: () => number;
  /** One update; the gradients stay the caller's. */
  update(gradients: Gradients, about: Pick<Update, 'gradientNorm' | 'rateFactor' | 'run'>): void;
  dispose(): void;
}

/** √Σg² over all parameters; reads one number back. */
export function globalNorm(gradients: Gradients): number {
  const squares = tf.tidy(() => tf.addN([...gradients.values()].map(({ values }) => sumOfSquares(values))));
  const norm = Math.sqrt(squares.dataSync()[0] ?? 0);
  squares.dispose();
  return norm;
}

/** Names of all tensors that a chain keeps beside each parameter, in order. */
export function slotNames(chain: readonly UpdateRule[]): string[] {
  return chain.flatMap(({ slots }) => slots);
}

/** The slot that a chain's averages lie in; undefined where it keeps none. */
export function averagedSlot(chain: readonly UpdateRule[]): string | undefined {
  return chain.find(({ averaged }) => averaged !== undefined)?.averaged;
}

/**
 * A chain of update rules at work. Takes over the tensors it is given, which become variables.
 * @param rateOf the learning rate of a parameter, by its name
 */
export function createOptimizer(
  chain: readonly UpdateRule[],
  initial: ReadonlyMap<string, Tensor>,
  rateOf: (name: string) => number,
  state: OptimizerState | null = null,
): Optimizer {
  const slots = new Map(
    slotNames(chain).map((slot) => [
      slot,
      mapValues(initial, (tensor, name) => toVariable(state?.slots.get(slot)?.get(name) ?? tf.zerosLike(tensor))),
    ]),
  );
  const parameters = mapValues(initial, toVariable);
  const targetOf = (rule: UpdateRule, name: string): Target => {
    const parameter = parameters.get(name);
    if (parameter === undefined) throw new Error(`no parameter ${name} to update`);
    const own = rule.slots.map((slot) => [slot, slots.get(slot)?.get(name) as Variable] as const);
    return { parameter, learningRate: rateOf(name), slots: Object.fromEntries(own) };
  };
  const variables = [parameters, ...slots.values()].flatMap((held) => [...held.values()]);
  let steps = state?.steps ?? 0;
  return {
    parameters,
    slots,
    evaluated: slots.get(averagedSlot(chain) ?? '') ?? parameters,
    stateBytes: variables.reduce((sum, { size }) => sum + VALUE_BYTES * size, 0),
    steps: () => steps,
    update(gradients, about) {
      steps += 1;
      const update = chain.reduce<Update>((planned, rule) => rule.plan?.(planned) ?? planned, { step: steps, gradientScale: 1, ...about });
      for (const [name, gradient] of gradients) {
        tf.tidy(() => {
          chain.reduce((left, rule) => rule.apply?.(targetOf(rule, name), left, update) ?? left, gradient);
        });
      }
      for (const name of parameters.keys()) {
        tf.tidy(() => { for (const rule of chain) rule.follow?.(targetOf(rule, name), update); });
      }
    },
    dispose() {
      for (const variable of variables) variable.dispose();
    },
  };
}

function toVariable(tensor: Tensor): Variable {
  const variable = tf.variable(tensor);
  tensor.dispose();
  return variable;
}

function mapValues<From, To>(map: ReadonlyMap<string, From>, convert: (value: From, name: string) => To): Map<string, To> {
  return new Map([...map].map(([name, value]) => [name, convert(value, name)]));
}
