import { buildModel } from '../models/build.ts';
import type { ModelConfig } from '../models/build.ts';
import { recurrent } from '../models/encoders/recurrent.ts';
import type { BatchShape, PartCost } from '../models/module.ts';
import { countParameters } from '../models/parameters.ts';
import type { ParameterCounts } from '../models/parameters.ts';
import { cells } from '../ops/cells.ts';
import type { CellName } from '../ops/cells.ts';

/** One recurrent layer in one direction: D inputs, H hidden units. */
export interface RecurrentSizes {
  /** D */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
}

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

/** What a layer in one direction declares of itself, as src/models builds it. */
export function declareLayer(cell: CellName, { inputSize, hiddenSize }: RecurrentSizes, shape: Omit<BatchShape, 'rows'>): PartCost {
  const settings = { cell, hiddenSize, layers: 1, bidirectional: false, dropoutRate: 0 };
  const [cost] = recurrent.create(settings, { inputSize, blocks: 1, vocabularySize: 0, classes: 0 }).costs({ rows: 0, ...shape });
  if (cost === undefined) throw new Error('a layer has a cost');
  return cost;
}

/** Values of the layer as src/models builds it, matrices and biases apart. */
export function countBuiltLayer(cell: CellName, sizes: RecurrentSizes): { weights: number; biases: number } {
  const { parameters } = declareLayer(cell, sizes, { tokens: 0, distinctTokens: 0 });
  const biases = countParameters(parameters.filter(({ shape }) => shape.length === 1)).total;
  return { weights: countParameters(parameters).total - biases, biases };
}

/** Parameters that no equation reads: of the printed GRU the last H rows of each, a third. */
export function countUnread(cell: CellName, { inputSize, hiddenSize }: RecurrentSizes): number {
  const { gates, parameterGates } = cells[cell];
  return (parameterGates - gates) * hiddenSize * (inputSize + hiddenSize + 2);
}

/** Of a classifier as it is built. */
export function countClassifier(config: ModelConfig, vocabularySize: number): ParameterCounts {
  return countParameters(buildModel(config, vocabularySize).parameters);
}
