import { flattenConfig } from '../config/flatten.ts';
import { keepingKeys } from '../experiment-schema.ts';
import type { AnyConfig } from '../experiment-schema.ts';

/** Where the reviews lie is no setting of a model: that they are the same reviews is checked by what was read. */
const placeKeys: readonly string[] = ['data.source'];

/** Each setting that changes what is computed from the same reviews, but the seed, as text. */
export function flattenSettings({ seed: _, ...config }: AnyConfig): Map<string, string> {
  return new Map(flattenConfig(config)
    .filter(([key]) => !keepingKeys.includes(key) && !placeKeys.includes(key))
    .map(([key, value]) => [key, String(value)]));
}

/**
 * Two configs are of one model, the seed aside, where this text is the same: the one place that decides it.
 * @param except keys in which they may differ
 */
export function identifyModel(config: AnyConfig, except: readonly string[] = []): string {
  return JSON.stringify([...flattenSettings(config)].filter(([key]) => !except.includes(key)));
}
