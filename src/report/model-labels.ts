import { flattenConfig } from '../config/flatten.ts';
import { experimentSchema } from '../config/schema.ts';
import type { ExperimentConfig } from '../config/schema.ts';

/** As the documents name it: `LSTM`, `BiGRU`. */
export function nameModel({ model: { cell, bidirectional } }: ExperimentConfig): string {
  return `${bidirectional ? 'Bi' : ''}${cell.toUpperCase()}`;
}

/** Each setting but the seed, as text. */
function flatten({ seed: _, ...config }: ExperimentConfig): Map<string, string> {
  return new Map(flattenConfig(config).map(([key, value]) => [key, String(value)]));
}

/**
 * A label for each of several configs, no two the same: the model's name, and where configs share it, the settings in which they
 * differ and this one is not the default, for example `GRU, hiddenSize 64`.
 * @param configs all different, the seed aside
 */
export function labelModels(configs: readonly ExperimentConfig[]): string[] {
  const defaults = flatten(experimentSchema.parse({}));
  return configs.map((config) => {
    const name = nameModel(config);
    const settings = flatten(config);
    const namesakes = configs.filter((other) => nameModel(other) === name).map(flatten);
    const differing = [...settings].filter(([key, value]) => value !== defaults.get(key) && namesakes.some((other) => other.get(key) !== value));
    return [name, ...differing.map(([key, value]) => `${key.slice(key.indexOf('.') + 1)} ${value}`)].join(', ');
  });
}
