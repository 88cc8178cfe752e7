import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { halfWords, multipliesBfloat16, precisions, roundRows } from '../../ops/bfloat16.ts';
import type { Cell } from '../../ops/cell.ts';
import { cellNames, cells } from '../../ops/cells.ts';
import type { CellName } from '../../ops/cells.ts';
import { linear } from '../../ops/linear.ts';
import type { Direction } from '../../ops/packed-layout.ts';
import { recurrence, recurrentLayer } from '../../ops/recurrence.ts';
import type { LayerInputs } from '../../ops/reference.ts';
import { joinedRows, VALUE_BYTES } from '../module.ts';
import type { BatchShape, Encoder, PartCost, Pass, Sequence } from '../module.ts';
import type { ParameterSpec, Weights } from '../parameters.ts';
import { createStack, describeStack, runStack, stackCosts, stackDropouts, stackSettings, suffixes } from './stack.ts';
import type { StackedLayer } from './stack.ts';

const settings = {
  cell: z.enum(cellNames).default('lstm')
    .describe(`Recurrent cell. ${cellNames.map((name) => `\`${name}\`: ${cells[name].summary}`).join('; ')}.`),
  ...stackSettings,
  keptPrecision: z.enum(precisions).default('float32')
    .describe('What training keeps of a layer for its backward pass: states, gates and inputs. `float32`: as they are; `bfloat16`: in half '
      + 'the memory, rounded to 8 bits of precision, on any CPU. Parameters and what goes from layer to layer stay float32.'),
  productPrecision: z.enum(precisions).default('float32')
    .describe('What the layers multiply in training: states, inputs and weights, and on the way back gradients of gates. `bfloat16`: '
      + 'rounded to 8 bits of precision and summed in float32, faster where the CPU has instructions for it (AVX-512 BF16), slower '
      + 'elsewhere. Parameters and evaluation stay float32. Of cells that multiply by W_hh once a step.'),
};
export type RecurrentSettings = z.infer<z.ZodObject<typeof settings>>;

type Biases = Pick<LayerInputs, 'biasIh' | 'biasHh'>;

/** As the articles name it: `LSTM`, `BiGRU`; `printed BiGRU` where the cell's own label is of more words. */
function label({ cell, bidirectional }: Pick<RecurrentSettings, 'cell' | 'bidirectional'>): string {
  return bidirectional ? cells[cell].label.replace(/(\w+)$/, 'Bi$1') : cells[cell].label;
}

/** Whether a step has no product besides h·W_hhᵀ: native products of bfloat16 are of that kind. */
function multipliesOnce(name: CellName): boolean {
  return cells[name].ownProduct === null;
}

function describePrecisions({ keptPrecision, productPrecision }: RecurrentSettings): string[] {
  return [
    ...(keptPrecision === 'float32' ? [] : [`kept in ${keptPrecision}`]),
    ...(productPrecision === 'float32' ? [] : [`multiplied in ${productPrecision}`]),
  ];
}

interface Layer extends StackedLayer {
  readonly cellName: CellName;
  readonly cell: Cell;
  /** Whether it keeps bfloat16 for its backward pass, and whether its products are of it. */
  readonly rounds: boolean;
  readonly halves: boolean;
}

/**
 * A stack of recurrent layers as torch.nn.LSTM and its kin: dropout between the layers, a sequence of hidden states [N, H] in each
 * direction.
 */
export const recurrent = {
  settings,
  summary: 'stacked recurrent layers',
  label,
  describe: (chosen, inputSize) => [label(chosen), describeStack(chosen, inputSize), ...describePrecisions(chosen)].join(', '),
  dropouts: stackDropouts,
  findProblem: ({ cell, productPrecision }) => (productPrecision === 'float32' || multipliesOnce(cell) ? null
    : `model.productPrecision ${productPrecision} is not there for model.cell ${cell}; choose ${
      cellNames.filter(multipliesOnce).join(', ')}, or leave the key out`),
  findSlowness: ({ productPrecision }) => (productPrecision === 'float32' || multipliesBfloat16() ? null
    : 'model.productPrecision bfloat16 makes training slower here: this engine and CPU have no instructions for such products (AVX-512 '
      + 'BF16), and make them of float32 ones, with the same results but for last bits'),
  create(chosen, { inputSize }) {
    const { hiddenSize, dropoutRate } = chosen;
    const rounds = chosen.keptPrecision === 'bfloat16', halves = chosen.productPrecision === 'bfloat16';
    const layers = createStack(chosen, inputSize)
      .map((layer): Layer => ({ ...layer, cellName: chosen.cell, cell: cells[chosen.cell], rounds, halves }));
    const blocks = chosen.bidirectional ? 2 : 1;
    return {
      parameters: layers.flatMap(layerParameters), outputSize: hiddenSize * blocks, blocks, keepsInput: !rounds,
      apply: (sequence, weights, pass) =>
        runStack(layers, sequence, { dropoutRate, pass }, (layer, input) => runLayer(layer, input, weights, pass)),
      costs: (shape, isKept) => {
        const costs = stackCosts(layers, shape, { dropoutRate, label: label(chosen), keepsCopies: !rounds }, layerCost);
        return rounds ? costs.map((cost, k) => addRoundedInput(cost, layers, k, shape, isKept)) : costs;
      },
    };
  },
} satisfies Encoder<typeof settings>;

/** torch.nn's: rnn.weight_ih_l0 [G·H, D], rnn.weight_hh_l0 [G·H, H] and two biases [G·H] a layer and direction, uniform in ±1/√H. */
function layerParameters({ name, cell, inputSize, hiddenSize, directions }: Layer): ParameterSpec[] {
  const rows = cell.parameterGates * hiddenSize;
  const shapes = { weight_ih: [rows, inputSize], weight_hh: [rows, hiddenSize], bias_ih: [rows], bias_hh: [rows] };
  const initial = { bound: 1 / Math.sqrt(hiddenSize) };
  return directions.flatMap((direction) => Object.entries(shapes).map(([kind, shape]) =>
    ({ name: `rnn.${kind}_${name}${suffixes[direction]}`, shape, group: 'recurrent', initial })));
}

/** A layer's parameters in one direction, as far as its cell reads them; the gradient of the rest is zero. */
function readWeights({ name, cell, hiddenSize }: Layer, direction: Direction, weights: Weights): Omit<LayerInputs, 'x'> {
  const { gates, parameterGates } = cell;
  const read = <T extends Tensor>(kind: string): T => {
    const all = weights.get<T>(`rnn.${kind}_${name}${suffixes[direction]}`);
    return gates === parameterGates ? all : tf.slice<tf.Rank, T>(all, 0, gates * hiddenSize);
  };
  return { weightIh: read('weight_ih'), weightHh: read('weight_hh'), biasIh: read('bias_ih'), biasHh: read('bias_hh') };
}

/** Puts both biases where the cell's equations have room for them. */
function placeBiases({ bias }: Cell, { biasIh, biasHh }: Biases): Biases {
  const sum = (): Tensor1D => tf.add(biasIh, biasHh);
  if (bias === 'recurrent') return { biasIh: tf.zerosLike(biasIh), biasHh: sum() };
  return bias === 'input' ? { biasIh: sum(), biasHh: tf.zerosLike(biasHh) } : { biasIh, biasHh };
}

function runLayer(layer: Layer, sequence: Sequence, weights: Weights, pass: Pass): Sequence {
  const { cell } = layer, rounds = layer.rounds && pass.isTraining, halves = layer.halves && pass.isTraining;
  const { index, layout } = sequence;
  const rows = joinedRows(sequence), keptRows = rounds && index === null ? roundRows(rows) : rows; // once for both directions
  const blocks = layer.directions.map((direction) => {
    const { weightIh, weightHh, ...biases } = readWeights(layer, direction, weights);
    const walk = { layout, direction, rounds, halves };
    if (index === null)
      return { rows: recurrentLayer(cell, { x: rows, weightIh, weightHh, ...placeBiases(cell, biases) }, walk, keptRows), direction };
    if (cell.bias === 'apart' || cell.bias === 'input') {
      const { biasIh, biasHh } = placeBiases(cell, biases);
      return { rows: recurrence(cell, { gateInputs: linear(rows, weightIh, biasIh), index, weightHh, biasHh }, walk), direction };
    }
    // All of the bias in the recurrence: two passes over [U, G·H] less, forward and backward.
    const gateInputs: Tensor2D = tf.matMul(rows, weightIh, false, true);
    return { rows: recurrence(cell, { gateInputs, index, weightHh, biasHh: tf.add(biases.biasIh, biases.biasHh) }, walk), direction };
  });
  return { blocks, index: null, layout };
}

/**
 * Input products once for each row of the input, recurrent products for every token, a product of the cell's own among them. Kept: the
 * hidden state and `saved` of every token (the native kernels round H up to whole vectors in `saved`), and a copy of the parameters where
 * the cell does not read them all. The input product is not kept. Rounded, all of a token's states lie in whole words.
 */
function layerCost(layer: Layer, { tokens, distinctTokens }: BatchShape): Omit<PartCost, 'name'> {
  const { cell: { gates, parameterGates, recurrentGates, ownProduct, saved }, cellName, inputSize, hiddenSize, directions, rounds } = layer;
  const states = (1 + saved) * hiddenSize;
  const products = recurrentGates + (ownProduct === null ? 0 : 1);
  const copied = gates === parameterGates ? 0 : gates * hiddenSize * (inputSize + hiddenSize + 2);
  return {
    parameters: layerParameters(layer),
    multiplyAdds: directions.length * hiddenSize * (gates * distinctTokens * inputSize + products * tokens * hiddenSize),
    keptBytes: VALUE_BYTES * directions.length * (tokens * (rounds ? halfWords(states) : states) + copied),
    layer: { kind: 'recurrent', cell: cellName, directions: directions.length, inputSize, hiddenSize },
  };
}

/**
 * A layer that rounds keeps an input of its own, in bfloat16, where each token has a row; of distinct rows the product keeps float32. The
 * states it gives are float32, and kept where the pooling reads them again.
 */
function addRoundedInput(cost: PartCost, layers: readonly Layer[], k: number, shape: BatchShape, isKept: boolean): PartCost {
  const { inputSize = 0, hiddenSize = 0, directions = [] } = layers[k] ?? {}, { tokens, distinctTokens } = shape;
  const isShared = k === 0 && distinctTokens < tokens;
  const input = isShared ? distinctTokens * inputSize : tokens * halfWords(inputSize);
  const output = isKept && k === layers.length - 1 && directions.length === 1 ? tokens * hiddenSize : 0; // side by side they are a copy
  return { ...cost, keptBytes: cost.keptBytes + VALUE_BYTES * (input + output) };
}
