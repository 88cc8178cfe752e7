import { flattenConfig } from '../config/flatten.ts';
import { nameClassifier } from '../config/model-name.ts';
import { experimentSchemas, isRecurrent, type AnyConfig } from '../config/model-types.ts';

const linearNames = { 'bag-of-words': 'Bag of words', 'nb-svm': 'NB-SVM' } as const;

/** As the documents name it: `LSTM`, `BiGRU`; or a baseline's usual name. */
export function nameModel(config: AnyConfig): string {
  return isRecurrent(config) ? nameClassifier(config.model) : linearNames[config.model.type];
}

/** Each setting but the seed, as text. */
function flatten({ seed: _, ...config }: AnyConfig): Map<string, string> {
  return new Map(flattenConfig(config).map(([key, value]) => [key, String(value)]));
}

/**
 * A label for each of several configs, no two the same: the model's name, and where configs share it, the settings in which they
 * differ and this one is not the default, for example `GRU, hiddenSize 64`.
 * @param configs all different, the seed aside
 */
export function labelModels(configs: readonly AnyConfig[]): string[] {
  return configs.map((config) => {
    const name = nameModel(config);
    const settings = flatten(config);
    const defaults = flatten(experimentSchemas[config.model.type].parse({}));
    const namesakes = configs.filter((other) => nameModel(other) === name).map(flatten);
    const differing = [...settings].filter(([key, value]) => value !== defaults.get(key) && namesakes.some((other) => other.get(key) !== value));
    return [name, ...differing.map(([key, value]) => `${key.slice(key.indexOf('.') + 1)} ${value}`)].join(', ');
  });
}
