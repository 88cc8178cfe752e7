import { minimalCells } from '../../ops/minimal-cells.ts';
import type { MinimalCellName } from '../../ops/minimal-cells.ts';
import { addDimension, apply, applyLinear, applyProduct, joinColumns, splitColumns } from '../../ops/onnx-graph.ts';
import type { OnnxGraph } from '../../ops/onnx-graph.ts';
import type { Direction } from '../../ops/packed-layout.ts';
import { valuesOf } from '../module.ts';
import type { OnnxSequence } from '../module.ts';
import type { Weights } from '../parameters.ts';
import { finalInOnnx, whereToken } from '../poolings/onnx.ts';
import { suffixes } from './stack.ts';
import type { StackedLayer } from './stack.ts';

/** A layer of a minimal cell, as far as a graph needs to know it. */
export interface MinimalLayer extends StackedLayer {
  readonly cell: MinimalCellName;
  /** How many tokens the gates read: 1, or 2 for the one before it too. */
  readonly window: number;
}

/** A scan for each direction. What is no token leaves the state as it was, so that the last state is that of each row's last token. */
export function minimalInOnnx(graph: OnnxGraph, layer: MinimalLayer, below: OnnxSequence, weights: Weights): OnnxSequence {
  const outputs = layer.directions.map((direction) => scanOneWay(graph, layer, direction, below, weights));
  const join = (of: 'states' | 'final'): string => joinColumns(graph, outputs.map((output) => output[of]));
  return { ...below, states: join('states'), final: join('final') };
}

function scanOneWay(graph: OnnxGraph, layer: MinimalLayer, direction: Direction, below: OnnxSequence, weights: Weights) {
  const cell = minimalCells[layer.cell], product = inputProduct(graph, layer, direction, below, weights);
  const gates = splitColumns(graph, product, Array<number>(cell.gates).fill(layer.hiddenSize));
  const { a, b } = cell.coefficientsInOnnx(graph, gates);
  const kept = whereToken(graph, below, a, 1), added = whereToken(graph, below, b, 0);
  const walked = graph.scan([kept, added], zeroStep(graph, added), direction === 'reverse', (step, state, [share = '', fresh = '']) =>
    apply(step, 'Add', [apply(step, 'Mul', [share, state]), fresh]));
  if (!cell.hasOutputGate) return walked;
  const states = apply(graph, 'Mul', [apply(graph, 'Sigmoid', [gates.at(-1) ?? '']), walked.states]);
  // In reverse the last output is that of the first place; a row without a token has the state 0 there.
  const final = direction === 'forward' ? finalInOnnx(graph, { ...below, states, final: null })
    : apply(graph, 'Gather', [states, graph.integer(0)], { axis: { int: 0 } });
  return { states, final };
}

/** [time, batch, G·H] */
function inputProduct(
  graph: OnnxGraph, { name, cell, hiddenSize, window }: MinimalLayer, direction: Direction, below: OnnxSequence, weights: Weights,
): string {
  const of = `${name}${suffixes[direction]}`;
  const current = applyLinear(graph, below.states, valuesOf(weights, `rnn.weight_ih_${of}`), valuesOf(weights, `rnn.bias_ih_${of}`));
  if (window === 1) return current;
  const product = applyProduct(graph, below.states, valuesOf(weights, `rnn.weight_previous_${of}`), minimalCells[cell].gates * hiddenSize);
  return apply(graph, 'Add', [current, previousSteps(graph, whereToken(graph, below, product, 0), direction)]);
}

/** What stands a step before, in the reading direction; zeros before the first. @param x [time, batch, K], zero where there is no token */
function previousSteps(graph: OnnxGraph, x: string, direction: Direction): string {
  const isForward = direction === 'forward', none = addDimension(graph, zeroStep(graph, x), 0);
  const [from, to] = isForward ? [0, -1] : [1, Number.MAX_SAFE_INTEGER];
  const steps = apply(graph, 'Slice', [x, graph.integer([from]), graph.integer([to]), graph.integer([0])]);
  return apply(graph, 'Concat', isForward ? [none, steps] : [steps, none], { axis: { int: 0 } });
}

/** Zeros as wide as a step. @param x [time, batch, K] @returns [batch, K] */
function zeroStep(graph: OnnxGraph, x: string): string {
  const first = apply(graph, 'Gather', [x, graph.integer(0)], { axis: { int: 0 } });
  return apply(graph, 'Sub', [first, first]);
}
