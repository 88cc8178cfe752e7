import { nameClassifier } from '../config/model-name.ts';
import { experimentSchema } from '../config/schema.ts';
import type { ExperimentConfig } from '../config/schema.ts';

/** As the documents name it: `LSTM`, `BiGRU`. */
export function nameModel({ model }: ExperimentConfig): string {
  return nameClassifier(model);
}

/** Each setting by its dotted path. */
function flatten(config: ExperimentConfig): Map<string, string> {
  const sections = Object.entries(config).filter(([key]) => key !== 'seed');
  return new Map(sections.flatMap(([section, keys]) =>
    Object.entries(keys as object).map(([key, value]) => [`${section}.${key}`, String(value)] as const)));
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
