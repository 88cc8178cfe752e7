import type { Classifier } from '../../experiment/load-model.ts';
import { apply, cast } from '../../ops/onnx-graph.ts';
import { createGraph } from './graph.ts';
import type { Precision } from './graph.ts';
import { writeModel } from './messages.ts';

/**
 * A model as an ONNX file (IR version 8, opset 17): inputs `token_ids` int32 [batch, time] and `lengths` int32 [batch]; outputs `logits`
 * and `probabilities` float32 [batch, classes], the softmax of the logits over the temperature where there is one. What stands beyond a
 * row's length is not read. A batch has one row at least and one step.
 * @param version of this program @param metadata for `metadata_props`
 * @throws UserError for a model that ONNX has no operators of
 */
export function exportOnnx(
  { classes, temperature, toOnnx }: Pick<Classifier, 'classes' | 'temperature' | 'toOnnx'>, precision: Precision, version: string,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const graph = createGraph(precision);
  const logits = toOnnx(graph, { tokenIds: 'token_ids', lengths: cast(graph, 'lengths', 'int64') });
  graph.giveOut(logits, 'logits');
  const softened = temperature === null ? logits : apply(graph, 'Div', [logits, graph.float(temperature)]);
  graph.giveOut(apply(graph, 'Softmax', [softened], { axis: { int: 1 } }), 'probabilities');
  const outputs = ['logits', 'probabilities'].map((name) => ({ name, type: 'float32', shape: ['batch', classes.length] }) as const);
  const inputs = [
    { name: 'token_ids', type: 'int32', shape: ['batch', 'time'] }, { name: 'lengths', type: 'int32', shape: ['batch'] },
  ] as const;
  return writeModel(graph.finish('gatelab', inputs, outputs), { name: 'gatelab', version }, metadata);
}
