import type { RecurrentSizes } from '../models/layer-counts.ts';
import type { CellName } from '../ops/cells.ts';

/** The cells that the articles give formulas of. */
export type ArticlesCell = Extract<CellName, 'rnn' | 'gru' | 'gru-printed' | 'lstm'>;

/** G, the products a cell is made of: the articles' ratio 1 : 3 : 4 (C11, C12); of the printed GRU the GRU's, as its parameters. */
export const gateCounts: Readonly<Record<ArticlesCell, number>> = { rnn: 1, gru: 3, 'gru-printed': 3, lstm: 4 };

export function isArticlesCell(cell: string): cell is ArticlesCell {
  return cell in gateCounts;
}

/** G·(D + H)·H: the matrices without biases (C1). */
export function countGateWeights(cell: ArticlesCell, { inputSize, hiddenSize }: RecurrentSizes): number {
  return gateCounts[cell] * (inputSize + hiddenSize) * hiddenSize;
}

/** G·(D·H + H² + H): one bias a gate (C11, C17; Keras's layers have as many). */
export function countWithOneBias(cell: ArticlesCell, sizes: RecurrentSizes): number {
  return countGateWeights(cell, sizes) + gateCounts[cell] * sizes.hiddenSize;
}

/** G·(D·H + H² + 2·H): torch.nn's two biases a gate (C2). */
export function countWithTwoBiases(cell: ArticlesCell, sizes: RecurrentSizes): number {
  return countGateWeights(cell, sizes) + 2 * gateCounts[cell] * sizes.hiddenSize;
}

/**
 * Values that one layer in one direction keeps of a token for the backward pass, by the articles (C14): input and hidden state;
 * a GRU also z and r, an LSTM four gates and the cell state.
 */
export function countKeptByArticles(cell: ArticlesCell, { inputSize, hiddenSize }: RecurrentSizes): number {
  const states = { rnn: 1, gru: 1 + 2, 'gru-printed': 1 + 2, lstm: 1 + 4 + 1 };
  return inputSize + states[cell] * hiddenSize;
}

/** Multiply-adds of matrix products, one for a weight and a row; what a gate does element by element is left out, as in the articles. */

/** G·(D + H)·H for a token (C12). */
export function countStepByArticles(cell: ArticlesCell, sizes: RecurrentSizes): number {
  return countGateWeights(cell, sizes);
}

/** Training by the articles: 2 × the forward pass (C13). */
export const articlesTrainingFactor = 2;

/**
 * A Transformer's encoder layer on one row of T tokens: four products with d×d, two with d×ff, and for each pair of tokens a score
 * and a share of the sum: T·(4d² + 2·d·ff) + 2·T²·d.
 */
export function countEncoderForward({ embeddingSize: d, feedForwardSize: ff }: TransformerSizes, steps: number): number {
  return steps * (4 * d * d + 2 * d * ff) + 2 * steps * steps * d;
}

/** One layer of a Transformer (Vaswani et al. 2017). */
export interface TransformerSizes {
  /** d, the width of the model. */
  readonly embeddingSize: number;
  /** ff, the width within the feed-forward part. */
  readonly feedForwardSize: number;
}

export type TransformerPart = 'encoder' | 'decoder';

/** Attention blocks of a layer: its own, and a decoder's look at the encoder. */
const attentions: Readonly<Record<TransformerPart, number>> = { encoder: 1, decoder: 2 };

/** The articles' derivation: encoder 4d² + 4·d·ff + ff + 5d, decoder 8d² + 4·d·ff + ff + 6d (C18). */
export function countTransformerByArticles(part: TransformerPart, { embeddingSize: d, feedForwardSize: ff }: TransformerSizes): number {
  const vectors = { encoder: 5, decoder: 6 };
  return attentions[part] * 4 * d * d + 4 * d * ff + ff + vectors[part] * d;
}

/** The closed forms their table prints beside it: 12d² + 9·d·ff + 14d and 14d² + 9·d·ff + 15d (C18). */
export function countTransformerByClosedForm(part: TransformerPart, { embeddingSize: d, feedForwardSize: ff }: TransformerSizes): number {
  const [squares, vectors] = { encoder: [12, 14] as const, decoder: [14, 15] as const }[part];
  return squares * d * d + 9 * d * ff + vectors * d;
}

/**
 * As torch.nn.TransformerEncoderLayer and TransformerDecoderLayer: each attention has four d×d products with biases, the
 * feed-forward part two matrices d×ff with biases, and each part is followed by a layer norm (2d).
 */
export function countTransformerExactly(part: TransformerPart, { embeddingSize: d, feedForwardSize: ff }: TransformerSizes): number {
  const attention = 4 * (d * d + d);
  const feedForward = 2 * d * ff + ff + d;
  return attentions[part] * attention + feedForward + (attentions[part] + 1) * 2 * d;
}

export const modelTypes = ['rnn', 'lstm', 'gru', 'transformer-encoder', 'transformer-decoder'] as const;
export type ModelType = (typeof modelTypes)[number];

export interface ModelSizes {
  readonly embeddingSize: number;
  /** Read by the recurrent types. */
  readonly hiddenSize: number;
  /** Read by the Transformers. */
  readonly feedForwardSize: number;
  readonly layers: number;
  /** 0 leaves the embedding out. */
  readonly vocabularySize: number;
}

export interface CalculatedParameters {
  /** vocabularySize·embeddingSize */
  readonly embedding: number;
  readonly layers: number;
  readonly total: number;
}

/**
 * The tool of the articles' "Parameter counts of LSTM, GRU and Transformer" (C17 to C19), without a head.
 * @returns the count by their formulas, and that of torch.nn's layers of the same sizes
 * @throws RangeError when a size is not a whole number it can be
 */
export function calculateParameters(modelType: ModelType, sizes: ModelSizes): Record<'articles' | 'exact', CalculatedParameters> {
  for (const [name, size] of Object.entries(sizes) as [keyof ModelSizes, number][]) checkSize(name, size);
  const embedding = sizes.vocabularySize * sizes.embeddingSize;
  const withEmbedding = (layers: number): CalculatedParameters => ({ embedding, layers, total: embedding + layers });
  if (modelType === 'transformer-encoder' || modelType === 'transformer-decoder') {
    const part = modelType === 'transformer-encoder' ? 'encoder' : 'decoder';
    return {
      articles: withEmbedding(sizes.layers * countTransformerByArticles(part, sizes)),
      exact: withEmbedding(sizes.layers * countTransformerExactly(part, sizes)),
    };
  }
  const stack = (count: typeof countWithOneBias): CalculatedParameters =>
    withEmbedding(stackedSizes(sizes).reduce((sum, layer) => sum + count(modelType, layer), 0));
  return { articles: stack(countWithOneBias), exact: stack(countWithTwoBiases) };
}

/** The first layer reads the embedding, each later one the layer below. */
function stackedSizes({ embeddingSize, hiddenSize, layers }: ModelSizes): RecurrentSizes[] {
  return Array.from({ length: layers }, (_, layer) => ({ inputSize: layer === 0 ? embeddingSize : hiddenSize, hiddenSize }));
}

function checkSize(name: keyof ModelSizes, size: number): void {
  const least = name === 'vocabularySize' ? 0 : 1;
  if (!Number.isSafeInteger(size) || size < least) throw new RangeError(`${name} must be a whole number of at least ${least}`);
}
