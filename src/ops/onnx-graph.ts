/** Element types of tensors, by ONNX's numbers. */
export const elementTypes = { float32: 1, int8: 3, int32: 6, int64: 7, boolean: 9, float16: 10 } as const;
export type ElementType = keyof typeof elementTypes;

/** Attributes of an operator, by their names; `ints` for a list of whole numbers. */
export type OnnxAttributes = Readonly<Record<
  string, { readonly int: number } | { readonly float: number } | { readonly ints: readonly number[] } | { readonly text: string }
>>;

/** An ONNX graph under construction, which the parts of a model write themselves into. Values go by their names. */
export interface OnnxGraph {
  /** Adds an operator. @param inputs an empty name leaves one out @returns the names of its results */
  node(operator: string, inputs: readonly string[], attributes?: OnnxAttributes, results?: number): string[];
  /** A weight, in the precision that the export keeps weights in. @returns a float32 value */
  weights(values: ArrayLike<number>, shape: readonly number[]): string;
  /** The rows of a table [V, D] that an index names, in the precision that the export keeps tables in. @returns a float32 value */
  rows(table: ArrayLike<number>, shape: readonly [number, number], index: string): string;
  /** A constant; of no dimensions where no shape is given. */
  float(values: number | readonly number[], shape?: readonly number[]): string;
  /** A constant of 64-bit integers; a list has one dimension. */
  integer(values: number | readonly number[]): string;
  /** A constant list of 32-bit integers, for long ones. */
  indices(values: Int32Array): string;
  /**
   * Walks over the first dimension of `inputs`, from its end where `isReversed`, with a state that each step replaces.
   * @param initial the state before the first step @param step its result is the state after a step
   * @returns the states of all steps [T, …] in the order of the inputs, and the last one
   */
  scan(
    inputs: readonly string[], initial: string, isReversed: boolean,
    step: (graph: OnnxGraph, state: string, inputs: readonly string[]) => string,
  ): { readonly states: string; readonly final: string };
}

/** Adds an operator with one result. */
export function apply(graph: OnnxGraph, operator: string, inputs: readonly string[], attributes: OnnxAttributes = {}): string {
  const [result = ''] = graph.node(operator, inputs, attributes);
  return result;
}

export function cast(graph: OnnxGraph, x: string, to: ElementType): string {
  return apply(graph, 'Cast', [x], { to: { int: elementTypes[to] } });
}

/** How long a dimension is, an integer without dimensions. */
export function sizeOf(graph: OnnxGraph, x: string, dimension: number): string {
  return apply(graph, 'Gather', [apply(graph, 'Shape', [x]), graph.integer(dimension)]);
}

/** [end] the integers from 0 to before an end. */
export function countTo(graph: OnnxGraph, end: string): string {
  return apply(graph, 'Range', [graph.integer(0), end, graph.integer(1)]);
}

/** x with a dimension of 1 more. */
export function addDimension(graph: OnnxGraph, x: string, at: number): string {
  return apply(graph, 'Unsqueeze', [x, graph.integer([at])]);
}

/** Values side by side in the last dimension; one alone as it is. */
export function joinColumns(graph: OnnxGraph, parts: readonly string[]): string {
  return parts.length === 1 ? parts[0] ?? '' : apply(graph, 'Concat', parts, { axis: { int: -1 } });
}

/** x·Wᵀ over the last dimension. @param weight [K, D] @param outputs K */
export function applyProduct(graph: OnnxGraph, x: string, weight: Float32Array, outputs: number): string {
  const matrix = graph.weights(weight, [outputs, weight.length / outputs]);
  return apply(graph, 'MatMul', [x, apply(graph, 'Transpose', [matrix], { perm: { ints: [1, 0] } })]);
}

/** x·Wᵀ + b over the last dimension. @param weight [K, D] @param bias [K] */
export function applyLinear(graph: OnnxGraph, x: string, weight: Float32Array, bias: Float32Array): string {
  return apply(graph, 'Add', [applyProduct(graph, x, weight, bias.length), graph.weights(bias, [bias.length])]);
}

/** Blocks of columns, side by side in x, each of its own width. */
export function splitColumns(graph: OnnxGraph, x: string, widths: readonly number[]): string[] {
  return graph.node('Split', [x, graph.integer(widths)], { axis: { int: -1 } }, widths.length);
}

/** torch.nn.LayerNorm over the last dimension. @param gain and @param bias [D] */
export function applyLayerNorm(graph: OnnxGraph, x: string, gain: string, bias: string): string {
  return apply(graph, 'LayerNormalization', [x, gain, bias], { axis: { int: -1 }, epsilon: { float: 1e-5 } });
}
