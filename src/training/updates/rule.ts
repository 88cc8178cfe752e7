import type { Variable } from '@tensorflow/tfjs-core';
import type { Gradient } from '../../ops/adam.ts';
import type { RunPlan } from '../schedules/schedule.ts';
import type { Registered, SettingsOf, Shape } from '../../registry.ts';

/** One update of all parameters, as the rules before have left it. */
export interface Update {
  /** Updates so far, this one among them: from 1. */
  readonly step: number;
  /** What the schedule multiplies the learning rate by. */
  readonly rateFactor: number;
  /** √Σg² over all parameters. */
  readonly gradientNorm: number;
  /** How long the run is. */
  readonly run: RunPlan;
  /** Gradients are multiplied by it before anything else. */
  readonly gradientScale: number;
}

/** A parameter, and what the rule keeps beside it. */
export interface Target {
  readonly parameter: Variable;
  /** Its own, before the schedule. */
  readonly learningRate: number;
  /** By the rule's slot names, each of the parameter's shape. */
  readonly slots: Readonly<Record<string, Variable>>;
}

/** A link in the chain of an update, as in optax: it changes what all parameters share, or one parameter after the other. */
export interface UpdateRule {
  /** Tensors that it keeps for each parameter, zeros at first. The names are those in checkpoints: `exp_avg`. */
  readonly slots: readonly string[];
  /** The slot with the parameters that are evaluated and kept for use, where those are not the trained ones. */
  readonly averaged?: string;
  plan?(update: Update): Update;
  /**
   * Changes the variables in place, within a tidy scope.
   * @returns the gradient for the rules that follow: `gradient` itself, or another
   */
  apply?(target: Target, gradient: Gradient, update: Update): Gradient;
  /** Once all parameters are updated: of each, those too that the loss did not depend on. Within a tidy scope. */
  follow?(target: Target, update: Update): void;
}

/** A rule as it is registered. Settings decide whether it takes part. */
export interface UpdateComponent<Keys extends Shape> extends Registered {
  readonly settings: Keys;
  /** For the header of a run; empty where there is nothing to say. */
  describe(settings: SettingsOf<Keys>): string;
  /** Whether the past would have been another with more epochs; false where it is not said. */
  dependsOnEpochs?(settings: SettingsOf<Keys>): boolean;
  /** Null where it is off. */
  create(settings: SettingsOf<Keys>): UpdateRule | null;
}
