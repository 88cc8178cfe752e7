import { z } from 'zod';
import { experimentConfigs } from '../experiment-config.ts';
import { createRandomStream, hashName } from '../random.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const range = z.strictObject({ min: z.number(), max: z.number(), scale: z.enum(['linear', 'log']).default('linear') })
  .refine(({ min, max }) => min < max, { message: 'min must be below max' })
  .refine(({ min, scale }) => scale === 'linear' || min > 0, { message: 'min must be above 0 where the scale is log' });
const choices = z.array(scalar).min(2);

/** What a search draws a key's value from: a range or a list. */
export const dimensionSchema = z.union([range, choices]);
export type Dimension = Readonly<z.infer<typeof dimensionSchema>>;

/** What `dimensionSchema` takes, in words. */
export const dimensionInWords = 'a range with min below max and scale: linear or log (min above 0), or a list of two values or more';

export type ChosenValue = z.infer<typeof scalar>;
export type ChosenValues = Readonly<Record<string, ChosenValue>>;

/** Drawn numbers are for people to read and type. */
const DIGITS = 3;

/**
 * The values of one trial, which depend on the seed, the trial and each key alone: with more trials or another key, those there stay
 * the same. A log scale draws evenly in the logarithm (Bergstra and Bengio 2012, "Random search for hyper-parameter optimization").
 * @param trial from 1
 */
export function sampleTrial(space: Readonly<Record<string, Dimension>>, trial: number, seed: number): ChosenValues {
  return Object.fromEntries(Object.entries(space).map(([key, dimension]) => {
    const share = createRandomStream({ seed, purpose: 'search', index: trial, subindex: hashName(key) }).uniform();
    return [key, drawValue(key, dimension, share)];
  }));
}

/** The values of a key that show whether all can be drawn: the ends of a range, and all of a list. */
export function listExtremes(key: string, dimension: Dimension): readonly ChosenValue[] {
  return 'scale' in dimension ? [drawValue(key, dimension, 0), drawValue(key, dimension, 1)] : dimension;
}

function drawValue(key: string, dimension: Dimension, share: number): ChosenValue {
  if (!('scale' in dimension)) return dimension[Math.floor(share * dimension.length)] ?? null;
  const { min, max, scale } = dimension;
  if (takesWholeNumbers(key)) {
    const drawn = Math.floor(interpolate(Math.ceil(min), Math.floor(max) + 1, scale, share));
    return Math.min(Math.floor(max), drawn); // which rounding may pass
  }
  const drawn = Number(interpolate(min, max, scale, share).toPrecision(DIGITS));
  return Math.min(max, Math.max(min, drawn));
}

function interpolate(low: number, high: number, scale: 'linear' | 'log', share: number): number {
  return scale === 'log' ? low * (high / low) ** share : low + (high - low) * share;
}

function takesWholeNumbers(key: string): boolean {
  return experimentConfigs.keys.all.get(key)?.type === 'integer';
}

/** Where values of a key are shown by their ratios. */
export function isLogarithmic(dimension: Dimension): boolean {
  return 'scale' in dimension && dimension.scale === 'log';
}
