import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { addRows, gatherRows, linear, multiply } from '../../ops/linear.ts';
import { minimalCellNames, minimalCells, minimalLayer } from '../../ops/minimal-cells.ts';
import type { Direction } from '../../ops/packed-layout.ts';
import { previousRows } from '../../ops/previous.ts';
import { joinedRows, VALUE_BYTES } from '../module.ts';
import type { BatchShape, Encoder, OnnxSequence, PartCost, Pass, Sequence } from '../module.ts';
import type { ParameterSpec, Weights } from '../parameters.ts';
import { minimalInOnnx } from './minimal-onnx.ts';
import type { MinimalLayer } from './minimal-onnx.ts';
import { createStack, describeStack, runStack, stackCosts, stackDropouts, stackSettings, suffixes } from './stack.ts';

/** Cells whose gates may read the token before too. */
const windowed = minimalCellNames.filter((name) => minimalCells[name].window === 2);

const settings = {
  cell: z.enum(minimalCellNames).default('mingru')
    .describe(`Cell. ${minimalCellNames.map((name) => `\`${name}\`: ${minimalCells[name].summary}`).join('; ')}.`),
  window: z.int().min(1).max(2).nullable().default(null)
    .describe(`Of \`${windowed.join('`, `')}\`: how many tokens the gates read. 2: the token and the one before it in the reading `
      + 'direction; 1: the token alone; null takes 2.'),
  ...stackSettings,
};
type MinimalSettings = z.infer<z.ZodObject<typeof settings>>;

function label({ cell, bidirectional }: MinimalSettings): string {
  return bidirectional ? `Bi${minimalCells[cell].label}` : minimalCells[cell].label;
}

const windowOf = ({ cell, window }: MinimalSettings): number => window ?? minimalCells[cell].window;

/**
 * A stack of layers whose gates read the input alone, as those of `minimalCells` do. Their states are a scan, so that a layer costs one
 * product for each input row and token of the window, and a pass over memory.
 */
export const minimal = {
  settings,
  checkpointings: ['none', 'layers'],
  summary: `stacked layers whose gates read the input alone (${minimalCellNames.map((name) => minimalCells[name].label).join(', ')})`,
  label,
  describe: (chosen, inputSize) =>
    [label(chosen), describeStack(chosen, inputSize), ...(windowOf(chosen) === 1 ? [] : [`window ${windowOf(chosen)}`])].join(', '),
  dropouts: stackDropouts,
  findProblem({ cell, window }) {
    if (window === null || windowed.some((name) => name === cell)) return null;
    return `model.window is not for ${minimalCells[cell].label}, whose gates read one token; omit it, or set model.cell to `
      + windowed.join(' or ');
  },
  create(chosen, { inputSize }) {
    const { hiddenSize, dropoutRate, cell } = chosen, keepsOutputs = !minimalCells[cell].hasOutputGate;
    const layers = createStack(chosen, inputSize).map((layer): MinimalLayer => ({ ...layer, cell, window: windowOf(chosen) }));
    const blocks = chosen.bidirectional ? 2 : 1;
    return {
      parameters: layers.flatMap(layerParameters), outputSize: hiddenSize * blocks, blocks, keepsInput: true,
      apply: (sequence, weights, pass) =>
        runStack<MinimalLayer>(layers, sequence, chosen, { weights, pass }, {
          parametersOf: layerParameters, run: (layer, input) => runLayer(layer, input, weights, pass),
        }),
      costs: (shape, isKept, checkpointing = 'none') =>
        stackCosts(layers, shape, { dropoutRate, label: label(chosen), isKept, checkpointing, keepsOutputs, stateBlocks: 0 }, layerCost),
      toOnnx: (graph, sequence, weights) =>
        layers.reduce<OnnxSequence>((below, layer) => minimalInOnnx(graph, layer, below, weights), sequence),
    };
  },
} satisfies Encoder<typeof settings>;

/**
 * rnn.weight_ih_l0 [G·H, D], rnn.bias_ih_l0 [G·H] and, in a window of 2, rnn.weight_previous_l0 [G·H, D] for the token before, a layer and
 * direction: uniform in ±1/√(D·window), as the authors' torch.nn.Linear of all that the gates read.
 */
function layerParameters({ name, cell, window, inputSize, hiddenSize, directions }: MinimalLayer): ParameterSpec[] {
  const rows = minimalCells[cell].gates * hiddenSize, initial = { bound: 1 / Math.sqrt(window * inputSize) };
  const matrices = window === 1 ? ['ih'] : ['ih', 'previous'];
  return directions.flatMap((direction): ParameterSpec[] => {
    const of = `${name}${suffixes[direction]}`;
    return [
      ...matrices.map((kind) => ({ name: `rnn.weight_${kind}_${of}`, shape: [rows, inputSize], group: 'recurrent', initial })),
      { name: `rnn.bias_ih_${of}`, shape: [rows], group: 'recurrent', initial },
    ];
  });
}

interface LayerContext {
  readonly weights: Weights;
  readonly pass: Pass;
}

function runLayer(layer: MinimalLayer, sequence: Sequence, weights: Weights, pass: Pass): Sequence {
  const { layout } = sequence;
  const blocks = layer.directions.map((direction) => {
    const { product, index } = inputProduct(layer, direction, sequence, { weights, pass });
    return { rows: minimalLayer(layer.cell, product, index, { layout, direction }), direction };
  });
  return { blocks, index: null, layout };
}

/** Of each distinct row [U, G·H]; where the gates read two tokens, of each token [N, G·H]. */
function inputProduct(
  { name, window }: MinimalLayer, direction: Direction, sequence: Sequence, { weights, pass }: LayerContext,
): { readonly product: Tensor2D; readonly index: Tensor1D | null } {
  const { index, layout } = sequence, rows = joinedRows(sequence), of = `${name}${suffixes[direction]}`;
  const current = pass.once(rows, of, () => linear(rows, weights.get(`rnn.weight_ih_${of}`), weights.get(`rnn.bias_ih_${of}`)));
  if (window === 1) return { product: current, index };
  const previous = pass.once(rows, `${of}.previous`, () => multiply(rows, weights.get(`rnn.weight_previous_${of}`)));
  const ofTokens = (product: Tensor2D): Tensor2D => (index === null ? product : gatherRows(product, index));
  return { product: addRows(ofTokens(current), previousRows(ofTokens(previous), layout, direction)), index: null };
}

/** Kept: the input product, of every distinct row or, added to that of the token before, of every token; and the states. */
function layerCost(layer: MinimalLayer, { tokens, distinctTokens }: BatchShape): Omit<PartCost, 'name'> {
  const { window, inputSize, hiddenSize, directions } = layer, { gates } = minimalCells[layer.cell];
  return {
    parameters: layerParameters(layer),
    multiplyAdds: directions.length * window * gates * hiddenSize * distinctTokens * inputSize,
    keptBytes: VALUE_BYTES * directions.length * hiddenSize * (gates * (window === 1 ? distinctTokens : tokens) + tokens),
  };
}
