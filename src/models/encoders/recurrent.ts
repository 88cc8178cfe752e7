import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { roundRows } from '../../ops/bfloat16.ts';
import type { Cell } from '../../ops/cell.ts';
import { cellNames, cells } from '../../ops/cells.ts';
import type { CellName } from '../../ops/cells.ts';
import type { Extras } from '../../ops/checkpoint.ts';
import { linear, multiply } from '../../ops/linear.ts';
import type { Direction, PackedLayout } from '../../ops/packed-layout.ts';
import { isPlain, recurrence, recurrentLayer } from '../../ops/recurrence.ts';
import { joinedRows, VALUE_BYTES } from '../module.ts';
import type { BatchShape, Encoder, PartCost, Pass, Sequence } from '../module.ts';
import type { Weights } from '../parameters.ts';
import {
  addFirstInput, addRoundedInputs, countStateWords, describePrecisions, findPrecisionCheckpointingProblem, findPrecisionProblem,
  findPrecisionSlowness, precisionSettings,
} from './recurrent-precision.ts';
import {
  countCopiedValues, describeWeights, findWeightProblem, inTorchOrder, layerParameters, readWeights, weightSettings,
} from './recurrent-weights.ts';
import type { WeightedLayer } from './recurrent-weights.ts';
import { recurrentInOnnx } from './recurrent-onnx.ts';
import { createStack, describeStack, runStack, stackCosts, stackDropouts, stackSettings, suffixes } from './stack.ts';

const settings = {
  cell: z.enum(cellNames).default('lstm')
    .describe(`Recurrent cell. ${cellNames.map((name) => `\`${name}\`: ${cells[name].summary}`).join('; ')}.`),
  ...stackSettings,
  ...weightSettings,
  recurrentDropoutRate: z.number().min(0).lt(1).default(0)
    .describe('Dropout on the hidden state before its product with W_hh, one mask for a review, the same at every token (Gal and '
      + 'Ghahramani 2016). A step takes about a tenth longer.'),
  ...precisionSettings,
};
type RecurrentSettings = z.infer<z.ZodObject<typeof settings>>;

/** As the articles name it: `LSTM`, `BiGRU`; `printed BiGRU` where the cell's own label is of more words. */
function label({ cell, bidirectional }: Pick<RecurrentSettings, 'cell' | 'bidirectional'>): string {
  return bidirectional ? cells[cell].label.replace(/(\w+)$/, 'Bi$1') : cells[cell].label;
}

interface Layer extends WeightedLayer {
  readonly cellName: CellName;
  readonly chosen: RecurrentSettings;
}

/**
 * A stack of recurrent layers as torch.nn.LSTM and its kin: dropout between the layers, a sequence of hidden states [N, H] in each
 * direction.
 */
export const recurrent = {
  settings,
  summary: 'stacked recurrent layers',
  checkpointings: ['none', 'layers', 'time'],
  label,
  describe: (chosen, inputSize) =>
    [label(chosen), describeStack(chosen, inputSize), ...describeWeights(chosen), ...describePrecisions(chosen)].join(', '),
  dropouts: (chosen) =>
    ({ ...stackDropouts(chosen), 'on recurrent weights': chosen.weightDropRate, 'on the state': chosen.recurrentDropoutRate }),
  findProblem: (chosen, inputSize) =>
    findStateProblem(chosen) ?? findPrecisionProblem(chosen)
    ?? findWeightProblem(cells[chosen.cell], chosen, createStack(chosen, inputSize)),
  findSlowness: findPrecisionSlowness,
  findCheckpointingProblem: findPrecisionCheckpointingProblem,
  create(chosen, { inputSize }) {
    const { hiddenSize, dropoutRate, cell: cellName } = chosen, cell: Cell = cells[cellName];
    const keepsCopies = chosen.keptPrecision === 'float32';
    const layers = createStack(chosen, inputSize).map((layer): Layer => ({ ...layer, chosen, cellName, cell }));
    const blocks = chosen.bidirectional ? 2 : 1;
    return {
      parameters: inTorchOrder(layers.flatMap(layerParameters)), outputSize: hiddenSize * blocks, blocks, keepsInput: keepsCopies,
      apply: (sequence, weights, pass) =>
        runStack<Layer>(layers, sequence, chosen, { weights, pass }, {
          parametersOf: layerParameters, run: (layer, input, extras) => runLayer(layer, input, { weights, pass, extras }),
        }),
      costs: (shape, isKept, checkpointing = 'none') => {
        const costs = stackCosts(layers, shape, {
          dropoutRate, label: label(chosen), isKept, checkpointing, keepsCopies, stateBlocks: cell.carry === null ? 1 : 2,
        }, layerCost);
        if (keepsCopies) return costs;
        return checkpointing === 'none' ? addRoundedInputs(costs, layers, shape, isKept) : addFirstInput(costs, layers, shape);
      },
      ...(cell.onnx === null ? {} : { toOnnx: (graph, sequence, weights) => recurrentInOnnx(graph, layers, sequence, weights) }),
    };
  },
} satisfies Encoder<typeof settings>;

/** A cell that multiplies the state itself, once a gate is open, would have to drop there too. */
function findStateProblem({ cell, recurrentDropoutRate }: RecurrentSettings): string | null {
  if (recurrentDropoutRate === 0 || cells[cell].ownProduct === null) return null;
  return `model.recurrentDropoutRate is not for ${cells[cell].label}, which multiplies a part of its state within a step; `
    + 'set model.weightDropRate instead';
}

interface LayerContext {
  readonly weights: Weights;
  readonly pass: Pass;
  readonly extras: Extras | null;
}

function runLayer(layer: Layer, sequence: Sequence, { weights, pass, extras }: LayerContext): Sequence {
  const { cell, chosen } = layer, { layout } = sequence;
  const rounds = pass.isTraining && chosen.keptPrecision === 'bfloat16', halves = pass.isTraining && chosen.productPrecision === 'bfloat16';
  const rows = joinedRows(sequence), keptX = rounds && sequence.index === null ? roundRows(rows) : rows; // once for both directions
  const blocks = layer.directions.map((direction) => {
    const { weightIh, biasIh, ...own } = readWeights(layer, direction, weights, pass);
    const walk = { layout, direction, rounds, halves };
    const recurrent = { ...own, ...stateMask(layer, direction, layout, pass) };
    if (sequence.index === null && isPlain(recurrent))
      return { rows: recurrentLayer(cell, { x: rows, weightIh, biasIh, ...recurrent }, walk, { keptX, extras }), direction };
    const index = sequence.index ?? tf.tensor1d([], 'int32'), biasGoesFirst = cell.bias === 'apart' || cell.bias === 'input';
    const gateInputs = pass.once(rows, `${layer.name}${suffixes[direction]}`, () =>
      (biasGoesFirst ? linear(rows, weightIh, biasIh) : multiply(rows, weightIh)));
    if (biasGoesFirst) return { rows: recurrence(cell, { gateInputs, index, ...recurrent }, walk, extras), direction };
    // All of the bias in the recurrence: two passes over [U, G·H] less, forward and backward.
    const biasHh: Tensor1D = cell.bias === 'anywhere' ? tf.add(biasIh, recurrent.biasHh) : recurrent.biasHh;
    return { rows: recurrence(cell, { gateInputs, index, ...recurrent, biasHh }, walk, extras), direction };
  });
  return { blocks, index: null, layout };
}

/** One mask [B, H] for all steps, where the state is dropped. */
function stateMask({ name, hiddenSize, chosen: { recurrentDropoutRate } }: Layer, direction: Direction, layout: PackedLayout, pass: Pass) {
  const mask = pass.mask([layout.lengths.length, hiddenSize], recurrentDropoutRate, `rnn.state_${name}${suffixes[direction]}`);
  return mask === null ? {} : { mask: mask() };
}

/**
 * Input products once for each row of the input, recurrent products for every token, a product of the cell's own among them. Kept: the
 * hidden state and `saved` of every token (the native kernels round H up to whole vectors in `saved`), and a copy of the parameters where
 * the cell does not read them all. The input product is not kept. Rounded, all of a token's states lie in whole words.
 */
function layerCost(layer: Layer, { rows, tokens, distinctTokens }: BatchShape): Omit<PartCost, 'name'> {
  const { cell: { gates, recurrentGates, ownProduct, saved }, cellName, inputSize, hiddenSize, directions } = layer;
  const masked = layer.chosen.recurrentDropoutRate > 0 ? rows * hiddenSize : 0;
  const states = countStateWords(1 + saved, hiddenSize, layer.chosen);
  const products = recurrentGates + (ownProduct === null ? 0 : 1);
  return {
    parameters: layerParameters(layer),
    multiplyAdds: directions.length * hiddenSize * (gates * distinctTokens * inputSize + products * tokens * hiddenSize),
    keptBytes: VALUE_BYTES * directions.length * (tokens * states + masked + countCopiedValues(layer)),
    layer: { kind: 'recurrent', cell: cellName, directions: directions.length, inputSize, hiddenSize },
  };
}
