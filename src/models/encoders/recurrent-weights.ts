import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Cell, OwnTensors } from '../../ops/cell.ts';
import type { Direction } from '../../ops/packed-layout.ts';
import type { LayerInputs } from '../../ops/reference.ts';
import { weightNorm } from '../../ops/weight-norm.ts';
import type { Pass } from '../module.ts';
import type { InitialValues, ParameterSpec, Weights } from '../parameters.ts';
import { suffixes } from './stack.ts';
import type { StackedLayer } from './stack.ts';

/** How the weights of a recurrent layer begin, and what stands between them and the products they take part in. */
export const weightSettings = {
  inputInitialization: z.enum(['uniform', 'xavier']).default('uniform')
    .describe('Initial W_ih. `uniform`: in ±1/√hiddenSize, as torch.nn; `xavier`: in ±√(6 / (rows + columns)) (Glorot and Bengio 2010).'),
  recurrentInitialization: z.enum(['uniform', 'orthogonal']).default('uniform')
    .describe('Initial W_hh. `uniform`: in ±1/√hiddenSize, as torch.nn; `orthogonal`: an orthogonal matrix for each gate (Saxe et al. '
      + '2014).'),
  forgetBias: z.number().min(-100).max(100).nullable().default(null)
    .describe("Initial bias of the forget gate, 1 by the advice of Jozefowicz et al. (2015); null leaves torch.nn's small random one."),
  weightNorm: z.boolean().default(false)
    .describe('Learn the norm of each row of W_ih and W_hh apart from its direction (Salimans and Kingma 2016).'),
  weightDropRate: z.number().min(0).lt(1).default(0)
    .describe('Dropout on W_hh itself, one mask a batch (weight drop, Merity et al. 2018).'),
  tiedWeights: z.boolean().default(false)
    .describe('One matrix, named W_ih and begun as W_hh, for the input and the hidden state of a layer, which must be of one width.'),
};
export type WeightSettings = z.infer<z.ZodObject<typeof weightSettings>>;

/** A layer with its cell, as far as its weights go. */
export interface WeightedLayer extends StackedLayer {
  readonly cell: Cell;
  readonly chosen: WeightSettings;
}

type Kind = 'ih' | 'hh';
type Biases = Pick<LayerInputs, 'biasIh' | 'biasHh'>;

/** Which settings do not go together, in words for a message; null where all do. */
export function findWeightProblem(cell: Cell, chosen: WeightSettings, layers: readonly StackedLayer[]): string | null {
  if (chosen.forgetBias !== null && cell.forgetGate === null)
    return `model.forgetBias needs a cell with a forget gate, and ${cell.label} has none; omit it, or set model.cell to lstm`;
  const untied = layers.find(({ inputSize, hiddenSize }) => inputSize !== hiddenSize);
  if (!chosen.tiedWeights || untied === undefined) return null;
  return `model.tiedWeights needs inputs as wide as the hidden state, and a layer has ${untied.inputSize} and ${untied.hiddenSize}; `
    + 'set model.embeddingSize to model.hiddenSize and model.bidirectional to false';
}

/** For the header of a run; nothing of what is torch.nn's. */
export function describeWeights(chosen: WeightSettings): string[] {
  return [
    ...(chosen.inputInitialization === 'uniform' ? [] : [`${chosen.inputInitialization} W_ih`]),
    ...(chosen.recurrentInitialization === 'uniform' ? [] : [`${chosen.recurrentInitialization} W_hh`]),
    ...(chosen.forgetBias === null ? [] : [`forget bias ${chosen.forgetBias}`]),
    ...(chosen.weightNorm ? ['weight norm'] : []),
    ...(chosen.tiedWeights ? ['W_ih tied to W_hh'] : []),
  ];
}

/**
 * torch.nn's: rnn.weight_ih_l0 [G·H, D], rnn.weight_hh_l0 [G·H, H] and two biases [G·H] a layer and direction, uniform in ±1/√H where
 * nothing else is chosen. With weight normalization torch's names for its two halves take the place of a matrix's.
 */
export function layerParameters({ name, cell, inputSize, hiddenSize, directions, chosen }: WeightedLayer): ParameterSpec[] {
  const rows = cell.parameterGates * hiddenSize, group = 'recurrent', uniform = { bound: 1 / Math.sqrt(hiddenSize) };
  const initial: Record<Kind, InitialValues> = {
    ih: chosen.inputInitialization === 'uniform' ? uniform : chosen.inputInitialization,
    hh: chosen.recurrentInitialization === 'uniform' ? uniform : chosen.recurrentInitialization,
  };
  if (chosen.tiedWeights) initial.ih = initial.hh;
  const forgotten = (value: number): Pick<ParameterSpec, 'constant'> =>
    cell.forgetGate === null ? {} : { constant: { from: cell.forgetGate * hiddenSize, to: (cell.forgetGate + 1) * hiddenSize, value } };
  return directions.flatMap((direction) => {
    const of = `${name}${suffixes[direction]}`;
    const matrix = (kind: Kind, columns: number): ParameterSpec[] => {
      const whole = { name: `rnn.weight_${kind}_${of}`, shape: [rows, columns], group, initial: initial[kind] };
      return chosen.weightNorm ? normalizedHalves(whole) : [whole];
    };
    const bias = (kind: Kind, value: number): ParameterSpec =>
      ({ name: `rnn.bias_${kind}_${of}`, shape: [rows], group, initial: uniform, ...(chosen.forgetBias === null ? {} : forgotten(value)) });
    return [
      ...matrix('ih', inputSize), ...(chosen.tiedWeights ? [] : matrix('hh', hiddenSize)),
      bias('ih', chosen.forgetBias ?? 0), bias('hh', 0), // the gate reads the sum of both
      ...Object.entries(cell.own ?? {}).map(([own, { multiple, initial }]) =>
        ({ name: `rnn.${own}_${of}`, shape: [multiple * hiddenSize], group, initial })),
    ];
  });
}

/** As `named_parameters()` lists them: torch puts what is parametrized after all that is not. */
export function inTorchOrder(parameters: readonly ParameterSpec[]): ParameterSpec[] {
  const isHalf = ({ name }: ParameterSpec): boolean => name.startsWith('rnn.parametrizations.');
  return [...parameters.filter((spec) => !isHalf(spec)), ...parameters.filter(isHalf)];
}

/** Magnitudes [rows, 1] and directions [rows, columns] that begin as the matrix itself would. */
function normalizedHalves({ name, shape: [rows = 0, columns = 0], group, initial }: ParameterSpec): ParameterSpec[] {
  const half = (number: 0 | 1): string => `${name.replace('rnn.', 'rnn.parametrizations.')}.original${number}`;
  const directions = { name: half(1), shape: [rows, columns], group, initial };
  return [{ name: half(0), shape: [rows, 1], group, initial: { rowNormsOf: directions } }, directions];
}

/** The weights of a layer in one direction as its products and its cell take them. */
export interface EffectiveWeights extends Omit<LayerInputs, 'x'> {
  /** Of a cell with parameters of its own. */
  readonly own?: OwnTensors;
}

/**
 * A layer's weights in one direction, as far as its cell reads them; the gradient of the rest is zero.
 * @returns weightIh [G·H, D], weightHh [G·H, H], biasIh and biasHh [G·H]
 */
export function readWeights(layer: WeightedLayer, direction: Direction, weights: Weights, pass: Pass): EffectiveWeights {
  const { cell, hiddenSize, chosen } = layer, { gates, parameterGates } = cell, of = `${layer.name}${suffixes[direction]}`;
  const read = <T extends Tensor>(stacked: T): T =>
    gates === parameterGates ? stacked : tf.slice<tf.Rank, T>(stacked, 0, gates * hiddenSize);
  const matrix = (kind: Kind): Tensor2D => {
    if (!chosen.weightNorm) return read(weights.get<Tensor2D>(`rnn.weight_${kind}_${of}`));
    const half = (number: 0 | 1): Tensor2D => weights.get(`rnn.parametrizations.weight_${kind}_${of}.original${number}`);
    return read(weightNorm(half(0), half(1)));
  };
  const bias = (kind: Kind): Tensor1D => read(weights.get<Tensor1D>(`rnn.bias_${kind}_${of}`));
  const weightIh = matrix('ih'), weightHh = chosen.tiedWeights ? weightIh : matrix('hh');
  return {
    weightIh,
    weightHh: pass.dropout(weightHh, chosen.weightDropRate, `rnn.weight_hh_${of}`),
    ...placeBiases(cell, { biasIh: bias('ih'), biasHh: bias('hh') }),
    ...readOwn(cell, of, weights),
  };
}

/** What a cell takes besides torch.nn's weights; with biases of its own, those too. */
function readOwn({ own, bias }: Cell, of: string, weights: Weights): Pick<EffectiveWeights, 'own'> {
  if (own === undefined) return {};
  const names = [...(bias === 'own' ? ['bias_ih', 'bias_hh'] : []), ...Object.keys(own)];
  return { own: Object.fromEntries(names.map((name) => [name, weights.get<Tensor1D>(`rnn.${name}_${of}`)])) };
}

/** Puts both biases where the cell's equations have room for them. */
function placeBiases({ bias }: Cell, { biasIh, biasHh }: Biases): Biases {
  const sum = (): Tensor1D => tf.add(biasIh, biasHh), none = (): Tensor1D => tf.zerosLike(biasIh);
  switch (bias) {
    case 'recurrent': return { biasIh: none(), biasHh: sum() };
    case 'input': return { biasIh: sum(), biasHh: none() };
    case 'own': return { biasIh: none(), biasHh: none() };
    default: return { biasIh, biasHh };
  }
}

/**
 * Values that a layer keeps in one direction because its products take another tensor than a parameter itself: one that is normalized,
 * with its norms, one cut to the gates that the cell reads, which keeps what it is cut from too, or one after dropout.
 */
export function countCopiedValues({ cell: { gates, parameterGates }, inputSize, hiddenSize, chosen }: WeightedLayer): number {
  const { weightNorm: isNormalized, weightDropRate, tiedWeights } = chosen, isCut = gates !== parameterGates;
  const read = (columns: number): number => gates * hiddenSize * columns;
  const whole = (columns: number): number => parameterGates * hiddenSize * columns;
  const made = (columns: number, isRead: boolean): number => {
    const normalized = isNormalized ? whole(1) + (isCut || isRead ? whole(columns) : 0) : 0;
    return normalized + (isCut && isRead ? read(columns) : 0);
  };
  const isHidden = weightDropRate === 0; // whether W_hh is multiplied as it is made
  const biases = isCut ? 2 * gates * hiddenSize : 0;
  return made(inputSize, true) + (tiedWeights ? 0 : made(hiddenSize, isHidden)) + (isHidden ? 0 : read(hiddenSize)) + biases;
}
