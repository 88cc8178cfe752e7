import { elementTypes } from '../../ops/onnx-graph.ts';
import type { ElementType, OnnxAttributes, OnnxGraph } from '../../ops/onnx-graph.ts';
import { toHalves } from './half.ts';
import type { Graph, Node, Tensor, Value } from './messages.ts';

/** How weights are stored; they are computed with in float32. `int8`: tables by row in 8 bits, all else in 16. */
export const precisions = ['float32', 'float16', 'int8'] as const;
export type Precision = (typeof precisions)[number];

/** What a graph is built in: names and constants of it and of the graphs within it. */
export interface GraphBuilder extends OnnxGraph {
  /** Gives a value a name of its own. */
  giveOut(value: string, name: string): void;
  /** Of what was added so far. @param outputs values to give out under their own names */
  finish(name: string, inputs: readonly Value[], outputs: readonly Value[]): Graph;
}

const bytesOf = (values: Float32Array | BigInt64Array | Int32Array | Int8Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const LARGEST_INT8 = 127;

/** Rows of a table as 8-bit integers and a factor each: the largest value of a row is ±127. @returns rows [V, D], factors [V] */
export function quantizeRows(table: ArrayLike<number>, [rows, width]: readonly [number, number]) {
  const values = new Int8Array(rows * width), factors = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let k = row * width; k < (row + 1) * width; k++) largest = Math.max(largest, Math.abs(table[k] ?? 0));
    const factor = largest / LARGEST_INT8;
    factors[row] = factor;
    if (factor > 0) for (let k = row * width; k < (row + 1) * width; k++) values[k] = Math.round((table[k] ?? 0) / factor);
  }
  return { values, factors };
}

/** @param names counts the names of the whole file, so that none is given twice */
export function createGraph(precision: Precision, names = { next: 0 }): GraphBuilder {
  const nodes: Node[] = [], tensors: Tensor[] = [];
  const fresh = (): string => `v${names.next++}`;
  const add = (node: Omit<Node, 'results'>, results: number): string[] => {
    const made = Array.from({ length: results }, fresh);
    nodes.push({ ...node, results: made });
    return made;
  };
  const node = (operator: string, inputs: readonly string[], attributes: OnnxAttributes = {}, results = 1): string[] =>
    add({ operator, inputs, attributes }, results);
  const only = ([name = '']: readonly string[]): string => name;
  const constant = (type: ElementType, bytes: Uint8Array, shape: readonly number[]): string => {
    const name = fresh();
    tensors.push({ name, type, shape, bytes });
    return name;
  };
  const floats = (values: ArrayLike<number>, shape: readonly number[]): string =>
    constant('float32', bytesOf(Float32Array.from(values)), shape);
  const toFloat = (name: string): string => only(node('Cast', [name], { to: { int: elementTypes.float32 } }));
  return {
    node,
    float: (values, shape) => (typeof values === 'number' ? floats([values], []) : floats(values, shape ?? [values.length])),
    integer: (values) => {
      const list = typeof values === 'number' ? [values] : values;
      return constant('int64', bytesOf(BigInt64Array.from(list, BigInt)), typeof values === 'number' ? [] : [list.length]);
    },
    indices: (values) => constant('int32', bytesOf(values), [values.length]),
    weights: (values, shape) =>
      (precision === 'float32' ? floats(values, shape) : toFloat(constant('float16', toHalves(values), shape))),
    rows: (table, shape, index) => {
      const gather = (from: string): string => only(node('Gather', [from, index], { axis: { int: 0 } }));
      if (precision === 'float32') return gather(floats(table, shape));
      if (precision === 'float16') return toFloat(gather(constant('float16', toHalves(table), shape)));
      const { values, factors } = quantizeRows(table, shape);
      const factor = gather(floats(factors, [shape[0], 1]));
      return only(node('Mul', [toFloat(gather(constant('int8', bytesOf(values), shape))), factor]));
    },
    scan: (inputs, initial, isReversed, step) => {
      const body = createGraph(precision, names), state = fresh(), own = inputs.map(fresh);
      const after = step(body, state, own);
      const given = only(body.node('Identity', [after])); // the state goes out twice, under two names
      const value = (name: string): Value => ({ name, type: 'float32', shape: ['batch', `width_of_${name}`] });
      const direction = isReversed ? 1 : 0;
      const [final = '', states = ''] = add({
        operator: 'Scan', inputs: [initial, ...inputs],
        attributes: {
          num_scan_inputs: { int: inputs.length }, scan_input_directions: { ints: inputs.map(() => direction) },
          scan_output_directions: { ints: [direction] },
        },
        body: body.finish(`step_${names.next}`, [state, ...own].map(value), [after, given].map(value)),
      }, 2);
      return { states, final };
    },
    giveOut: (value, name) => { nodes.push({ operator: 'Identity', inputs: [value], results: [name], attributes: {} }); },
    finish: (name, inputs, outputs) => ({ name, nodes, tensors, inputs, outputs }),
  };
}
