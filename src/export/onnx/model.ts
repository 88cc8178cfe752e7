import type { ModelConfig } from '../../models/build.ts';
import { buildModel } from '../../models/build.ts';
import { createWeights } from '../../models/parameters.ts';
import type { Parameters } from '../../models/parameters.ts';
import { apply, cast } from '../../ops/onnx-graph.ts';
import { createGraph } from './graph.ts';
import type { Precision } from './graph.ts';
import { writeModel } from './messages.ts';

/** A trained model, with what it is an answer to. */
export interface Exported {
  readonly config: ModelConfig;
  readonly parameters: Parameters;
  readonly vocabularySize: number;
  readonly classes: number;
}

/**
 * A model as an ONNX file (IR version 8, opset 17): inputs `token_ids` int32 [batch, time] and `lengths` int32 [batch]; outputs `logits`
 * and `probabilities` float32 [batch, classes]. What stands beyond a row's length is not read. A batch has one row at least and one step.
 * @param version of this program @param metadata for `metadata_props`
 * @throws UserError for a model that ONNX has no operators of
 */
export function exportOnnx(
  { config, parameters, vocabularySize, classes }: Exported, precision: Precision, version: string,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const graph = createGraph(precision), model = buildModel(config, vocabularySize, classes);
  const lengths = cast(graph, 'lengths', 'int64');
  const logits = model.toOnnx(graph, { tokenIds: 'token_ids', lengths }, createWeights(parameters, new Int32Array()));
  graph.giveOut(logits, 'logits');
  graph.giveOut(apply(graph, 'Softmax', [logits], { axis: { int: 1 } }), 'probabilities');
  const outputs = ['logits', 'probabilities'].map((name) => ({ name, type: 'float32', shape: ['batch', classes] }) as const);
  const inputs = [
    { name: 'token_ids', type: 'int32', shape: ['batch', 'time'] }, { name: 'lengths', type: 'int32', shape: ['batch'] },
  ] as const;
  return writeModel(graph.finish('gatelab', inputs, outputs), { name: 'gatelab', version }, metadata);
}
