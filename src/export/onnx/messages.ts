import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { elementTypes } from '../../ops/onnx-graph.ts';
import type { ElementType, OnnxAttributes } from '../../ops/onnx-graph.ts';

// The messages of onnx.proto (IR version 8) as far as an export needs them, by their field numbers.

const attributeTypes = { float: 1, int: 2, text: 3, graph: 5, ints: 7 } as const;

type Fields = (writer: BinaryWriter) => void;

/** A message within another. */
function message(writer: BinaryWriter, field: number, write: Fields): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

function integer(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value);
}

export interface Tensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Little-endian. */
  readonly bytes: Uint8Array;
}

function writeTensor(writer: BinaryWriter, { name, type, shape, bytes }: Tensor): void {
  for (const size of shape) integer(writer, 1, size);
  integer(writer, 2, elementTypes[type]);
  text(writer, 8, name);
  writer.tag(9, WireType.LengthDelimited).bytes(bytes);
}

/** An input or output of a graph; a size is a number, or the name of one that varies. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

function writeValue(writer: BinaryWriter, { name, type, shape }: Value): void {
  text(writer, 1, name);
  message(writer, 2, (ofType) => {
    message(ofType, 1, (tensor) => {
      integer(tensor, 1, elementTypes[type]);
      message(tensor, 2, (dimensions) => {
        for (const size of shape)
          message(dimensions, 1, (one) => { if (typeof size === 'number') integer(one, 1, size); else text(one, 2, size); });
      });
    });
  });
}

export interface Node {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly results: readonly string[];
  readonly attributes: OnnxAttributes;
  /** The body of a Scan. */
  readonly body?: Graph;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly tensors: readonly Tensor[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

function writeAttributes(writer: BinaryWriter, attributes: OnnxAttributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    message(writer, 5, (attribute) => {
      text(attribute, 1, name);
      const typed = (type: keyof typeof attributeTypes): void => { attribute.tag(20, WireType.Varint).int32(attributeTypes[type]); };
      if ('float' in value) {
        attribute.tag(2, WireType.Bit32).float(value.float);
        typed('float');
      } else if ('int' in value) {
        integer(attribute, 3, value.int);
        typed('int');
      } else if ('text' in value) {
        text(attribute, 4, value.text);
        typed('text');
      } else {
        for (const one of value.ints) integer(attribute, 8, one);
        typed('ints');
      }
    });
  }
}

function writeNode(writer: BinaryWriter, { operator, inputs, results, attributes, body }: Node, k: number): void {
  for (const input of inputs) text(writer, 1, input);
  for (const result of results) text(writer, 2, result);
  text(writer, 3, `${operator}_${k}`);
  text(writer, 4, operator);
  writeAttributes(writer, attributes);
  if (body === undefined) return;
  message(writer, 5, (attribute) => {
    text(attribute, 1, 'body');
    message(attribute, 6, (graph) => { writeGraph(graph, body); });
    attribute.tag(20, WireType.Varint).int32(attributeTypes.graph);
  });
}

function writeGraph(writer: BinaryWriter, { name, nodes, tensors, inputs, outputs }: Graph): void {
  nodes.forEach((node, k) => { message(writer, 1, (one) => { writeNode(one, node, k); }); });
  text(writer, 2, name);
  for (const tensor of tensors) message(writer, 5, (one) => { writeTensor(one, tensor); });
  for (const input of inputs) message(writer, 11, (one) => { writeValue(one, input); });
  for (const output of outputs) message(writer, 12, (one) => { writeValue(one, output); });
}

/** Read by every onnxruntime from 1.14 on (February 2023), and by 1.13 but for its newest operators. */
const IR_VERSION = 8;
const OPSET = 17;

/** The bytes of an ONNX file. @param metadata what `metadata_props` say, by their keys */
export function writeModel(
  graph: Graph, producer: { readonly name: string; readonly version: string }, metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const writer = new BinaryWriter();
  integer(writer, 1, IR_VERSION);
  text(writer, 2, producer.name);
  text(writer, 3, producer.version);
  message(writer, 7, (one) => { writeGraph(one, graph); });
  message(writer, 8, (one) => { text(one, 1, ''); integer(one, 2, OPSET); });
  for (const [key, value] of Object.entries(metadata)) message(writer, 14, (one) => { text(one, 1, key); text(one, 2, value); });
  return writer.finish();
}
