import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../config/schema.ts';
import { cells } from '../ops/recurrence.ts';
import { normalValues, uniformValues } from '../random.ts';

export type ParameterGroup = 'embedding' | 'recurrent' | 'head';

/** A parameter before it exists: torch.nn's name and shape, and torch.nn's initialisation. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly group: ParameterGroup;
  /** N(0, 1) with a zero first row (the padding), or uniform in ±bound. */
  readonly initial: 'normal' | { readonly bound: number };
}

/** Parameters by torch.nn's names. */
export type Parameters = ReadonlyMap<string, Tensor>;

/** A parameter that must be there. */
export function parameter<T extends Tensor>(parameters: Parameters, name: string): T {
  const found = parameters.get(name);
  if (found === undefined) throw new Error(`the model has no parameter ${name}`);
  return found as T;
}

/** What the parameters of a classifier depend on. */
export type ClassifierSizes = Pick<ModelConfig, 'cell' | 'bidirectional' | 'layers' | 'embeddingSize' | 'hiddenSize'>;

export const directionSuffixes = { forward: '', reverse: '_reverse' } as const;

export function modelDirections(config: Pick<ModelConfig, 'bidirectional'>): (keyof typeof directionSuffixes)[] {
  return config.bidirectional ? ['forward', 'reverse'] : ['forward'];
}

/** The articles' classifier in the order of torch's `named_parameters()`. */
export function classifierSpecs(config: ClassifierSizes, vocabularySize: number): ParameterSpec[] {
  const width = config.hiddenSize * modelDirections(config).length;
  const headBound = 1 / Math.sqrt(width);
  return [
    { name: 'embed.weight', shape: [vocabularySize, config.embeddingSize], group: 'embedding', initial: 'normal' },
    ...Array.from({ length: config.layers }, (_, layer) => layerSpecs(config, layer)).flat(),
    { name: 'fc.weight', shape: [2, width], group: 'head', initial: { bound: headBound } },
    { name: 'fc.bias', shape: [2], group: 'head', initial: { bound: headBound } },
  ];
}

function layerSpecs(config: ClassifierSizes, layer: number): ParameterSpec[] {
  const { hiddenSize } = config;
  const directions = modelDirections(config);
  const rows = cells[config.cell].parameterGates * hiddenSize;
  const inputSize = layer === 0 ? config.embeddingSize : hiddenSize * directions.length;
  const shapes = { weight_ih: [rows, inputSize], weight_hh: [rows, hiddenSize], bias_ih: [rows], bias_hh: [rows] };
  return directions.flatMap((direction) =>
    Object.entries(shapes).map(([kind, shape]) => ({
      name: `rnn.${kind}_l${layer}${directionSuffixes[direction]}`,
      shape,
      group: 'recurrent' as const,
      initial: { bound: 1 / Math.sqrt(hiddenSize) },
    })),
  );
}

export function countValues(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** 32-bit FNV-1a, so that a parameter's initial values depend on its own name and the seed alone. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}

export function initialValues(spec: ParameterSpec, seed: number): Float32Array {
  const name = { seed, purpose: 'initialisation', index: hashName(spec.name) } as const;
  const count = countValues(spec.shape);
  if (spec.initial !== 'normal') return uniformValues(count, -spec.initial.bound, spec.initial.bound, name);
  return normalValues(count, name).fill(0, 0, spec.shape[1] ?? 0);
}

/** New tensors; the caller disposes of them. */
export function initializeParameters(specs: readonly ParameterSpec[], seed: number): Map<string, Tensor> {
  return new Map(specs.map((spec) => [spec.name, tf.tensor(initialValues(spec, seed), [...spec.shape])]));
}
