import { apply } from '../../ops/onnx-graph.ts';
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
  const time = apply(graph, 'Gather', [apply(graph, 'Shape', [states]), graph.integer(0)]);
  const steps = apply(graph, 'Unsqueeze', [apply(graph, 'Range', [graph.integer(0), time, graph.integer(1)]), graph.integer([1])]);
  const isLast = apply(graph, 'Equal', [steps, apply(graph, 'Sub', [lengths, graph.integer(1)])]);
  return sumOverTime(graph, whereToken(graph, { mask: apply(graph, 'Unsqueeze', [isLast, graph.integer([2])]) }, states, 0));
}

export function meanInOnnx(graph: OnnxGraph, sequence: OnnxSequence): string {
  const counts = apply(graph, 'Cast', [apply(graph, 'Max', [sequence.lengths, graph.integer(1)])], { to: { int: FLOAT32 } });
  const sums = sumOverTime(graph, whereToken(graph, sequence, sequence.states, 0));
  return apply(graph, 'Div', [sums, apply(graph, 'Unsqueeze', [counts, graph.integer([1])])]);
}

export function maxInOnnx(graph: OnnxGraph, sequence: OnnxSequence): string {
  const states = whereToken(graph, sequence, sequence.states, LEAST);
  const largest = apply(graph, 'ReduceMax', [states], { axes: { ints: [0] }, keepdims: { int: 0 } });
  const hasTokens = apply(graph, 'Greater', [sequence.lengths, graph.integer(0)]);
  return apply(graph, 'Where', [apply(graph, 'Unsqueeze', [hasTokens, graph.integer([1])]), largest, graph.float(0)]);
}

/** ONNX's number of the type. */
const FLOAT32 = 1;
