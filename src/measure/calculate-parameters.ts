import { countWithOneBias, countWithTwoBiases } from './recurrent-parameters.ts';
import type { RecurrentSizes } from '../models/layer-counts.ts';
import { countTransformerByArticles, countTransformerExactly } from './transformer-parameters.ts';

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
