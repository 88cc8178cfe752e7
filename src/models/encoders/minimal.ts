import { z } from 'zod';
import { linear } from '../../ops/linear.ts';
import { minimalCellNames, minimalCells, minimalLayer } from '../../ops/minimal-cells.ts';
import type { MinimalCellName } from '../../ops/minimal-cells.ts';
import { apply, applyLinear, joinColumns, splitColumns } from '../../ops/onnx-graph.ts';
import type { OnnxGraph } from '../../ops/onnx-graph.ts';
import { joinedRows, VALUE_BYTES, valuesOf } from '../module.ts';
import type { BatchShape, Encoder, OnnxSequence, PartCost, Pass, Sequence } from '../module.ts';
import type { ParameterSpec, Weights } from '../parameters.ts';
import { createStack, describeStack, runStack, stackCosts, stackDropouts, stackSettings, suffixes } from './stack.ts';
import type { StackedLayer } from './stack.ts';

const settings = {
  cell: z.enum(minimalCellNames).default('mingru')
    .describe(`Cell. ${minimalCellNames.map((name) => `\`${name}\`: ${minimalCells[name].summary}`).join('; ')}.`),
  ...stackSettings,
};
type MinimalSettings = z.infer<z.ZodObject<typeof settings>>;

function label({ cell, bidirectional }: MinimalSettings): string {
  return bidirectional ? `Bi${minimalCells[cell].label}` : minimalCells[cell].label;
}

interface Layer extends StackedLayer {
  readonly cell: MinimalCellName;
}

/**
 * A stack of layers whose gates read the input alone: minGRU and minLSTM of Feng et al. (2024). Their states are a scan, so that a layer
 * costs one product for each input row and a pass over memory.
 */
export const minimal = {
  settings,
  checkpointings: ['none', 'layers'],
  summary: 'stacked layers whose gates read the input alone (minGRU, minLSTM)',
  label,
  describe: (chosen, inputSize) => `${label(chosen)}, ${describeStack(chosen, inputSize)}`,
  dropouts: stackDropouts,
  create(chosen, { inputSize }) {
    const { hiddenSize, dropoutRate } = chosen;
    const layers = createStack(chosen, inputSize).map((layer): Layer => ({ ...layer, cell: chosen.cell }));
    const blocks = chosen.bidirectional ? 2 : 1;
    return {
      parameters: layers.flatMap(layerParameters), outputSize: hiddenSize * blocks, blocks, keepsInput: true,
      apply: (sequence, weights, pass) =>
        runStack<Layer>(layers, sequence, chosen, { weights, pass }, {
          parametersOf: layerParameters, run: (layer, input) => runLayer(layer, input, weights, pass),
        }),
      costs: (shape, isKept, checkpointing = 'none') =>
        stackCosts(layers, shape, { dropoutRate, label: label(chosen), isKept, checkpointing, stateBlocks: 0 }, layerCost),
      toOnnx: (graph, sequence, weights) =>
        layers.reduce<OnnxSequence>((below, layer) => runInOnnx(graph, layer, below, weights), sequence),
    };
  },
} satisfies Encoder<typeof settings>;

/** rnn.weight_ih_l0 [G·H, D] and rnn.bias_ih_l0 [G·H] a layer and direction, uniform in ±1/√D as the authors' torch.nn.Linear. */
function layerParameters({ name, cell, inputSize, hiddenSize, directions }: Layer): ParameterSpec[] {
  const rows = minimalCells[cell].gates * hiddenSize, initial = { bound: 1 / Math.sqrt(inputSize) };
  return directions.flatMap((direction) => [
    { name: `rnn.weight_ih_${name}${suffixes[direction]}`, shape: [rows, inputSize], group: 'recurrent', initial },
    { name: `rnn.bias_ih_${name}${suffixes[direction]}`, shape: [rows], group: 'recurrent', initial },
  ]);
}

function runLayer({ name, cell, directions }: Layer, sequence: Sequence, weights: Weights, pass: Pass): Sequence {
  const { index, layout } = sequence, rows = joinedRows(sequence);
  const blocks = directions.map((direction) => {
    const of = `${name}${suffixes[direction]}`;
    const product = pass.once(rows, of, () => linear(rows, weights.get(`rnn.weight_ih_${of}`), weights.get(`rnn.bias_ih_${of}`)));
    return { rows: minimalLayer(cell, product, index, { layout, direction }), direction };
  });
  return { blocks, index: null, layout };
}

/** A scan for each direction. What is no token leaves the state as it was, so that the last state is that of each row's last token. */
function runInOnnx(graph: OnnxGraph, layer: Layer, sequence: OnnxSequence, weights: Weights): OnnxSequence {
  const { name, cell, directions, hiddenSize } = layer;
  const { states, mask, lengths } = sequence, { gates } = minimalCells[cell];
  const outputs = directions.map((direction) => {
    const of = `${name}${suffixes[direction]}`;
    const product = applyLinear(graph, states, valuesOf(weights, `rnn.weight_ih_${of}`), valuesOf(weights, `rnn.bias_ih_${of}`));
    const { a, b } = minimalCells[cell].coefficientsInOnnx(graph, splitColumns(graph, product, Array<number>(gates).fill(hiddenSize)));
    const kept = apply(graph, 'Where', [mask, a, graph.float(1)]), added = apply(graph, 'Where', [mask, b, graph.float(0)]);
    const first = apply(graph, 'Gather', [added, graph.integer(0)], { axis: { int: 0 } });
    const zero = apply(graph, 'Sub', [first, first]);
    return graph.scan([kept, added], zero, direction === 'reverse', (step, state, [share = '', fresh = '']) =>
      apply(step, 'Add', [apply(step, 'Mul', [share, state]), fresh]));
  });
  const join = (of: 'states' | 'final'): string => joinColumns(graph, outputs.map((output) => output[of]));
  return { states: join('states'), final: join('final'), mask, lengths };
}

/** Kept: the input product of every distinct row, and the states. */
function layerCost(layer: Layer, { tokens, distinctTokens }: BatchShape): Omit<PartCost, 'name'> {
  const { inputSize, hiddenSize, directions } = layer, { gates } = minimalCells[layer.cell];
  return {
    parameters: layerParameters(layer),
    multiplyAdds: directions.length * gates * hiddenSize * distinctTokens * inputSize,
    keptBytes: VALUE_BYTES * directions.length * hiddenSize * (gates * distinctTokens + tokens),
  };
}
