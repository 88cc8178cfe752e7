import { z } from 'zod';
import { cells } from '../ops/cells.ts';
import type { CellName } from '../ops/cells.ts';
import { buildModel } from './build.ts';
import type { ModelConfig } from './build.ts';
import { decoderLayerParameters } from './decoder-layer.ts';
import { encoderLayerParameters } from './encoder-layer.ts';
import type { EncoderLayerSizes } from './encoder-layer.ts';
import { recurrent } from './encoders/recurrent.ts';
import { VALUE_BYTES } from './module.ts';
import type { BatchShape, PartCost } from './module.ts';
import { countParameters } from './parameters.ts';
import type { ParameterCounts } from './parameters.ts';

/** One recurrent layer in one direction: D inputs, H hidden units. */
export interface RecurrentSizes {
  /** D */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
}

/** What a layer in one direction declares of itself, as src/models builds it. */
export function declareLayer(cell: CellName, { inputSize, hiddenSize }: RecurrentSizes, shape: Omit<BatchShape, 'rows'>): PartCost {
  const settings = z.object(recurrent.settings).parse({ cell, hiddenSize, layers: 1, dropoutRate: 0 });
  const [cost] = recurrent.create(settings, { inputSize, blocks: 1, vocabularySize: 0, classes: 0 }).costs({ rows: 0, ...shape }, false);
  if (cost === undefined) throw new Error('a layer has a cost');
  return cost;
}

/** Values of the layer as src/models builds it, matrices and biases apart. */
export function countBuiltLayer(cell: CellName, sizes: RecurrentSizes): { weights: number; biases: number } {
  const { parameters } = declareLayer(cell, sizes, { tokens: 0, distinctTokens: 0 });
  const biases = countParameters(parameters.filter(({ shape }) => shape.length === 1)).total;
  return { weights: countParameters(parameters).total - biases, biases };
}

/** Values of a layer of a Transformer as src/models builds it. */
export function countBuiltTransformer(part: 'encoder' | 'decoder', sizes: Omit<EncoderLayerSizes, 'heads'>): number {
  const declare = { encoder: encoderLayerParameters, decoder: decoderLayerParameters }[part];
  return countParameters(declare({ ...sizes, heads: 1 }, '', part)).total; // heads share the width and have no parameters
}

/** Parameters that no equation reads: of the printed GRU the last H rows of each, a third. */
export function countUnread(cell: CellName, { inputSize, hiddenSize }: RecurrentSizes): number {
  const { gates, parameterGates } = cells[cell];
  return (parameterGates - gates) * hiddenSize * (inputSize + hiddenSize + 2);
}

/** Of a classifier as it is built. */
export function countClassifier(config: ModelConfig, vocabularySize: number, classes?: number): ParameterCounts {
  return countParameters(buildModel(config, vocabularySize, classes).parameters);
}

/** Values that one layer in one direction keeps besides its input: the hidden state of every token and what its cell saves of it. */
export function countKeptByRecurrence(cell: CellName, hiddenSize: number, tokens: number): number {
  const sizes = { inputSize: 1, hiddenSize };
  return declareLayer(cell, sizes, { tokens, distinctTokens: tokens }).keptBytes / VALUE_BYTES - countKeptParameters(cell, sizes);
}

/** Values that one layer in one direction keeps as a copy of those of its parameters that it reads; 0 where it reads them all. */
export function countKeptParameters(cell: CellName, sizes: RecurrentSizes): number {
  return declareLayer(cell, sizes, { tokens: 0, distinctTokens: 0 }).keptBytes / VALUE_BYTES;
}

/**
 * What src/models computes for one layer in one direction.
 * @param inputRows distinct tokens where they share their input products, else all
 */
export function countLayerForward(
  cell: CellName,
  sizes: RecurrentSizes,
  { tokens, inputRows }: { tokens: number; inputRows: number },
): number {
  return declareLayer(cell, sizes, { tokens, distinctTokens: inputRows }).multiplyAdds;
}

/** The backward pass has two products for each one of the forward pass: one for the weights' gradient, one for the inputs'. */
export const trainingFactor = 3;
