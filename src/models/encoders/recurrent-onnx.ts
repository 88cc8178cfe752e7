import type { Tensor } from '@tensorflow/tfjs-core';
import { apply } from '../../ops/onnx-graph.ts';
import type { OnnxGraph } from '../../ops/onnx-graph.ts';
import type { Direction } from '../../ops/packed-layout.ts';
import { evaluationPass } from '../module.ts';
import type { OnnxSequence } from '../module.ts';
import type { Weights } from '../parameters.ts';
import { readWeights } from './recurrent-weights.ts';
import type { WeightedLayer } from './recurrent-weights.ts';

/**
 * Stacked layers as ONNX's RNN, LSTM and GRU. Their states beyond a row's length are zero, and the final states are those after a row's
 * last token, since `sequence_lens` says how long each row is; without it, both would be others.
 */
export function recurrentInOnnx(
  graph: OnnxGraph, layers: readonly WeightedLayer[], sequence: OnnxSequence, weights: Weights,
): OnnxSequence {
  const lengths = apply(graph, 'Cast', [sequence.lengths], { to: { int: INT32 } });
  return layers.reduce<OnnxSequence>((below, layer) => {
    const { hiddenSize, directions, cell: { onnx } } = layer;
    if (onnx === null) throw new Error(`${layer.cell.name}: ONNX has no operator of it`);
    const [states = '', final = ''] = graph.node(
      onnx.operator,
      [below.states, ...stackedWeights(graph, layer, weights), lengths],
      {
        hidden_size: { int: hiddenSize }, direction: { text: directions.length === 2 ? 'bidirectional' : 'forward' },
        ...(onnx.resetsAfter === true ? { linear_before_reset: { int: 1 } } : {}),
      },
      2,
    );
    const width = directions.length * hiddenSize;
    const join = (value: string, perm: readonly number[], kept: readonly number[]): string =>
      apply(graph, 'Reshape', [apply(graph, 'Transpose', [value], { perm: { ints: perm } }), graph.integer([...kept, width])]);
    return { ...below, states: join(states, [0, 2, 1, 3], [0, 0]), final: join(final, [1, 0, 2], [0]) };
  }, sequence);
}

/** ONNX's number of the type. */
const INT32 = 6;

/** W [directions, G·H, D], R [directions, G·H, H] and B [directions, 2·G·H], the gates in ONNX's order. */
function stackedWeights(graph: OnnxGraph, layer: WeightedLayer, weights: Weights): string[] {
  const { cell, directions, inputSize, hiddenSize } = layer, gates = cell.onnx?.gates.length ?? 0;
  const parts = directions.map((direction) => readDirection(layer, direction, weights));
  const stack = (of: (part: ReturnType<typeof readDirection>) => readonly number[], shape: readonly number[]): string =>
    graph.weights(parts.flatMap(of), [directions.length, ...shape]);
  return [
    stack(({ input }) => input, [gates * hiddenSize, inputSize]), stack(({ recurrent }) => recurrent, [gates * hiddenSize, hiddenSize]),
    stack(({ biases }) => biases, [2 * gates * hiddenSize]),
  ];
}

/** One direction's weights, gate by gate in ONNX's order; zeros for a gate that has no bias though it shares another's weights. */
function readDirection(layer: WeightedLayer, direction: Direction, weights: Weights) {
  const { weightIh, weightHh, biasIh, biasHh } = readWeights(layer, direction, weights, evaluationPass);
  const { gates, onnx } = layer.cell;
  const arrange = (tensor: Tensor, isBias: boolean): number[] => {
    const values = tensor.dataSync<'float32'>(), size = values.length / gates;
    return (onnx?.gates ?? []).flatMap(({ from, sign = 1, hasBias = true }) => {
      const factor = isBias && !hasBias ? 0 : sign;
      return Array.from(values.subarray(from * size, (from + 1) * size), (value) => factor * value);
    });
  };
  const biases = [...arrange(biasIh, true), ...arrange(biasHh, true)];
  return { input: arrange(weightIh, false), recurrent: arrange(weightHh, false), biases };
}
