import { addDimension, apply, cast, countTo, sizeOf } from '../../ops/onnx-graph.ts';
import type { OnnxGraph } from '../../ops/onnx-graph.ts';
import type { OnnxSequence } from '../module.ts';

// Reductions over the time of an ONNX sequence [time, batch, D], each to [batch, D]. An empty row gives zeros.

/** Less than any state or score; an infinity would make a softmax over nothing but it no number. */
export const LEAST = -1e30;

/** The values where there is a token, elsewhere another one. */
export function whereToken(graph: OnnxGraph, { mask }: Pick<OnnxSequence, 'mask'>, values: string, otherwise: number): string {
  return apply(graph, 'Where', [mask, values, graph.float(otherwise)]);
}

export function sumOverTime(graph: OnnxGraph, values: string): string {
  return apply(graph, 'ReduceSum', [values, graph.integer([0])], { keepdims: { int: 0 } });
}

/** The encoder's own final states, or each row's last one. */
export function finalInOnnx(graph: OnnxGraph, sequence: OnnxSequence): string {
  const { states, final, lengths } = sequence;
  if (final !== null) return final;
  const steps = addDimension(graph, countTo(graph, sizeOf(graph, states, 0)), 1);
  const isLast = apply(graph, 'Equal', [steps, apply(graph, 'Sub', [lengths, graph.integer(1)])]);
  return sumOverTime(graph, whereToken(graph, { mask: addDimension(graph, isLast, 2) }, states, 0));
}

export function meanInOnnx(graph: OnnxGraph, sequence: OnnxSequence): string {
  const counts = cast(graph, apply(graph, 'Max', [sequence.lengths, graph.integer(1)]), 'float32');
  const sums = sumOverTime(graph, whereToken(graph, sequence, sequence.states, 0));
  return apply(graph, 'Div', [sums, addDimension(graph, counts, 1)]);
}

export function maxInOnnx(graph: OnnxGraph, sequence: OnnxSequence): string {
  const states = whereToken(graph, sequence, sequence.states, LEAST);
  const largest = apply(graph, 'ReduceMax', [states], { axes: { ints: [0] }, keepdims: { int: 0 } });
  const hasTokens = apply(graph, 'Greater', [sequence.lengths, graph.integer(0)]);
  return apply(graph, 'Where', [addDimension(graph, hasTokens, 1), largest, graph.float(0)]);
}
