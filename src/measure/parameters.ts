import type { ModelConfig } from '../config/schema.ts';
import { classifierSpecs, countValues } from '../models/parameters.ts';
import type { ParameterGroup, ParameterSpec } from '../models/parameters.ts';

export type ParameterCounts = Readonly<Record<'total' | ParameterGroup, number>>;

/** Trainable values of a model, in all and by group. */
export function countParameters(specs: readonly ParameterSpec[]): ParameterCounts {
  const inGroup = (group: ParameterGroup): number =>
    specs.filter((spec) => spec.group === group).reduce((sum, { shape }) => sum + countValues(shape), 0);
  const counts = { embedding: inGroup('embedding'), recurrent: inGroup('recurrent'), head: inGroup('head') };
  return { total: counts.embedding + counts.recurrent + counts.head, ...counts };
}

/** Of the articles' classifier as it is built. */
export function countClassifier(config: ModelConfig, vocabularySize: number): ParameterCounts {
  return countParameters(classifierSpecs(config, vocabularySize));
}
