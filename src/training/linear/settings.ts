import { z } from 'zod';
import { namesOf } from '../../registry.ts';
import type { Shape } from '../../registry.ts';
import { bagOfWords } from './bag-of-words.ts';
import type { LinearComponent } from './method.ts';
import { nbSvm } from './nb-svm.ts';

/** The linear models by their `model.type`: a new one is its file and its line here. */
export const linearModels = { 'bag-of-words': bagOfWords, 'nb-svm': nbSvm } as const;
export type LinearName = keyof typeof linearModels;

function createSchema<Name extends LinearName, Keys extends Shape>(
  type: Name,
  { settings, label, summary }: { readonly settings: Keys; readonly label: string; readonly summary: string },
) {
  return z
    .strictObject({
      type: z
        .enum([type])
        .default(type as never)
        .describe(`${label}: ${summary}.`),
      ...settings,
    })
    .prefault({} as never)
    .describe(`The classifier: ${summary}.`);
}

type LinearSchemas = { [Name in LinearName]: ReturnType<typeof createSchema<Name, (typeof linearModels)[Name]['settings']>> };

/** The config's section `model` by its `type`. */
export const linearSchemas = Object.fromEntries(
  namesOf(linearModels).map((type) => [type, createSchema<LinearName, Shape>(type, linearModels[type])]),
) as unknown as LinearSchemas;

/** The config's section `training` of a linear model. */
export const linearTrainingSchema = z
  .strictObject({
    strengths: z.array(z.number().positive().max(1_000_000)).min(1).max(100).default([0.003, 0.01, 0.03, 0.1, 0.3, 1])
      .describe("Values of C, the weight of the loss against ½‖w‖²; the best on the validation part is kept, the first of equals."),
    tolerance: z.number().positive().max(1).default(1e-6)
      .describe('Largest duality gap at the end, as a share of the objective: no solution is better by more than that.'),
    maxPasses: z.int().min(1).max(1_000_000).default(1000).describe('Passes over the training part at most, for each value of C.'),
  })
  .prefault({})
  .describe('How the classifier is trained: dual coordinate descent, for each value of C.');

export type LinearModelConfig = Readonly<z.infer<LinearSchemas[LinearName]>>;

/** What a linear model in training depends on besides the reviews. */
export interface LinearTask {
  readonly seed: number;
  readonly model: LinearModelConfig;
  readonly training: Readonly<z.infer<typeof linearTrainingSchema>>;
}

export function linearModelOf({ type }: Pick<LinearModelConfig, 'type'>): LinearComponent<Shape> {
  return linearModels[type];
}
