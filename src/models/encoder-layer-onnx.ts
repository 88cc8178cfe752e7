import { activations } from '../ops/activations.ts';
import { addDimension, apply, applyLayerNorm, applyLinear, splitColumns } from '../ops/onnx-graph.ts';
import type { OnnxGraph } from '../ops/onnx-graph.ts';
import type { EncoderLayerSettings } from './encoder-layer.ts';
import { LEAST } from './poolings/onnx.ts';

/** The values of a layer's weight by torch's name in it. */
type Read = (name: string) => Float32Array;

/**
 * `encoderLayer` over rectangles in an ONNX graph.
 * @param x [batch, time, d] @param hasToken [batch, 1, time] @returns [batch, time, d]
 */
export function layerInOnnx(graph: OnnxGraph, x: string, hasToken: string, settings: EncoderLayerSettings, read: Read): string {
  const attended = addPart(graph, x, 'norm1', settings, read, (rows) => attendInOnnx(graph, rows, hasToken, settings, read));
  return addPart(graph, attended, 'norm2', settings, read, (rows) => {
    const inner = activations[settings.activation].inOnnx(graph, projectInOnnx(graph, rows, 'linear1', read));
    return projectInOnnx(graph, inner, 'linear2', read);
  });
}

function addPart(
  graph: OnnxGraph, x: string, name: string, { norm }: Pick<EncoderLayerSettings, 'norm'>, read: Read, part: (rows: string) => string,
): string {
  const sum = (rows: string): string => apply(graph, 'Add', [x, part(rows)]);
  return norm === 'pre' ? sum(normInOnnx(graph, x, name, read)) : normInOnnx(graph, sum(x), name, read);
}

function projectInOnnx(graph: OnnxGraph, rows: string, name: string, read: Read): string {
  return applyLinear(graph, rows, read(`${name}.weight`), read(`${name}.bias`));
}

export function normInOnnx(graph: OnnxGraph, rows: string, name: string, read: Read): string {
  const weight = read(`${name}.weight`), shape = [weight.length];
  return applyLayerNorm(graph, rows, graph.weights(weight, shape), graph.weights(read(`${name}.bias`), shape));
}

function attendInOnnx(
  graph: OnnxGraph, rows: string, hasToken: string, { heads, embeddingSize }: EncoderLayerSettings, read: Read,
): string {
  const projected = applyLinear(graph, rows, read('self_attn.in_proj_weight'), read('self_attn.in_proj_bias'));
  const width = embeddingSize / heads;
  const parts = splitColumns(graph, projected, [embeddingSize, embeddingSize, embeddingSize]);
  const [query = '', key = '', value = ''] = parts.map((part, k) => apply(
    graph, 'Transpose', [apply(graph, 'Reshape', [part, graph.integer([0, 0, heads, width])])],
    { perm: { ints: k === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3] } }, // keys transposed
  ));
  const scores = apply(graph, 'Mul', [apply(graph, 'MatMul', [query, key]), graph.float(1 / Math.sqrt(width))]);
  const isKey = addDimension(graph, hasToken, 1);
  const shares = apply(graph, 'Softmax', [apply(graph, 'Where', [isKey, scores, graph.float(LEAST)])], { axis: { int: -1 } });
  const mixed = apply(graph, 'Transpose', [apply(graph, 'MatMul', [shares, value])], { perm: { ints: [0, 2, 1, 3] } });
  return projectInOnnx(graph, apply(graph, 'Reshape', [mixed, graph.integer([0, 0, embeddingSize])]), 'self_attn.out_proj', read);
}
