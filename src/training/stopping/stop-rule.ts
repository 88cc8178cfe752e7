import { z } from 'zod';
import type { Registered, SettingsOf, Shape } from '../../registry.ts';
import type { TrainingData } from '../objectives/objective.ts';
import type { EpochRecord } from '../epoch.ts';

/** Asked after each epoch, and before the first. @returns why training ends here, null to go on */
export type StopRule = (history: readonly EpochRecord[]) => string | null;

export interface StopComponent<Keys extends Shape> extends Registered {
  readonly settings: Keys;
  /** Which settings do not go with the data, in words for a message, with the way out; null where all do. */
  findProblem?(settings: SettingsOf<Keys>, data: TrainingData): string | null;
  /** Null where it is off. */
  create(settings: SettingsOf<Keys>): StopRule | null;
}

const settings = { epochs: z.int().min(1).max(100_000).default(20).describe('Passes over the training part.') };

export const epochLimit = {
  settings,
  summary: 'a number of epochs',
  create: ({ epochs }) => (history) => (history.length >= epochs ? `all ${epochs} epochs are done` : null),
} satisfies StopComponent<typeof settings>;
