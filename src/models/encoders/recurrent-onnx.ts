import type { Tensor } from '@tensorflow/tfjs-core';
import type { OnnxEquations, OnnxOperator } from '../../ops/cell.ts';
import { apply, applyLinear, cast, joinColumns, splitColumns } from '../../ops/onnx-graph.ts';
import type { OnnxGraph } from '../../ops/onnx-graph.ts';
import type { Direction } from '../../ops/packed-layout.ts';
import { evaluationPass } from '../module.ts';
import type { OnnxSequence } from '../module.ts';
import type { Weights } from '../parameters.ts';
import { readWeights } from './recurrent-weights.ts';
import type { WeightedLayer } from './recurrent-weights.ts';

type LayerByOperator = WeightedLayer & { readonly onnx: OnnxOperator };
type LayerByEquations = WeightedLayer & { readonly onnx: OnnxEquations };

/** Stacked layers, each as its cell says: by an operator of ONNX, or by its equations. */
export function recurrentInOnnx(
  graph: OnnxGraph, layers: readonly WeightedLayer[], sequence: OnnxSequence, weights: Weights,
): OnnxSequence {
  return layers.reduce<OnnxSequence>((below, layer) => {
    const { cell: { name, onnx } } = layer;
    if (onnx === null) throw new Error(`${name}: says nothing of ONNX`);
    if ('operator' in onnx) return runOperator(graph, { ...layer, onnx }, below, weights);
    return walkOver(graph, { ...layer, onnx }, below, weights);
  }, sequence);
}

/**
 * ONNX's RNN, LSTM and GRU. Their states beyond a row's length are zero, and the final states are those after a row's last token, since
 * `sequence_lens` says how long each row is; without it, both would be others.
 */
function runOperator(graph: OnnxGraph, layer: LayerByOperator, below: OnnxSequence, weights: Weights): OnnxSequence {
  const { hiddenSize, directions, onnx } = layer, lengths = cast(graph, below.lengths, 'int32');
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
}

/** A walk over time in each direction. What is no token leaves the state as it was, so that the last one follows each row's last token. */
function walkOver(graph: OnnxGraph, layer: LayerByEquations, below: OnnxSequence, weights: Weights): OnnxSequence {
  const outputs = layer.directions.map((direction) => walkOneWay(graph, layer, direction, below, weights));
  const join = (of: 'states' | 'final'): string => joinColumns(graph, outputs.map((output) => output[of]));
  return { ...below, states: join('states'), final: join('final') };
}

function walkOneWay(graph: OnnxGraph, layer: LayerByEquations, direction: Direction, below: OnnxSequence, weights: Weights) {
  const { cell, hiddenSize, onnx } = layer, carries = cell.carry !== null;
  const widths = carries ? [hiddenSize, hiddenSize] : [hiddenSize];
  const { weightIh, weightHh, biasIh, biasHh, own = {} } = readWeights(layer, direction, weights, evaluationPass);
  const values = (tensor: Tensor): Float32Array => tensor.dataSync<'float32'>();
  const product = applyLinear(graph, below.states, values(weightIh), values(biasIh));
  const rows = cell.recurrentGates * hiddenSize; // what of W_hh is multiplied before a step
  const matrix = graph.weights(values(weightHh).subarray(0, rows * hiddenSize), [rows, hiddenSize]);
  const bias = graph.weights(values(biasHh).subarray(0, rows), [rows]);
  const ownValues = Object.fromEntries(Object.entries(own).map(([name, tensor]) => [name, values(tensor)]));
  const { input, step } = onnx.write(graph, product, ownValues);
  const hasToken = cast(graph, below.mask, 'float32');
  const first = apply(graph, 'Gather', [hasToken, graph.integer(0)], { axis: { int: 0 } }); // [batch, 1]
  const zero = apply(graph, 'Mul', [first, graph.float(new Array<number>(widths.length * hiddenSize).fill(0))]);
  const walked = graph.scan([input, hasToken], zero, direction === 'reverse', (body, state, [x = '', isToken = '']) => {
    const [hidden = '', carry = ''] = carries ? splitColumns(body, state, widths) : [state];
    const recurrent = apply(body, 'Gemm', [hidden, matrix, bias], { transB: { int: 1 } });
    const after = step(body, x, recurrent, { hidden, carry });
    const joined = joinColumns(body, carries ? [after.hidden, after.carry] : [after.hidden]);
    return apply(body, 'Where', [cast(body, isToken, 'boolean'), joined, state]);
  });
  const hiddenOf = (state: string): string => (carries ? splitColumns(graph, state, widths)[0] ?? '' : state);
  return { states: hiddenOf(walked.states), final: hiddenOf(walked.final) };
}

/** W [directions, G·H, D], R [directions, G·H, H] and B [directions, 2·G·H], the gates in ONNX's order. */
function stackedWeights(graph: OnnxGraph, layer: LayerByOperator, weights: Weights): string[] {
  const { onnx, directions, inputSize, hiddenSize } = layer, gates = onnx.gates.length;
  const parts = directions.map((direction) => readDirection(layer, direction, weights));
  const stack = (of: (part: ReturnType<typeof readDirection>) => readonly number[], shape: readonly number[]): string =>
    graph.weights(parts.flatMap(of), [directions.length, ...shape]);
  return [
    stack(({ input }) => input, [gates * hiddenSize, inputSize]), stack(({ recurrent }) => recurrent, [gates * hiddenSize, hiddenSize]),
    stack(({ biases }) => biases, [2 * gates * hiddenSize]),
  ];
}

/** One direction's weights, gate by gate in ONNX's order; zeros for a gate that has no bias though it shares another's weights. */
function readDirection(layer: LayerByOperator, direction: Direction, weights: Weights) {
  const { weightIh, weightHh, biasIh, biasHh } = readWeights(layer, direction, weights, evaluationPass);
  const { onnx, cell: { gates } } = layer;
  const arrange = (tensor: Tensor, isBias: boolean): number[] => {
    const values = tensor.dataSync<'float32'>(), size = values.length / gates;
    return onnx.gates.flatMap(({ from, sign = 1, hasBias = true }) => {
      const factor = isBias && !hasBias ? 0 : sign;
      return Array.from(values.subarray(from * size, (from + 1) * size), (value) => factor * value);
    });
  };
  const biases = [...arrange(biasIh, true), ...arrange(biasHh, true)];
  return { input: arrange(weightIh, false), recurrent: arrange(weightHh, false), biases };
}
