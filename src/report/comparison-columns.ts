import type { ComparisonRow, Figure } from './comparison.ts';
import type { Quantity } from './format-estimate.ts';

export type FigureKey = { [Key in keyof ComparisonRow]: ComparisonRow[Key] extends Figure ? Key : never }[keyof ComparisonRow];

/** A figure of every model, as a column of whatever shows a comparison. */
export interface FigureColumn {
  readonly key: FigureKey;
  readonly title: string;
  readonly quantity: Quantity;
  /** Whether it says how good a model is, or what it takes. */
  readonly says: 'quality' | 'cost';
  /** Its title in the brief table, whose unit stands above it; null of one that is left out there. */
  readonly brief: string | null;
}

/** All figures there are, in order. */
export const figureColumns: readonly FigureColumn[] = [
  { key: 'parameters', title: 'parameters', quantity: 'count', says: 'cost', brief: null },
  { key: 'parametersWithoutEmbedding', title: 'without embedding', quantity: 'count', says: 'cost', brief: null },
  { key: 'epochSeconds', title: 'seconds an epoch (median)', quantity: 'seconds', says: 'cost', brief: 'seconds an epoch' },
  { key: 'testAccuracyAtBestValidation', title: 'test accuracy at best validation', quantity: 'accuracy', says: 'quality', brief: 'at best validation' },
  { key: 'bestTestAccuracy', title: 'best test accuracy', quantity: 'accuracy', says: 'quality', brief: 'best of any epoch' },
  { key: 'convergenceEpoch', title: 'convergence epoch', quantity: 'epoch', says: 'quality', brief: 'converges at epoch' },
  { key: 'peakRssBytes', title: 'peak memory', quantity: 'bytes', says: 'cost', brief: null },
  { key: 'peakAboveBaselineBytes', title: 'above the engine\'s own', quantity: 'bytes', says: 'cost', brief: null },
];
