import type { OnnxBatch } from '../../models/module.ts';
import { addDimension, apply, cast, countTo, sizeOf } from '../../ops/onnx-graph.ts';
import type { OnnxGraph } from '../../ops/onnx-graph.ts';
import type { FeatureValues, NgramFeatures } from './ngram-features.ts';
import type { ClassWeights } from './one-vs-rest.ts';
import type { SortedPairs } from './pair-index.ts';

/** A fitted linear model. */
export interface FittedModel {
  readonly features: NgramFeatures;
  readonly values: FeatureValues;
  readonly weights: ClassWeights;
}

/**
 * Writes a linear model into an ONNX graph. A review's features are rows of a table of weights: one for each word by its id, one for each
 * pair of words by its place among all pairs, which a binary search finds.
 * @returns the name of the logits [batch, classes], whose softmax is what `toProbabilities` gives
 */
export function linearInOnnx(graph: OnnxGraph, { features, values, weights }: FittedModel, { tokenIds, lengths }: OnnxBatch): string {
  const bias = features.width - 1, { firstWordId, words } = features;
  const ids = hidePadding(graph, tokenIds, lengths);
  const wordScores = sumRows(graph, values, ids, createTable(weights, firstWordId, words, (word) => word));
  const pairs = features.pairs();
  const scores = pairs.seconds.length === 0 ? wordScores
    : apply(graph, 'Add', [wordScores, sumRows(graph, values, ...pairsInOnnx(graph, features, pairs, ids, weights))]);
  return toLogits(graph, apply(graph, 'Add', [scores, graph.float(weights.map((own) => own[bias] ?? 0))]), weights.length);
}

/** [batch, time] with 0, the id of padding, beyond each row's length. */
function hidePadding(graph: OnnxGraph, tokenIds: string, lengths: string): string {
  const isRead = apply(graph, 'Less', [countTo(graph, sizeOf(graph, tokenIds, 1)), addDimension(graph, lengths, 1)]);
  return apply(graph, 'Where', [isRead, cast(graph, tokenIds, 'int64'), graph.integer(0)]);
}

/** Weights [V, problems] of features that an index names, the first rows of which are 0: nothing counts there. */
interface WeightTable {
  readonly rows: Float32Array;
  readonly shape: readonly [number, number];
}

function createTable(weights: ClassWeights, empty: number, count: number, columnOf: (row: number) => number): WeightTable {
  const problems = weights.length, rows = new Float32Array((empty + count) * problems);
  for (let row = 0; row < count; row++) weights.forEach((own, k) => { rows[(empty + row) * problems + k] = own[columnOf(row)] ?? 0; });
  return { rows, shape: [empty + count, problems] };
}

/** [batch, problems] the sum of the rows that an index [batch, time] names; for `presence` each once. */
function sumRows(graph: OnnxGraph, values: FeatureValues, index: string, { rows, shape }: WeightTable): string {
  const sum = (all: string): string => apply(graph, 'ReduceSum', [all, graph.integer([1])], { keepdims: { int: 0 } });
  if (values === 'counts') return sum(graph.rows(rows, shape, index));
  const time = apply(graph, 'Reshape', [sizeOf(graph, index, 1), graph.integer([1])]);
  const [sorted = ''] = graph.node('TopK', [index, time], { axis: { int: 1 } }, 2);
  const isNew = apply(graph, 'Not', [apply(graph, 'Equal', [sorted, stepBefore(graph, sorted, -1)])]);
  return sum(apply(graph, 'Mul', [graph.rows(rows, shape, sorted), addDimension(graph, cast(graph, isNew, 'float32'), 2)]));
}

/** [batch, time] what stands one step before, and a number at the first step. */
function stepBefore(graph: OnnxGraph, x: string, first: number): string {
  const padded = apply(graph, 'Pad', [x, graph.integer([0, 1, 0, 0]), graph.integer(first)]);
  return apply(graph, 'Slice', [padded, graph.integer([0]), graph.integer([-1]), graph.integer([1])]);
}

/** The first row of the pairs' table is for pairs that the training part does not have. */
const NO_PAIR = 1;

/** An index [batch, time] of the pair that ends at each step, and the table that it is of. */
function pairsInOnnx(
  graph: OnnxGraph, { words }: NgramFeatures, pairs: SortedPairs, ids: string, weights: ClassWeights,
): [index: string, table: WeightTable] {
  const index = findPairs(graph, { first: stepBefore(graph, ids, 0), second: cast(graph, ids, 'int32') }, pairs);
  return [index, createTable(weights, NO_PAIR, pairs.numbers.length, (place) => words + (pairs.numbers[place] ?? 0))];
}

/** [batch, time] one more than a pair's place, or 0 for a pair that is not there. The search ends at the last second word not larger. */
function findPairs(
  graph: OnnxGraph, words: { readonly first: string; readonly second: string }, { seconds, starts }: SortedPairs,
): string {
  const longest = starts.reduce((most, start, word) => Math.max(most, start - (starts[word - 1] ?? 0)), 0);
  const allSeconds = graph.indices(seconds), allStarts = graph.indices(starts), one = graph.integer(1);
  const startOf = (word: string): string => cast(graph, apply(graph, 'Gather', [allStarts, word]), 'int64');
  const secondAt = (place: string): string => apply(graph, 'Gather', [allSeconds, place]);
  const start = startOf(words.first), last = apply(graph, 'Sub', [startOf(apply(graph, 'Add', [words.first, one])), one]);
  let place = apply(graph, 'Sub', [start, one]);
  for (let stride = 2 ** Math.floor(Math.log2(longest)); stride >= 1; stride /= 2) {
    const next = apply(graph, 'Min', [apply(graph, 'Add', [place, graph.integer(stride)]), last]);
    place = apply(graph, 'Where', [apply(graph, 'Less', [words.second, secondAt(next)]), place, next]);
  }
  const isThere = apply(graph, 'And', [
    apply(graph, 'Equal', [secondAt(place), words.second]), apply(graph, 'GreaterOrEqual', [place, start]),
  ]);
  return apply(graph, 'Where', [isThere, apply(graph, 'Add', [place, graph.integer(NO_PAIR)]), graph.integer(0)]);
}

/** Of two classes the log-odds s of the second as [0, s]; of more ln σ(s) of each, whose softmax divides σ(s) by their sum. */
function toLogits(graph: OnnxGraph, scores: string, problems: number): string {
  if (problems === 1) return apply(graph, 'Pad', [scores, graph.integer([0, 1, 0, 0]), graph.float(0)]);
  return apply(graph, 'Neg', [apply(graph, 'Softplus', [apply(graph, 'Neg', [scores])])]);
}
